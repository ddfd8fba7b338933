import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BadModelFile, UnsupportedModel } from '../../src/model/errors.js'
import { floatToBfloat, floatToHalf, halfToFloat } from '../../src/model/float16.js'
import { readGguf } from '../../src/model/gguf.js'
import { fromGgufRows, toGgufRows } from '../../src/model/row-order.js'
import { parseSafetensors, readSafetensors, writeSafetensors } from '../../src/model/safetensors.js'
import { fixture, temporaryFolder } from './fixtures.js'

const bytesOf = (header: string, data: number): Buffer => {
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(BigInt(Buffer.byteLength(header)))
  return Buffer.concat([start, Buffer.from(header), Buffer.alloc(data)])
}
const parse = (bytes: Buffer): unknown => parseSafetensors('a.safetensors', bytes, bytes.length)
const one = (dtype: unknown, shape: unknown, offsets: unknown): string => JSON.stringify({ a: { dtype, shape, data_offsets: offsets } })

describe('a file written by PyTorch', () => {
  it('holds the same weights as the GGUF of the same model, once rows are in one order', async () => {
    const [safe, gguf] = await Promise.all([readSafetensors(fixture('tiny-llama', 'model.safetensors')), readGguf(fixture('tiny-llama', 'model.gguf'))])
    try {
      expect(safe.metadata.get('format')).toBe('pt')
      expect(safe.floats('model.embed_tokens.weight')).toEqual(gguf.floats('token_embd.weight'))
      const query = safe.floats('model.layers.1.self_attn.q_proj.weight')
      expect(fromGgufRows(gguf.floats('blk.1.attn_q.weight'), { heads: 4, columns: 64 })).toEqual(query)
      expect(toGgufRows(query, { heads: 4, columns: 64 })).toEqual(gguf.floats('blk.1.attn_q.weight'))
      expect(fromGgufRows(gguf.floats('blk.2.attn_k.weight'), { heads: 2, columns: 64 }))
        .toEqual(safe.floats('model.layers.2.self_attn.k_proj.weight'))
    } finally {
      await Promise.all([safe.close(), gguf.close()])
    }
  })
})

describe('what attune writes', () => {
  it.each(['F32', 'F16', 'BF16'] as const)('reads back in %s', async (type) => {
    const path = join(await temporaryFolder(), 'a.safetensors')
    const numbers = new Float32Array([0, -1.5, 0.25, 96, 2 ** -14, -0.0078125])
    await writeSafetensors(path, [
      { name: 'first', shape: [2, 3], type, numbers: () => numbers },
      { name: 'second', shape: [1], type: 'F32', numbers: () => new Float32Array([7]) },
    ])
    const file = await readSafetensors(path)
    try {
      expect(file.tensors.get('first')).toMatchObject({ shape: [2, 3], type })
      expect((file.tensors.get('first')?.offset ?? 1) % 8).toBe(0)
      expect(file.floats('first')).toEqual(numbers)
      expect(file.floats('second')).toEqual(new Float32Array([7]))
      expect(() => file.floats('third')).toThrow(/found no tensor third/)
    } finally {
      await file.close()
    }
  })

  it('rounds to the nearest half and bfloat, ties to even', () => {
    expect(floatToHalf(1 + 2 ** -11)).toBe(0x3c00)
    expect(floatToHalf(1 + 3 * 2 ** -11)).toBe(0x3c02)
    expect(floatToHalf(65520)).toBe(0x7c00)
    expect(floatToHalf(65519)).toBe(0x7bff)
    expect(floatToHalf(2 ** -25)).toBe(0)
    expect(floatToHalf(-(2 ** -25 + 2 ** -40))).toBe(0x8001)
    expect(floatToHalf(NaN) & 0x7fff).toBeGreaterThan(0x7c00)
    expect(floatToBfloat(1 + 2 ** -8)).toBe(0x3f80)
    expect(floatToBfloat(1 + 3 * 2 ** -8)).toBe(0x3f82)
    expect(floatToBfloat(-Infinity)).toBe(0xff80)
    expect(Array.from({ length: 0x7c00 }, (_, half) => half).filter((half) => floatToHalf(halfToFloat(half)) !== half)).toEqual([])
  })

  it('leaves the file of before when a tensor cannot be had', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors')
    await writeFile(path, 'before')
    const failing = () => { throw new Error('no such numbers') }
    await expect(writeSafetensors(path, [{ name: 'a', shape: [1], type: 'F32', numbers: failing }])).rejects.toThrow('no such numbers')
    expect(readFileSync(path, 'utf8')).toBe('before')
  })
})

