import { halfTable } from './float16.js'
import { kQuantisations, type KQuant } from './k-quants.js'

/** How one ggml tensor type stores numbers. Layouts: llama.cpp, ggml-common.h and ggml-quants.c. */
export type Quantisation = {
  /** The number that stands for this type in a GGUF file. */
  readonly id: number
  /** Numbers per block, and bytes that hold them. */
  readonly block: number
  readonly bytes: number
  /** Writes `blocks` blocks of `source` as numbers into `target`, exact to the bit with ggml. */
  readonly read: (source: Uint8Array, blocks: number, target: Float32Array) => void
}

export type TensorType = 'F32' | 'F16' | 'BF16' | 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1' | 'Q8_0' | KQuant

const viewOf = (source: Uint8Array): DataView => new DataView(source.buffer, source.byteOffset, source.byteLength)

const f32: Quantisation['read'] = (source, blocks, target) => {
  new Uint8Array(target.buffer, target.byteOffset, blocks * 4).set(source.subarray(0, blocks * 4))
}

const f16: Quantisation['read'] = (source, blocks, target) => {
  const half = halfTable()
  const view = viewOf(source)
  for (let i = 0; i < blocks; i += 1) target[i] = half[view.getUint16(2 * i, true)] ?? 0
}

const bf16: Quantisation['read'] = (source, blocks, target) => {
  const view = viewOf(source)
  const bits = new Uint32Array(target.buffer, target.byteOffset, blocks)
  for (let i = 0; i < blocks; i += 1) bits[i] = view.getUint16(2 * i, true) << 16
}

/** Q4_0 and Q4_1: 16 bytes of nibbles; the low ones are numbers 0 to 15 of the block, the high ones 16 to 31. */
const fourBit = (bytes: number, hasMinimum: boolean): Quantisation['read'] => (source, blocks, target) => {
  const centre = hasMinimum ? 0 : 8
  const half = halfTable()
  const view = viewOf(source)
  for (let b = 0; b < blocks; b += 1) {
    const at = b * bytes
    const scale = half[view.getUint16(at, true)] ?? 0
    const minimum = hasMinimum ? half[view.getUint16(at + 2, true)] ?? 0 : -0 // adding -0 keeps the sign of a zero
    const packed = at + bytes - 16
    for (let j = 0; j < 16; j += 1) {
      const byte = source[packed + j] ?? 0
      target[b * 32 + j] = ((byte & 15) - centre) * scale + minimum
      target[b * 32 + j + 16] = ((byte >> 4) - centre) * scale + minimum
    }
  }
}

/** Q5_0 and Q5_1: as four bits, with every number's fifth bit in one 32-bit word. */
const fiveBit = (bytes: number, hasMinimum: boolean): Quantisation['read'] => (source, blocks, target) => {
  const centre = hasMinimum ? 0 : 16
  const half = halfTable()
  const view = viewOf(source)
  for (let b = 0; b < blocks; b += 1) {
    const at = b * bytes
    const scale = half[view.getUint16(at, true)] ?? 0
    const minimum = hasMinimum ? half[view.getUint16(at + 2, true)] ?? 0 : -0 // adding -0 keeps the sign of a zero
    const fifth = view.getUint32(at + bytes - 20, true)
    const packed = at + bytes - 16
    for (let j = 0; j < 16; j += 1) {
      const byte = source[packed + j] ?? 0
      target[b * 32 + j] = (((byte & 15) | (((fifth >>> j) & 1) << 4)) - centre) * scale + minimum
      target[b * 32 + j + 16] = (((byte >> 4) | (((fifth >>> (j + 16)) & 1) << 4)) - centre) * scale + minimum
    }
  }
}

const eightBit: Quantisation['read'] = (source, blocks, target) => {
  const half = halfTable()
  const view = viewOf(source)
  for (let b = 0; b < blocks; b += 1) {
    const scale = half[view.getUint16(b * 34, true)] ?? 0
    for (let j = 0; j < 32; j += 1) target[b * 32 + j] = view.getInt8(b * 34 + 2 + j) * scale
  }
}

export const quantisations: { readonly [T in TensorType]: Quantisation } = {
  F32: { id: 0, block: 1, bytes: 4, read: f32 },
  F16: { id: 1, block: 1, bytes: 2, read: f16 },
  BF16: { id: 30, block: 1, bytes: 2, read: bf16 },
  Q4_0: { id: 2, block: 32, bytes: 18, read: fourBit(18, false) },
  Q4_1: { id: 3, block: 32, bytes: 20, read: fourBit(20, true) },
  Q5_0: { id: 6, block: 32, bytes: 22, read: fiveBit(22, false) },
  Q5_1: { id: 7, block: 32, bytes: 24, read: fiveBit(24, true) },
  Q8_0: { id: 8, block: 32, bytes: 34, read: eightBit },
  ...kQuantisations,
}

export const tensorTypes = Object.keys(quantisations) as readonly TensorType[]

const byId = new Map(tensorTypes.map((type) => [quantisations[type].id, type]))

export const tensorTypeOf = (id: number): TensorType | undefined => byId.get(id)

/** Types that llama.cpp knows and attune does not, so that an error can call them by name. */
export const foreignTypeNames: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'], [15, 'Q8_K'], [16, 'IQ2_XXS'], [17, 'IQ2_XS'], [18, 'IQ3_XXS'], [19, 'IQ1_S'], [20, 'IQ4_NL'], [21, 'IQ3_S'],
  [22, 'IQ2_S'], [23, 'IQ4_XS'], [24, 'I8'], [25, 'I16'], [26, 'I32'], [27, 'I64'], [28, 'F64'], [29, 'IQ1_M'],
  [34, 'TQ1_0'], [35, 'TQ2_0'], [39, 'MXFP4'],
])

/** The numbers of a tensor. `source` must hold exactly the blocks of `elements` numbers. */
export const dequantise = (type: TensorType, source: Uint8Array, elements: number): Float32Array => {
  const { block, read } = quantisations[type]
  const target = new Float32Array(elements)
  read(source, elements / block, target)
  return target
}
