import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { matMul } from '../tensor/operations.js'

/** Applies a weight [out, in]: [N, in] -> [N, out]. */
export type Linear = (h: Tensor) => Tensor

/** h W^T, where W stays as it is in training. */
export const frozen = (weight: Tensor2D): Linear => (h) => matMul(h, weight, { transposeB: true, frozen: true })

/**
 * An adapter turns a weight into another way to apply it. A model names the parts of its blocks that have weights, and does not know
 * which adapter it got.
 */
export type AdapterOf<Part extends string> = (layer: number, part: Part, weight: Tensor2D) => Linear
