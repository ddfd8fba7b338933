import { halfTable } from './float16.js'

/** The "K" types of llama.cpp: super-blocks of 256 numbers with quantised scales. Layouts: ggml-common.h, ggml-quants.c. */
export type KQuant = 'Q2_K' | 'Q3_K' | 'Q4_K' | 'Q5_K' | 'Q6_K'

type Block = {
  readonly source: Uint8Array
  /** Where the block begins in `source`, and its numbers in `target`. */
  readonly at: number
  readonly target: Float32Array
  readonly to: number
}

const halfAt = (source: Uint8Array, at: number): number =>
  halfTable()[(source[at] ?? 0) | ((source[at + 1] ?? 0) << 8)] ?? 0

const perBlock = (bytes: number, one: (block: Block) => void) => (source: Uint8Array, blocks: number, target: Float32Array): void => {
  for (let b = 0; b < blocks; b += 1) one({ source, at: b * bytes, target, to: b * 256 })
}

/** 16 scales, 64 bytes of 2-bit numbers, d, minimum. Four layers of 2 bits over 32 bytes give 128 numbers. */
const q2 = ({ source, at, target, to }: Block): void => {
  const scale = halfAt(source, at + 80)
  const minimum = halfAt(source, at + 82)
  for (let i = 0; i < 256; i += 1) {
    const packed = source[at + 16 + (i >> 7) * 32 + (i & 31)] ?? 0
    const scales = source[at + (i >> 4)] ?? 0
    target[to + i] = scale * (scales & 15) * ((packed >> (2 * ((i >> 5) & 3))) & 3) - minimum * (scales >> 4)
  }
}

/** 32 bytes of high bits, 64 bytes of 2-bit numbers, 16 six-bit scales in 12 bytes, d. */
const q3 = ({ source, at, target, to }: Block): void => {
  const scale = halfAt(source, at + 108)
  for (let group = 0; group < 16; group += 1) {
    const nibbles = source[at + 96 + (group & 7)] ?? 0
    const high = ((source[at + 104 + (group & 3)] ?? 0) >> (2 * (group >> 2))) & 3
    const factor = scale * (((group < 8 ? nibbles & 15 : nibbles >> 4) | (high << 4)) - 32)
    for (let i = group * 16; i < group * 16 + 16; i += 1) {
      const packed = source[at + 32 + (i >> 7) * 32 + (i & 31)] ?? 0
      const highBit = ((source[at + (i & 31)] ?? 0) >> (i >> 5)) & 1
      target[to + i] = factor * (((packed >> (2 * ((i >> 5) & 3))) & 3) - (highBit ? 0 : 4))
    }
  }
}

/** Scale `j` of eight and its minimum, six bits each, packed in the 12 bytes at `at`. */
const sixBitScale = (source: Uint8Array, at: number, j: number): number =>
  j < 4
    ? (source[at + j] ?? 0) & 63
    : ((source[at + j + 4] ?? 0) & 15) | (((source[at + j - 4] ?? 0) >> 6) << 4)
const sixBitMinimum = (source: Uint8Array, at: number, j: number): number =>
  j < 4
    ? (source[at + j + 4] ?? 0) & 63
    : ((source[at + j + 4] ?? 0) >> 4) | (((source[at + j] ?? 0) >> 6) << 4)

/** d, minimum, 12 bytes of scales, 128 bytes of nibbles: per 32 bytes first all low, then all high nibbles. */
const q4 = ({ source, at, target, to }: Block): void => {
  const scale = halfAt(source, at)
  const minimum = halfAt(source, at + 2)
  for (let j = 0; j < 8; j += 1) {
    const factor = scale * sixBitScale(source, at + 4, j)
    const offset = minimum * sixBitMinimum(source, at + 4, j)
    for (let l = 0; l < 32; l += 1) {
      const byte = source[at + 16 + (j >> 1) * 32 + l] ?? 0
      target[to + j * 32 + l] = factor * (j & 1 ? byte >> 4 : byte & 15) - offset
    }
  }
}

/** As Q4_K, with 32 bytes of fifth bits (bit j for group j) before the nibbles. */
const q5 = ({ source, at, target, to }: Block): void => {
  const scale = halfAt(source, at)
  const minimum = halfAt(source, at + 2)
  for (let j = 0; j < 8; j += 1) {
    const factor = scale * sixBitScale(source, at + 4, j)
    const offset = minimum * sixBitMinimum(source, at + 4, j)
    for (let l = 0; l < 32; l += 1) {
      const byte = source[at + 48 + (j >> 1) * 32 + l] ?? 0
      const fifth = (((source[at + 16 + l] ?? 0) >> j) & 1) << 4
      target[to + j * 32 + l] = factor * ((j & 1 ? byte >> 4 : byte & 15) | fifth) - offset
    }
  }
}

/** 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales, d. */
const q6 = ({ source, at, target, to }: Block): void => {
  const scale = halfAt(source, at + 208)
  for (let i = 0; i < 256; i += 1) {
    const half = i >> 7
    const quarter = (i >> 5) & 3
    const low = source[at + half * 64 + (quarter & 1) * 32 + (i & 31)] ?? 0
    const high = ((source[at + 128 + half * 32 + (i & 31)] ?? 0) >> (2 * quarter)) & 3
    const signed = ((source[at + 192 + (i >> 4)] ?? 0) << 24) >> 24
    target[to + i] = scale * signed * (((quarter < 2 ? low & 15 : low >> 4) | (high << 4)) - 32)
  }
}

const record = (id: number, bytes: number, one: (block: Block) => void) =>
  ({ id, block: 256, bytes, read: perBlock(bytes, one) })

export const kQuantisations = {
  Q2_K: record(10, 84, q2),
  Q3_K: record(11, 110, q3),
  Q4_K: record(12, 144, q4),
  Q5_K: record(13, 176, q5),
  Q6_K: record(14, 210, q6),
}
