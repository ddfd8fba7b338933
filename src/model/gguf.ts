import { open, type FileHandle } from 'node:fs/promises'
import { ByteReader, BytesRanOut } from './byte-reader.js'
import { BadModelFile, UnsupportedModel } from './errors.js'
import { integerOf, readMetadata, type GgufMetadata, type Span } from './gguf-metadata.js'
import { dequantise, foreignTypeNames, quantisations, tensorTypeOf, tensorTypes, type TensorType } from './quantisation.js'
import { bytesAt } from './tensor-bytes.js'

type GgufTensor = {
  readonly name: string
  /** As in numpy and PyTorch: the last dimension is contiguous. The file lists them in the opposite order. */
  readonly shape: readonly number[]
  readonly type: TensorType
  readonly elements: number
  /** Where its bytes begin in the file, and how many they are. */
  readonly offset: number
  readonly byteLength: number
}

export type GgufHeader = {
  readonly version: number
  readonly metadata: GgufMetadata
  /** Where each metadata entry lies in the file. */
  readonly spans: ReadonlyMap<string, Span>
  readonly tensors: ReadonlyMap<string, GgufTensor>
}

/** An open GGUF file. Numbers are read when asked for; `close` when the weights have been taken. */
export type Gguf = GgufHeader & {
  readonly path: string
  /** The tensor's numbers in row-major order of `shape`, dequantised. Throws BadModelFile when there is no such tensor. */
  readonly floats: (name: string) => Float32Array
  /** The tensor's bytes as stored. */
  readonly raw: (name: string) => Uint8Array
  /** A metadata entry as stored, key and value, for writing it into another file. Throws BadModelFile without such a key. */
  readonly rawEntry: (key: string) => Uint8Array
  readonly close: () => Promise<void>
}

const beginnings: readonly (readonly [string, string])[] = [
  ['version https://git-lfs', 'a Git LFS pointer instead of the file itself; fetch it with git lfs pull'],
  ['<', 'a web page; the download link led to a page and not to the file'],
  ['PK', 'a zip archive'],
  ['\x80', 'a Python pickle, which attune does not open because it can run code'],
  ['FUGG', 'a big-endian GGUF file'],
]

const readMagic = (reader: ByteReader): void => {
  const magic = reader.bytes.toString('latin1', 0, 4)
  if (magic === 'GGUF') {
    reader.skip(4)
    return
  }
  const start = reader.bytes.toString('latin1', 0, 32)
  const known = beginnings.find(([beginning]) => start.startsWith(beginning))
  reader.fail(known?.[1] ?? JSON.stringify(magic), 'the letters GGUF', 'Name a GGUF model file, or fetch it again.')
}

const readVersion = (reader: ByteReader): number => {
  const version = reader.u32()
  if (version === 2 || version === 3) return version
  const name = version > 0xffff ? 'big-endian' : String(version)
  throw new UnsupportedModel(reader.file, 'GGUF version', name, ['2', '3 (little-endian)'])
}

/** Real files have some hundred tensors and some dozen keys; a line takes more memory here than in the file. */
const mostLines = 65_536

type Listed = Omit<GgufTensor, 'offset'> & { readonly relative: bigint }

const readShape = (reader: ByteReader, name: string): { shape: number[]; elements: number } => {
  const dimensions = reader.u32()
  if (dimensions < 1 || dimensions > 4) reader.fail(`${dimensions} dimensions for ${name}`, '1 to 4')
  const shape: number[] = []
  let elements = 1n
  for (let i = 0; i < dimensions; i += 1) {
    const size = reader.u64()
    elements *= size
    // The densest type takes 84 bytes for 256 numbers; a larger product cannot be in this file, and stays exact as a number.
    if (size < 1n || elements > 4n * BigInt(reader.fileSize)) reader.fail(`dimension ${size} for ${name}`, 'sizes that the file has room for')
    shape.unshift(Number(size))
  }
  return { shape, elements: Number(elements) }
}

const readTensorLine = (reader: ByteReader): Listed => {
  const name = reader.text('a tensor name')
  if (name === '') reader.fail('an empty tensor name', 'a name')
  const { shape, elements } = readShape(reader, name)
  const id = reader.u32()
  const type = tensorTypeOf(id)
  if (type === undefined) {
    throw new UnsupportedModel(reader.file, `tensor type of ${name}:`, foreignTypeNames.get(id) ?? `number ${id}`, tensorTypes,
      'Take a file with another quantisation, for instance Q4_K_M, Q8_0 or F16.')
  }
  const { block, bytes } = quantisations[type]
  const row = shape.at(-1) ?? 0
  if (row % block !== 0) reader.fail(`rows of ${row} numbers for ${name}`, `a multiple of ${block}, the block of ${type}`)
  return { name, shape, type, elements, byteLength: elements / block * bytes, relative: reader.u64() }
}

