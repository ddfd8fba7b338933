import { open } from 'node:fs/promises'
import { replaceFile } from '../fetch/replace-file.js'
import { BadModelFile, UnsupportedModel } from './errors.js'
import { repeatedKey } from './json-keys.js'
import { dequantise } from './quantisation.js'
import { bytesAt, encodeFloats, floatBytes, type FloatType } from './tensor-bytes.js'

type SafetensorsTensor = {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: string
  readonly elements: number
  readonly offset: number
  readonly byteLength: number
}

export type SafetensorsHeader = {
  readonly metadata: ReadonlyMap<string, string>
  readonly tensors: ReadonlyMap<string, SafetensorsTensor>
}

/** An open safetensors file; `floats` reads when asked, `close` ends it. */
export type Safetensors = SafetensorsHeader & {
  readonly path: string
  /** The tensor's numbers, row-major. Throws BadModelFile without such a tensor, UnsupportedModel when it holds integers. */
  readonly floats: (name: string) => Float32Array
  readonly close: () => Promise<void>
}

/** Bytes per number, of every type that a file may list. Only those in `floatBytes` can be read. */
const typeBytes: ReadonlyMap<string, number> = new Map([
  ...Object.entries(floatBytes), ['F64', 8], ['I64', 8], ['U64', 8], ['I32', 4], ['U32', 4], ['I16', 2], ['U16', 2], ['I8', 1], ['U8', 1],
  ['BOOL', 1], ['F8_E4M3', 1], ['F8_E5M2', 1],
])

/** As the Hub's clients have it; the largest real ones take some hundred kilobytes. */
const longestHeader = 25_000_000

type Fail = (found: string, expected: string) => never
const failing = (file: string): Fail => (found, expected) => {
  throw new BadModelFile({ file, found, expected, advice: 'Fetch the file again, or name a safetensors file.' })
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wholeNumbers = (value: unknown): readonly number[] | undefined =>
  Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && Number(n) >= 0) ? value as readonly number[] : undefined

const headerLength = (bytes: Buffer, fileSize: number, fail: Fail): number => {
  if (fileSize < 8 || bytes.length < 8) fail(`${fileSize} bytes`, 'at least the 8 bytes of a header length')
  const length = bytes.readBigUInt64LE(0)
  if (length > BigInt(longestHeader) || length > BigInt(fileSize - 8)) {
    fail(`a header of ${length} bytes in a file of ${fileSize}`, `one that fits the file and has at most ${longestHeader}`)
  }
  return Number(length)
}

const parseHeader = (text: string, fail: Fail): Readonly<Record<string, unknown>> => {
  let header: unknown
  try {
    header = JSON.parse(text)
  } catch {
    fail('a header that is no JSON', 'a JSON object')
  }
  if (!isRecord(header)) return fail('a header that is no object', 'a JSON object')
  const twice = repeatedKey(text)
  return twice === undefined ? header : fail(`${JSON.stringify(twice)} twice in the header`, 'each name once')
}

const tensorFrom = (name: string, value: unknown, dataStart: number, fail: Fail): SafetensorsTensor => {
  const line = isRecord(value) ? value : fail(`no object for ${name}`, 'dtype, shape and data_offsets')
  const bytes = typeof line['dtype'] === 'string' ? typeBytes.get(line['dtype']) : undefined
  const shape = wholeNumbers(line['shape'])
  const [begin, end, ...more] = wholeNumbers(line['data_offsets']) ?? []
  if (bytes === undefined) return fail(`dtype ${JSON.stringify(line['dtype'])} for ${name}`, `one of ${[...typeBytes.keys()].join(', ')}`)
  if (shape === undefined) return fail(`shape ${JSON.stringify(line['shape'])} for ${name}`, 'a list of whole numbers')
  if (begin === undefined || end === undefined || more.length > 0) return fail(`data_offsets of ${name}`, 'two whole numbers')
  const elements = shape.reduce((product, size) => product * size, 1)
  if (!Number.isSafeInteger(elements) || elements * bytes !== end - begin) {
    fail(`${end - begin} bytes for ${name}`, `${elements * bytes}, by its shape [${shape.join(', ')}] and type`)
  }
  return { name, shape, type: String(line['dtype']), elements, offset: dataStart + begin, byteLength: end - begin }
}

