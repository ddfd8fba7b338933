import { readSync } from 'node:fs'
import { BadModelFile } from './errors.js'
import { floatToBfloat, floatToHalf } from './float16.js'

export type BytePlace = { readonly name: string; readonly offset: number; readonly byteLength: number }

/** Reads a tensor's bytes from an open file. Throws BadModelFile when the file has become shorter since it was opened. */
export const bytesAt = (file: string, descriptor: number, { name, offset, byteLength }: BytePlace): Uint8Array => {
  const bytes = new Uint8Array(byteLength)
  for (let done = 0; done < byteLength;) {
    const read = readSync(descriptor, bytes, done, byteLength - done, offset + done)
    if (read === 0) {
      throw new BadModelFile({
        file, offset: offset + done, found: 'the end of the file', expected: `the bytes of ${name}`, advice: 'The file is cut off; fetch it again.',
      })
    }
    done += read
  }
  return bytes
}

/** The types in which attune writes numbers. */
export type FloatType = 'F32' | 'F16' | 'BF16'

export const floatBytes: { readonly [T in FloatType]: number } = { F32: 4, F16: 2, BF16: 2 }

/** Numbers as little-endian bytes, rounded to nearest even. */
export const encodeFloats = (type: FloatType, numbers: Float32Array): Uint8Array => {
  if (type === 'F32') return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  const round = type === 'F16' ? floatToHalf : floatToBfloat
  const halves = Uint16Array.from(numbers, round)
  return new Uint8Array(halves.buffer)
}