const placed = (reader: ByteReader, lines: readonly Listed[], alignment: number): Map<string, GgufTensor> => {
  const start = Math.ceil(reader.offset / alignment) * alignment
  const tensors = new Map<string, GgufTensor>()
  for (const { relative, ...line } of lines) {
    if (relative % BigInt(alignment) !== 0n) reader.fail(`offset ${relative} for ${line.name}`, `a multiple of the alignment ${alignment}`)
    if (BigInt(start) + relative + BigInt(line.byteLength) > BigInt(reader.fileSize)) {
      reader.fail(`a file of ${reader.fileSize} bytes`, `${line.name} at ${BigInt(start) + relative}, ${line.byteLength} bytes long`,
        'The file is cut off; fetch it again.')
    }
    if (tensors.has(line.name)) reader.fail(`the tensor ${line.name} twice`, 'each tensor once')
    tensors.set(line.name, { ...line, offset: start + Number(relative) })
  }
  const byPlace = [...tensors.values()].sort((a, b) => a.offset - b.offset)
  byPlace.forEach((tensor, i) => {
    const before = byPlace[i - 1]
    if (before !== undefined && before.offset + before.byteLength > tensor.offset) {
      reader.fail(`${before.name} and ${tensor.name} in the same place`, 'tensors that do not overlap')
    }
  })
  return tensors
}

/**
 * Metadata and tensor table of a GGUF file, from its first bytes. Format: ggml, docs/gguf.md.
 * Counts are believed only as far as the file has room for them. Throws BadModelFile or UnsupportedModel,
 * and BytesRanOut when `bytes` is shorter than the file and its table goes on.
 */
export const parseGguf = (file: string, bytes: Buffer, fileSize: number): GgufHeader => {
  const reader = new ByteReader(file, bytes, fileSize)
  readMagic(reader)
  const version = readVersion(reader)
  const tensorCount = reader.count('tensors', 32, mostLines)
  const { metadata, spans } = readMetadata(reader, reader.count('metadata keys', 13, mostLines))
  const alignment = integerOf({ path: file, metadata }, 'general.alignment', 32)
  if (alignment < 1 || alignment > 65536 || (alignment & (alignment - 1)) !== 0) {
    reader.fail(`alignment ${alignment}`, 'a power of two up to 65536')
  }
  const lines: Listed[] = []
  for (let i = 0; i < tensorCount; i += 1) lines.push(readTensorLine(reader))
  return { version, metadata, spans, tensors: placed(reader, lines, alignment) }
}

const firstWindow = 4 * 1024 * 1024

/** Reads as much of the beginning as the table needs: 4 MB first, then four times as much until it fits. */
const readHeader = async (path: string, handle: FileHandle): Promise<GgufHeader> => {
  const { size } = await handle.stat()
  for (let window = firstWindow; ; window *= 4) {
    const bytes = Buffer.alloc(Math.min(window, size))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0)
    try {
      return parseGguf(path, bytes.subarray(0, bytesRead), bytesRead < bytes.length ? bytesRead : size)
    } catch (error) {
      if (!(error instanceof BytesRanOut)) throw error
    }
  }
}

/**
 * Opens a GGUF file of version 2 or 3. Throws BadModelFile where the file is damaged, UnsupportedModel where it is sound
 * but holds what attune cannot read, and the system's error where it cannot be opened.
 */
export const readGguf = async (path: string): Promise<Gguf> => {
  const handle = await open(path, 'r')
  try {
    const header = await readHeader(path, handle)
    const tensorNamed = (name: string): GgufTensor => {
      const tensor = header.tensors.get(name)
      if (tensor === undefined) throw new BadModelFile({ file: path, found: `no tensor ${name}`, expected: 'it among the weights' })
      return tensor
    }
    const raw = (name: string): Uint8Array => bytesAt(path, handle.fd, tensorNamed(name))
    const floats = (name: string): Float32Array => dequantise(tensorNamed(name).type, raw(name), tensorNamed(name).elements)
    const rawEntry = (key: string): Uint8Array => {
      const span = header.spans.get(key)
      if (span === undefined) throw new BadModelFile({ file: path, found: `no ${key}`, expected: 'it among the metadata' })
      return bytesAt(path, handle.fd, { name: key, offset: span.start, byteLength: span.end - span.start })
    }
    return { ...header, path, floats, raw, rawEntry, close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}