/** Tensors must fill the rest of the file without a gap or an overlap, as the format's own library demands. */
const checkPlaces = (tensors: readonly SafetensorsTensor[], dataStart: number, fileSize: number, fail: Fail): void => {
  let end = dataStart
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    if (tensor.offset !== end) fail(`${tensor.name} at byte ${tensor.offset}`, `it at ${end}, where the tensor before it ends`)
    end += tensor.byteLength
  }
  if (end !== fileSize) fail(`${fileSize} bytes`, `${end}, by the table of tensors`)
}

/** The table of a safetensors file from its first bytes, which must reach to the end of the table. Throws BadModelFile. */
export const parseSafetensors = (file: string, bytes: Buffer, fileSize: number): SafetensorsHeader => {
  const fail = failing(file)
  const dataStart = 8 + headerLength(bytes, fileSize, fail)
  const header = parseHeader(bytes.toString('utf8', 8, dataStart), fail)
  const tensors = new Map<string, SafetensorsTensor>()
  const metadata = new Map<string, string>()
  for (const [name, value] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, tensorFrom(name, value, dataStart, fail))
    else if (!isRecord(value)) fail('__metadata__ that is no object', 'names with texts')
    else for (const [key, text] of Object.entries(value)) metadata.set(key, typeof text === 'string' ? text : fail(`no text for ${key}`, 'a text'))
  }
  checkPlaces([...tensors.values()], dataStart, fileSize, fail)
  return { metadata, tensors }
}

/** Opens a safetensors file. Throws BadModelFile where it is damaged and the system's error where it cannot be opened. */
export const readSafetensors = async (path: string): Promise<Safetensors> => {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const start = Buffer.alloc(8)
    await handle.read(start, 0, 8, 0)
    const bytes = Buffer.alloc(Math.min(size, 8 + headerLength(start, size, failing(path))))
    await handle.read(bytes, 0, bytes.length, 0)
    const header = parseSafetensors(path, bytes, size)
    const floats = (name: string): Float32Array => {
      const tensor = header.tensors.get(name)
      if (tensor === undefined) throw new BadModelFile({ file: path, found: `no tensor ${name}`, expected: 'it among the weights' })
      const { type, elements } = tensor
      if (type !== 'F32' && type !== 'F16' && type !== 'BF16') {
        throw new UnsupportedModel(path, `tensor type of ${name}:`, type, Object.keys(floatBytes))
      }
      return dequantise(type, bytesAt(path, handle.fd, tensor), elements)
    }
    return { ...header, path, floats, close: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

export type TensorToWrite = {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: FloatType
  /** Asked for when its turn to be written comes, so that a whole model need not be in memory. */
  readonly numbers: () => Float32Array
}

/** Writes a safetensors file in one piece or not at all; tensors lie in the order given, `{"format": "pt"}` is added for PyTorch's readers. */
export const writeSafetensors = async (path: string, tensors: readonly TensorToWrite[]): Promise<void> => {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let end = 0
  for (const { name, shape, type } of tensors) {
    const begin = end
    end += shape.reduce((product, size) => product * size, 1) * floatBytes[type]
    header[name] = { dtype: type, shape, data_offsets: [begin, end] }
  }
  const json = Buffer.from(JSON.stringify(header))
  const padded = Buffer.alloc(8 + Math.ceil(json.length / 8) * 8, ' ')
  padded.writeBigUInt64LE(BigInt(padded.length - 8))
  json.copy(padded, 8)
  await replaceFile(path, async (handle) => {
    await handle.writeFile(padded)
    for (const { type, numbers } of tensors) await handle.writeFile(encodeFloats(type, numbers()))
  })
}
