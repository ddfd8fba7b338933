import type { ByteReader } from './byte-reader.js'
import { BadModelFile } from './errors.js'

type NumberArray =
  | Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array
  | Float32Array | Float64Array | BigUint64Array | BigInt64Array

/** 64-bit integers are numbers where they fit exactly, else bigint. */
export type GgufValue = number | bigint | boolean | string | readonly string[] | readonly boolean[] | NumberArray

export type GgufMetadata = ReadonlyMap<string, GgufValue>

type ValueType = {
  readonly bytes: number
  readonly one: (reader: ByteReader, key: string) => GgufValue
  readonly many: (reader: ByteReader, key: string, count: number) => GgufValue
}

const exact = (value: bigint): number | bigint =>
  value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value

/** A copy of `count` values, so that nothing keeps the whole file alive. */
const copied = (reader: ByteReader, bytes: number, count: number): ArrayBuffer => {
  const start = reader.skip(bytes * count)
  return new Uint8Array(reader.bytes.subarray(start, start + bytes * count)).buffer
}

const numeric = (
  bytes: number,
  one: (buffer: Buffer, at: number) => number | bigint,
  many: (buffer: ArrayBuffer) => NumberArray,
): ValueType => ({
  bytes,
  one: (reader) => one(reader.bytes, reader.skip(bytes)),
  many: (reader, _key, count) => many(copied(reader, bytes, count)),
})

const booleanAt = (reader: ByteReader, key: string): boolean => {
  const byte = reader.bytes[reader.skip(1)] ?? 0
  if (byte > 1) reader.fail(`byte ${byte} as the value of ${key}`, 'a boolean, 0 or 1')
  return byte === 1
}

const boolean: ValueType = {
  bytes: 1,
  one: booleanAt,
  many: (reader, key, count) => Array.from({ length: count }, () => booleanAt(reader, key)),
}

const string: ValueType = {
  bytes: 8,
  one: (reader, key) => reader.text(key),
  many: (reader, key, count) => {
    const texts: string[] = []
    for (let i = 0; i < count; i += 1) texts.push(reader.text(key))
    return texts
  },
}

const arrayType = 9

/** Well above the largest vocabulary. */
const longestArray = 4_194_304

/** By the number that stands for the type in the file; 9, an array, is read apart because arrays of arrays are refused. */
const valueTypes: ReadonlyMap<number, ValueType> = new Map([
  [0, numeric(1, (b, at) => b.readUInt8(at), (a) => new Uint8Array(a))],
  [1, numeric(1, (b, at) => b.readInt8(at), (a) => new Int8Array(a))],
  [2, numeric(2, (b, at) => b.readUInt16LE(at), (a) => new Uint16Array(a))],
  [3, numeric(2, (b, at) => b.readInt16LE(at), (a) => new Int16Array(a))],
  [4, numeric(4, (b, at) => b.readUInt32LE(at), (a) => new Uint32Array(a))],
  [5, numeric(4, (b, at) => b.readInt32LE(at), (a) => new Int32Array(a))],
  [6, numeric(4, (b, at) => b.readFloatLE(at), (a) => new Float32Array(a))],
  [7, boolean],
  [8, string],
  [10, numeric(8, (b, at) => exact(b.readBigUInt64LE(at)), (a) => new BigUint64Array(a))],
  [11, numeric(8, (b, at) => exact(b.readBigInt64LE(at)), (a) => new BigInt64Array(a))],
  [12, numeric(8, (b, at) => b.readDoubleLE(at), (a) => new Float64Array(a))],
])

const typeNumbered = (reader: ByteReader, key: string, number: number): ValueType =>
  valueTypes.get(number) ?? reader.fail(`value type ${number} for ${key}`, 'a type from 0 to 12 (an array inside an array is refused)')

const readValue = (reader: ByteReader, key: string): GgufValue => {
  const number = reader.u32()
  if (number !== arrayType) return typeNumbered(reader, key, number).one(reader, key)
  const type = typeNumbered(reader, key, reader.u32())
  return type.many(reader, key, reader.count(`values of ${key}`, type.bytes, longestArray))
}

/** Where an entry lies in the file, key and value, so that it can be copied as it is. */
export type Span = { readonly start: number; readonly end: number }

export type MetadataTable = { readonly metadata: GgufMetadata; readonly spans: ReadonlyMap<string, Span> }

export const readMetadata = (reader: ByteReader, count: number): MetadataTable => {
  const metadata = new Map<string, GgufValue>()
  const spans = new Map<string, Span>()
  for (let i = 0; i < count; i += 1) {
    const start = reader.offset
    const key = reader.text('a metadata key')
    if (key === '') reader.fail('an empty metadata key', 'a name')
    if (metadata.has(key)) reader.fail(`the metadata key ${JSON.stringify(key)} twice`, 'each key once')
    metadata.set(key, readValue(reader, key))
    spans.set(key, { start, end: reader.offset })
  }
  return { metadata, spans }
}

/** What holds metadata, with the file's name for errors. */
export type WithMetadata = { readonly path: string; readonly metadata: GgufMetadata }

const kindOf = (value: GgufValue | undefined): string =>
  value === undefined ? 'nothing' : typeof value === 'object' ? `an array of ${value.length}` : `${typeof value} ${String(value).slice(0, 40)}`

const wrong = ({ path, metadata }: WithMetadata, key: string, expected: string): never => {
  throw new BadModelFile({ file: path, found: `${kindOf(metadata.get(key))} for ${key}`, expected })
}

export const textOf = (file: WithMetadata, key: string): string => {
  const value = file.metadata.get(key)
  return typeof value === 'string' ? value : wrong(file, key, 'a string')
}

/** A whole number from 0 on; `otherwise` stands in when the key is absent. */
export const integerOf = (file: WithMetadata, key: string, otherwise?: number): number => {
  const value = file.metadata.get(key) ?? otherwise
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : wrong(file, key, 'a whole number from 0 on')
}

export const numberOf = (file: WithMetadata, key: string, otherwise?: number): number => {
  const value = file.metadata.get(key) ?? otherwise
  return typeof value === 'number' && Number.isFinite(value) ? value : wrong(file, key, 'a finite number')
}

export const flagOf = (file: WithMetadata, key: string, otherwise?: boolean): boolean => {
  const value = file.metadata.get(key) ?? otherwise
  return typeof value === 'boolean' ? value : wrong(file, key, 'true or false')
}

export const textsOf = (file: WithMetadata, key: string): readonly string[] => {
  const value = file.metadata.get(key)
  return Array.isArray(value) && typeof value[0] !== 'boolean' ? value as readonly string[] : wrong(file, key, 'a list of strings')
}

/** A list of whole numbers, for instance the token types. */
export const integersOf = (file: WithMetadata, key: string): Int32Array | Uint32Array => {
  const value = file.metadata.get(key)
  return value instanceof Int32Array || value instanceof Uint32Array ? value : wrong(file, key, 'a list of 32-bit integers')
}
