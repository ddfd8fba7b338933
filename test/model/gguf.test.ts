import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BytesRanOut } from '../../src/model/byte-reader.js'
import { BadModelFile, UnsupportedModel } from '../../src/model/errors.js'
import { integerOf, textOf, textsOf } from '../../src/model/gguf-metadata.js'
import { parseGguf, readGguf } from '../../src/model/gguf.js'
import { tensorTypes } from '../../src/model/quantisation.js'
import { fixture, temporaryFolder } from './fixtures.js'

const tiny = readFileSync(fixture('tiny-llama', 'model.gguf'))

const u32 = (n: number): Buffer => { const b = Buffer.alloc(4); b.writeUInt32LE(n); return b }
const u64 = (n: bigint | number): Buffer => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(n)); return b }
const text = (s: string): Buffer => Buffer.concat([u64(Buffer.byteLength(s)), Buffer.from(s)])
const header = (tensors: bigint | number, keys: bigint | number, version = 3): Buffer =>
  Buffer.concat([Buffer.from('GGUF'), u32(version), u64(tensors), u64(keys)])
const alignment = (n: number): Buffer => Buffer.concat([text('general.alignment'), u32(4), u32(n)])
const tensor = (name: string, sizes: readonly (bigint | number)[], type = 0, offset = 0): Buffer =>
  Buffer.concat([text(name), u32(sizes.length), ...sizes.map(u64), u32(type), u64(offset)])
const padding = Buffer.alloc(4096)
const file = (...parts: readonly Buffer[]): Buffer => Buffer.concat([...parts, padding])
const parse = (bytes: Buffer): unknown => parseGguf('a.gguf', bytes, bytes.length)

describe('every tensor type', () => {
  it.each(tensorTypes)('%s gives the same bits as the gguf package', async (type) => {
    const gguf = await readGguf(fixture('quantised.gguf'))
    try {
      expect(gguf.tensors.get(type)?.type).toBe(type)
      const expected = gguf.floats(`${type}.expected`)
      expect(expected.some((n) => n !== 0)).toBe(true)
      expect(gguf.floats(type)).toEqual(expected)
    } finally {
      await gguf.close()
    }
  })
})

describe('a sound file', () => {
  it('gives metadata by type and shapes in row-major order', async () => {
    const gguf = await readGguf(fixture('tiny-llama', 'model.gguf'))
    await gguf.close()
    expect(textOf(gguf, 'general.architecture')).toBe('llama')
    expect(integerOf(gguf, 'llama.attention.head_count_kv')).toBe(2)
    expect(textsOf(gguf, 'tokenizer.ggml.tokens')).toHaveLength(320)
    expect(gguf.tensors.get('blk.0.attn_k.weight')?.shape).toEqual([32, 64])
    expect(gguf.tensors.get('token_embd.weight')?.shape).toEqual([320, 64])
  })

  it('names the key, the file and what was there when metadata has another type', async () => {
    const gguf = await readGguf(fixture('tiny-llama', 'model.gguf'))
    await gguf.close()
    expect(() => integerOf(gguf, 'general.architecture')).toThrow(/model\.gguf: found string llama for general\.architecture, expected a whole number/)
    expect(() => textOf(gguf, 'general.license')).toThrow(/found nothing for general\.license/)
  })

  it('may be longer than the first window: the parser asks for more bytes', () => {
    expect(() => parseGguf('a.gguf', tiny.subarray(0, 2000), tiny.length)).toThrow(BytesRanOut)
  })
})

