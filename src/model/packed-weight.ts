import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { PackedWeight } from './linear.js'
import { matrix, type Precision } from './matrix.js'
import { quantisations, type TensorType } from './quantisation.js'

/* QLoRA's base: blocks stay as they are in the GGUF file, and are numbers only while a layer is used. Dettmers et al. 2023, arXiv 2305.14314. */

/** A weight [rows, columns] as its file holds it, rows in Transformers order. */
export type Blocks = { readonly type: TensorType; readonly rows: number; readonly columns: number; readonly bytes: Uint8Array }

/** Types with whole numbers, not packed: keeping them so would save nothing. */
const plain: ReadonlySet<TensorType> = new Set(['F32', 'F16', 'BF16'])
export const isPackedType = (type: TensorType): boolean => !plain.has(type)

/** Several weights that share an input as one, each in its own type: rows one below the other. */
export const packedWeight = (parts: readonly Blocks[], precision: Precision): PackedWeight => {
  const rows = parts.reduce((total, part) => total + part.rows, 0)
  const columns = parts[0]?.columns ?? 0
  let held = parts
  const unpack = (): Tensor2D => {
    if (held.length === 0) throw new RangeError('A packed weight was used after it was disposed of')
    const numbers = new Float32Array(rows * columns)
    let at = 0
    for (const { type, bytes, rows } of held) {
      const { block, read } = quantisations[type]
      const size = rows * columns
      read(bytes, size / block, numbers.subarray(at, at + size))
      at += size
    }
    return matrix(numbers, rows, precision)
  }
  return { shape: [rows, columns], unpack, dispose: () => { held = [] } }
}
