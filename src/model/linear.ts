import { customGrad, dispose, Tensor, type Tensor2D } from '@tensorflow/tfjs-core'
import { matMul } from '../tensor/operations.js'

/**
 * Applies a weight [out, in]: [N, in] -> [N, out]. `onto` [N, out] is what the block adds the result to, where it does: some adapters
 * look at the sum.
 */
export type Linear = (h: Tensor, onto?: Tensor) => Tensor

/** A frozen weight [out, in] that is kept in few bits and is a tensor only while it is used. */
export type PackedWeight = {
  readonly shape: readonly [number, number]
  /** The caller disposes of the tensor. */
  readonly unpack: () => Tensor2D
  readonly dispose: () => void
}
export type Weight = Tensor2D | PackedWeight

const isTensor = (weight: Weight): weight is Tensor2D => weight instanceof Tensor

/** h W^T, where W stays as it is in training. */
export const frozen = (weight: Weight): Linear => {
  if (isTensor(weight)) return (h) => matMul(h, weight, { transposeB: true, frozen: true })
  const product = customGrad((...given) => ({
    value: unpacked(weight, (w) => matMul(given[0] as Tensor, w, { transposeB: true })),
    gradFunc: (dy) => {
      const dh = unpacked(weight, (w) => matMul(dy, w)) // made anew: kept from the way there, it would fill the memory it saves
      dispose(dy)
      return dh
    },
  }))
  return (h) => product(h)
}

/** The weight as a tensor, for the time of `use`. */
export const unpacked = <T>(weight: Weight, use: (tensor: Tensor2D) => T): T => {
  if (isTensor(weight)) return use(weight)
  const tensor = weight.unpack()
  try {
    return use(tensor)
  } finally {
    tensor.dispose()
  }
}

/**
 * An adapter turns a weight into another way to apply it. A model names the parts of its blocks that have weights, and does not know
 * which adapter it got.
 */
export type AdapterOf<Part extends string> = (layer: number, part: Part, weight: Weight) => Linear