describe('a hostile file', () => {
  const huge = 1n << 63n
  it.each<[string, Buffer, RegExp]>([
    ['no bytes', Buffer.alloc(0), /found "", expected the letters GGUF/],
    ['another kind of file', file(Buffer.from('PK\x03\x04')), /a zip archive/],
    ['a web page', file(Buffer.from('<!doctype html>')), /a web page/],
    ['a Git LFS pointer', file(Buffer.from('version https://git-lfs.github.com/spec/v1')), /Git LFS pointer/],
    ['a pickle', file(Buffer.from([0x80, 4])), /Python pickle/],
    ['version 1', file(header(0, 0, 1)), /GGUF version 1 is not supported/],
    ['big-endian version', file(header(0, 0, 0x03000000)), /big-endian/],
    ['2^63 tensors', file(header(huge, 0)), /found 9223372036854775808 tensors, expected at most/],
    ['2^63 keys', file(header(0, huge)), /found 9223372036854775808 metadata keys/],
    ['2^64-1 keys', file(header(0, (1n << 64n) - 1n)), /metadata keys/],
    ['a key of 2^63 bytes', file(header(0, 1), u64(huge)), /bytes of a metadata key/],
    ['more keys than any model has', Buffer.concat([header(0, 70_000), Buffer.alloc(70_000 * 13)]), /70000 metadata keys, expected at most 65536/],
    ['an empty key', file(header(0, 1), text(''), u32(4), u32(1)), /an empty metadata key/],
    ['a key twice', file(header(0, 2), alignment(32), alignment(32)), /general\.alignment" twice/],
    ['an unknown value type', file(header(0, 1), text('a'), u32(13)), /value type 13/],
    ['an array of arrays', file(header(0, 1), text('a'), u32(9), u32(9), u64(1)), /array inside an array/],
    ['an array of 2^62 numbers', file(header(0, 1), text('a'), u32(9), u32(10), u64(1n << 62n)), /values of a, expected at most/],
    ['an array of 2^62 texts', file(header(0, 1), text('a'), u32(9), u32(8), u64(1n << 62n)), /values of a, expected at most/],
    ['a boolean of 2', file(header(0, 1), text('a'), u32(7), Buffer.from([2])), /byte 2 as the value of a/],
    ['alignment 0', file(header(0, 1), alignment(0)), /alignment 0/],
    ['alignment 12', file(header(0, 1), alignment(12)), /alignment 12/],
    ['alignment of another type', file(header(0, 1), text('general.alignment'), u32(8), text('32')), /expected a whole number/],
    ['no dimension', file(header(1, 0), tensor('a', [])), /0 dimensions for a/],
    ['five dimensions', file(header(1, 0), tensor('a', [1, 1, 1, 1, 1])), /5 dimensions for a/],
    ['a dimension of 0', file(header(1, 0), tensor('a', [0])), /dimension 0 for a/],
    ['dimensions that overflow 64 bits', file(header(1, 0), tensor('a', [1n << 33n, 1n << 33n])), /dimension 8589934592 for a/],
    ['dimensions that overflow to a small product', file(header(1, 0), tensor('a', [1n << 32n, 1n << 32n, 1])), /dimension 4294967296 for a/],
    ['an unknown tensor type', file(header(1, 0), tensor('a', [256], 20)), /tensor type of a: IQ4_NL is not supported/],
    ['a tensor type from the future', file(header(1, 0), tensor('a', [256], 999)), /number 999 is not supported/],
    ['rows that are no whole blocks', file(header(1, 0), tensor('a', [33], 2)), /rows of 33 numbers for a, expected a multiple of 32/],
    ['an offset off the alignment', file(header(1, 0), tensor('a', [1], 0, 5)), /offset 5 for a/],
    ['an offset past the end', file(header(1, 0), tensor('a', [1], 0, 1 << 20)), /a file of \d+ bytes, expected a at/],
    ['a tensor past the end', file(header(1, 0), tensor('a', [2000], 0, 0)), /The file is cut off/],
    ['a tensor twice', file(header(2, 0), tensor('a', [1]), tensor('a', [1], 0, 32)), /the tensor a twice/],
    ['tensors that overlap', file(header(2, 0), tensor('a', [32]), tensor('b', [1], 0, 32)), /a and b in the same place/],
  ])('%s is refused by name', (_name, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message)
    expect(() => parse(bytes)).toThrow(Error)
  })

  it('cut off anywhere is refused', () => {
    const lengths = [...Array(600).keys(), 5000, 10_000, 100_000, tiny.length - 1]
    for (const length of lengths) expect(() => parse(tiny.subarray(0, length)), `${length} bytes`).toThrow(BadModelFile)
  })

  it('with bytes changed anywhere gives a typed error or a table that stays inside the file', () => {
    const change = fc.record({ at: fc.integer({ min: 0, max: 7000 }), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) })
    const extreme = fc.constantFrom(0n, 1n, 0x7fffffffn, 0xffffffffn, 1n << 62n, 1n << 63n, (1n << 64n) - 1n)
    const counts = fc.record({ at: fc.integer({ min: 0, max: 7000 }), bytes: extreme.map((n) => new Uint8Array(u64(n))) })
    fc.assert(fc.property(fc.array(fc.oneof(change, counts), { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(tiny)
      for (const { at, bytes: put } of changes) bytes.set(put, at)
      try {
        for (const { offset, byteLength } of parseGguf('a.gguf', bytes, bytes.length).tensors.values()) {
          expect(offset + byteLength).toBeLessThanOrEqual(bytes.length)
        }
      } catch (error) {
        expect(error instanceof BadModelFile || error instanceof UnsupportedModel, String(error)).toBe(true)
      }
    }), { numRuns: 300 })
  })

  it('on disk is closed again and named in the error', async () => {
    const path = join(await temporaryFolder(), 'cut.gguf')
    await writeFile(path, tiny.subarray(0, 100_000))
    await expect(readGguf(path)).rejects.toThrow(/cut\.gguf.*The file is cut off; fetch it again/)
  })
})