describe('a hostile file', () => {
  it.each<[string, Buffer, RegExp]>([
    ['no bytes', Buffer.alloc(0), /at least the 8 bytes/],
    ['a header longer than the file', Buffer.concat([Buffer.from([255, 255, 255, 255, 0, 0, 0, 0]), Buffer.alloc(9)]), /a header of 4294967295 bytes/],
    ['a header of 2^63 bytes', Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 128]), Buffer.alloc(9)]), /a header of 9223372036854775808/],
    ['no JSON', bytesOf('{"a":', 0), /a header that is no JSON/],
    ['a list', bytesOf('[]', 0), /a header that is no object/],
    ['deep nesting', bytesOf('['.repeat(1_000_000), 0), /a header that is no JSON/],
    ['a tensor twice', bytesOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1), /"a" twice/],
    ['a field twice', bytesOf('{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}', 1), /"dtype" twice/],
    ['an unknown type', bytesOf(one('F1', [1], [0, 1]), 1), /dtype "F1" for a/],
    ['a shape of fractions', bytesOf(one('U8', [0.5], [0, 1]), 1), /shape \[0\.5\] for a/],
    ['a negative shape', bytesOf(one('U8', [-1], [0, 1]), 1), /shape \[-1\]/],
    ['a shape that overflows', bytesOf(one('U8', [2 ** 52, 2 ** 52], [0, 1]), 1), /1 bytes for a/],
    ['three offsets', bytesOf(one('U8', [1], [0, 1, 1]), 1), /data_offsets of a/],
    ['offsets the wrong way round', bytesOf(one('U8', [1], [1, 0]), 1), /-1 bytes for a/],
    ['bytes that do not match the shape', bytesOf(one('F32', [2], [0, 4]), 4), /4 bytes for a, expected 8/],
    ['data past the end', bytesOf(one('F32', [2], [0, 8]), 4), /by the table of tensors/],
    ['bytes that belong to no tensor', bytesOf(one('U8', [1], [0, 1]), 2), /by the table of tensors/],
    ['a hole', bytesOf(one('U8', [1], [1, 2]), 2), /where the tensor before it ends/],
    ['an overlap', bytesOf('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}', 3), /b at byte/],
    ['metadata that is no text', bytesOf('{"__metadata__":{"a":1}}', 0), /no text for a/],
  ])('%s is refused by name', (_name, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message)
    expect(() => parse(bytes)).toThrow(BadModelFile)
  })

  it('may list integers, which are refused only when asked for', async () => {
    const path = join(await temporaryFolder(), 'a.safetensors')
    await writeFile(path, bytesOf(one('I64', [1], [0, 8]), 8))
    const file = await readSafetensors(path)
    expect(() => file.floats('a')).toThrow(UnsupportedModel)
    await file.close()
  })

  it('with bytes changed anywhere gives a typed error or a table that stays inside the file', () => {
    const sound = readFileSync(fixture('tiny-llama', 'adapter', 'adapter_model.safetensors'))
    const change = fc.record({ at: fc.integer({ min: 0, max: 4000 }), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) })
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Buffer.from(sound)
      for (const { at, bytes: put } of changes) bytes.set(put, at)
      try {
        for (const { offset, byteLength } of parseSafetensors('a', bytes, bytes.length).tensors.values()) {
          expect(offset + byteLength).toBeLessThanOrEqual(bytes.length)
        }
      } catch (error) {
        expect(error).toBeInstanceOf(BadModelFile)
      }
    }), { numRuns: 300 })
  })
})
