import type { DataType } from '@tensorflow/tfjs-core'

/** TensorFlow's numbers for element types (tensorflow/c/tf_datatype.h), those that attune uses. */
export const tfType = { float32: 1, int32: 3, int64: 9, bool: 10, bfloat16: 14 } as const
export type ElementType = keyof typeof tfType

const bytesPerElement: { readonly [T in ElementType]: number } = { float32: 4, int32: 4, int64: 8, bool: 1, bfloat16: 2 }
const byNumber = new Map<number, ElementType>(Object.entries(tfType).map(([name, number]) => [number, name as ElementType]))

export const elementType = (number: number): ElementType => {
  const found = byNumber.get(number)
  if (found === undefined) throw new TypeError(`TensorFlow returned element type ${number}, which attune does not use`)
  return found
}

export const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)
export const byteSize = (type: ElementType, shape: readonly number[]): number => elements(shape) * bytesPerElement[type]

/** tfjs knows one float type. A bfloat16 tensor is shown to it as float32: its values are, after a cast. */
export const shownAs = (type: ElementType): DataType =>
  type === 'bfloat16' ? 'float32' : type === 'int64' ? 'int32' : type

/** The 16 high bits of a float32, rounded to nearest even: what TensorFlow's own cast gives. NaN stays NaN. */
export const toBfloat16 = (values: Float32Array): Uint16Array => {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const rounded = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i += 1) {
    const word = bits[i] ?? 0
    const isNan = (word & 0x7fffffff) > 0x7f800000
    rounded[i] = isNan ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16
  }
  return rounded
}

export const fromBfloat16 = (halves: Uint16Array): Float32Array => {
  const bits = new Uint32Array(halves.length)
  for (let i = 0; i < halves.length; i += 1) bits[i] = (halves[i] ?? 0) << 16
  return new Float32Array(bits.buffer)
}
