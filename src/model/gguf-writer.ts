import { replaceFile } from '../fetch/replace-file.js'
import { floatToHalf } from './float16.js'
import { quantisations, type TensorType } from './quantisation.js'
import { encodeFloats } from './tensor-bytes.js'

/** One metadata entry, with its type spelled out because the file needs it; `raw` is an entry copied from another file. */
export type GgufEntry =
  | { readonly key: string; readonly type: 'u32' | 'f32'; readonly value: number }
  | { readonly key: string; readonly type: 'bool'; readonly value: boolean }
  | { readonly key: string; readonly type: 'string'; readonly value: string }
  | { readonly key: string; readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly key: string; readonly type: 'u32s' | 'i32s' | 'f32s'; readonly value: readonly number[] }
  | { readonly key: string; readonly type: 'raw'; readonly value: Uint8Array }

export type GgufTensorToWrite = {
  readonly name: string
  /** As in numpy: the last dimension is contiguous. */
  readonly shape: readonly number[]
  readonly type: TensorType
  /** Asked for when its turn to be written comes, so that a whole model need not be in memory. */
  readonly content: () => Uint8Array
}

const alignment = 32

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
const f32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([u64(bytes.length), bytes])
}

/** Type numbers as in gguf-metadata.ts. */
const encodeEntry = (entry: GgufEntry): Uint8Array => {
  const key = text(entry.key)
  switch (entry.type) {
    case 'raw': return entry.value
    case 'u32': return Buffer.concat([key, u32(4), u32(entry.value)])
    case 'f32': return Buffer.concat([key, u32(6), f32(entry.value)])
    case 'bool': return Buffer.concat([key, u32(7), Buffer.from([entry.value ? 1 : 0])])
    case 'string': return Buffer.concat([key, u32(8), text(entry.value)])
    case 'strings': return Buffer.concat([key, u32(9), u32(8), u64(entry.value.length), ...entry.value.map(text)])
    case 'i32s': return Buffer.concat([key, u32(9), u32(5), u64(entry.value.length), ...entry.value.map(u32)])
    case 'f32s': return Buffer.concat([key, u32(9), u32(6), u64(entry.value.length), ...entry.value.map(f32)])
    case 'u32s': return Buffer.concat([key, u32(9), u32(4), u64(entry.value.length), ...entry.value.map(u32)])
  }
}

const padded = (length: number): number => Math.ceil(length / alignment) * alignment

const byteLength = ({ shape, type }: GgufTensorToWrite): number => {
  const { block, bytes } = quantisations[type]
  const elements = shape.reduce((product, size) => product * size, 1)
  if ((shape.at(-1) ?? 0) % block !== 0) throw new RangeError(`rows of ${shape.at(-1) ?? 0} numbers are no multiple of ${block}`)
  return elements / block * bytes
}

/** Writes a GGUF file of version 3 in one piece or not at all. */
export const writeGguf = async (path: string, entries: readonly GgufEntry[], tensors: readonly GgufTensorToWrite[]): Promise<void> => {
  const lines: Uint8Array[] = []
  let offset = 0
  for (const tensor of tensors) {
    const sizes = [...tensor.shape].reverse().map(u64)
    lines.push(Buffer.concat([text(tensor.name), u32(sizes.length), ...sizes, u32(quantisations[tensor.type].id), u64(offset)]))
    offset += padded(byteLength(tensor))
  }
  const start = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(entries.length), ...entries.map(encodeEntry), ...lines]
  const header = Buffer.concat(start)
  await replaceFile(path, async (handle) => {
    await handle.writeFile(Buffer.concat([header, Buffer.alloc(padded(header.length) - header.length)]))
    for (const tensor of tensors) {
      const content = tensor.content()
      const expected = byteLength(tensor)
      if (content.length !== expected) throw new RangeError(`${tensor.name}: ${content.length} bytes, expected ${expected}`)
      await handle.writeFile(content)
      await handle.writeFile(Buffer.alloc(padded(expected) - expected))
    }
  })
}

const awayFromZero = (value: number): number => (value >= 0 ? Math.floor(value + 0.5) : Math.ceil(value - 0.5))

/** Q8_0 as ggml's reference does it (`quantize_row_q8_0_ref`): the largest of 32 becomes 127. */
const quantiseQ8 = (numbers: Float32Array): Uint8Array => {
  const blocks = numbers.length / 32
  const bytes = new Uint8Array(blocks * 34)
  const view = new DataView(bytes.buffer)
  for (let b = 0; b < blocks; b += 1) {
    const block = numbers.subarray(b * 32, b * 32 + 32)
    const scale = Math.fround(block.reduce((most, n) => Math.max(most, Math.abs(n)), 0) / 127)
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    view.setUint16(b * 34, floatToHalf(scale), true)
    for (let j = 0; j < 32; j += 1) view.setInt8(b * 34 + 2 + j, awayFromZero(Math.fround((block[j] ?? 0) * inverse)))
  }
  return bytes
}

/** The types that attune can write. */
export type WritableType = 'F32' | 'F16' | 'BF16' | 'Q8_0'

export const encodeNumbers = (type: WritableType, numbers: Float32Array): Uint8Array =>
  type === 'Q8_0' ? quantiseQ8(numbers) : encodeFloats(type, numbers)
