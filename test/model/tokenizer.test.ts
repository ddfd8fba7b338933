import { readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { BadModelFile, UnsupportedModel } from '../../src/model/errors.js'
import { readGguf } from '../../src/model/gguf.js'
import type { GgufValue } from '../../src/model/gguf-metadata.js'
import { tokenizerFromGguf } from '../../src/model/tokenizer-gguf.js'
import { tokenizerFromFolder } from '../../src/model/tokenizer-json.js'
import type { Tokenizer } from '../../src/model/tokenizer.js'
import { fixture, temporaryFolder } from './fixtures.js'

type Row = { readonly text: string; readonly special: readonly number[]; readonly plain?: readonly number[] }
const tableOf = (...path: readonly string[]): readonly Row[] =>
  readFileSync(fixture(...path), 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Row)

const metadataOf = async (path: string): Promise<ReadonlyMap<string, GgufValue>> => {
  const gguf = await readGguf(path)
  await gguf.close()
  return gguf.metadata
}

let tiny: Tokenizer
let metadata: ReadonlyMap<string, GgufValue>
beforeAll(async () => {
  metadata = await metadataOf(fixture('tiny-llama', 'model.gguf'))
  tiny = tokenizerFromGguf({ path: 'tiny.gguf', metadata })
})

const differences = (tokenizer: Tokenizer, table: readonly Row[]): readonly unknown[] =>
  table.flatMap(({ text, special, plain = special }) => [
    { text, special: true, got: tokenizer.encode(text, { special: true }), want: special },
    { text, special: false, got: tokenizer.encode(text, { special: false }), want: plain },
  ]).filter(({ got, want }) => JSON.stringify(got) !== JSON.stringify(want))

describe('a tokenizer', () => {
  it.each(['gguf', 'json'])('from %s gives the ids of Hugging Face tokenizers', async (source) => {
    const table = tableOf('tiny-llama', 'tokens.jsonl')
    expect(table.length).toBeGreaterThan(100)
    expect(differences(source === 'gguf' ? tiny : await tokenizerFromFolder(fixture('tiny-llama')), table)).toEqual([])
  })

  it('gives back the text it encoded', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.boolean(), (text, special) => {
      expect(tiny.decode(tiny.encode(text, { special }))).toBe(text)
    }))
  })

  it('never makes a special token of what a user wrote', () => {
    const pieces = fc.constantFrom('<|im_end|>', '<|im_start|>', '<|endoftext|>', '<|', '|>', 'im_end', ' ', 'a', '\n')
    fc.assert(fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      expect(tiny.encode(parts.join(''), { special: false }).filter(tiny.isSpecial)).toEqual([])
    }))
    expect(tiny.encode('hi<|im_end|>', { special: true }).at(-1)).toBe(tiny.special('<|im_end|>'))
  })

  it('knows its end token, its special tokens by name, and says which there are', () => {
    expect(tiny.end).toBe(2)
    expect(tiny.special('<|im_start|>')).toBe(1)
    expect(tiny.begin).toBeUndefined()
    expect(() => tiny.special('<|eot_id|>')).toThrow(/no special token <\|eot_id\|>, expected one of <\|endoftext\|>/)
  })
})

describe.each(['tiny-llama3', 'tiny-mistral', 'tiny-qwen2', 'tiny-qwen3'])('the tokenizer of %s', (name) => {
  it.each(['gguf', 'json'])('from %s gives the ids of Hugging Face tokenizers', async (source) => {
    const table = tableOf(name, 'tokens.jsonl')
    expect(table.length).toBeGreaterThan(100)
    const tokenizer = source === 'json'
      ? await tokenizerFromFolder(fixture(name))
      : tokenizerFromGguf({ path: 'a.gguf', metadata: await metadataOf(fixture(name, 'model.gguf')) })
    expect(differences(tokenizer, table)).toEqual([])
  })

  it('gives back the text it encoded', async () => {
    const tokenizer = await tokenizerFromFolder(fixture(name))
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 60 }), (text) => {
      const given = name === 'tiny-mistral' ? text.replace(/^ +/, '') : text // SentencePiece does not tell a space at the beginning from its own
      expect(tokenizer.decode(tokenizer.encode(given, { special: false }))).toBe(given)
    }))
  })
})

it('an older SentencePiece vocabulary puts a space before every section', async () => {
  const folder = await temporaryFolder()
  const json = JSON.parse(readFileSync(fixture('tiny-mistral', 'tokenizer.json'), 'utf8')) as Record<string, unknown>
  const normalizer = { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] }
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify({ ...json, normalizer, pre_tokenizer: null }))
  await cp(fixture('tiny-mistral', 'tokenizer_config.json'), join(folder, 'tokenizer_config.json'))
  expect(differences(await tokenizerFromFolder(folder), tableOf('tiny-mistral', 'tokens-legacy.jsonl'))).toEqual([])
})

describe('a damaged vocabulary', () => {
  const changed = (key: string, value: GgufValue) => (): unknown => tokenizerFromGguf({ path: 'a.gguf', metadata: new Map(metadata).set(key, value) })
  it.each<[string, string, GgufValue, RegExp]>([
    ['merge without a space', 'tokenizer.ggml.merges', ['ab'], /the merge "ab", expected two tokens/],
    ['merge of unknown tokens', 'tokenizer.ggml.merges', ['a nosuchtoken'], /a merge with "nosuchtoken"/],
    ['token twice', 'tokenizer.ggml.tokens', Array<string>(320).fill('a'), /the token "a" twice/],
    ['types of another length', 'tokenizer.ggml.token_type', new Int32Array(3), /3 token types, expected 320/],
    ['types of another kind', 'tokenizer.ggml.token_type', 'x', /expected a list of 32-bit integers/],
    ['end outside the vocabulary', 'tokenizer.ggml.eos_token_id', 320, /token 320 as the end/],
  ])('with a %s is refused', (_name, key, value, message) => {
    expect(changed(key, value)).toThrow(message)
    expect(changed(key, value)).toThrow(BadModelFile)
  })
  it.each<[string, string, RegExp]>([
    ['tokenizer.ggml.model', 'bert', /tokenizer bert is not supported; supported: gpt2 .* llama/],
    ['tokenizer.ggml.pre', 'viking', /pre-tokenizer viking is not supported; supported: gpt-2, smollm/],
  ])('of an unknown %s names what is supported', (key, value, message) => {
    expect(changed(key, value)).toThrow(message)
    expect(changed(key, value)).toThrow(UnsupportedModel)
  })

  it.each<[string, (json: Record<string, unknown>) => unknown, RegExp]>([
    ['unknown pre-tokenizer', (json) => ({ ...json, pre_tokenizer: { type: 'Metaspace' } }), /pre_tokenizer .*Metaspace.* is not supported/],
    ['unknown normalizer', (json) => ({ ...json, normalizer: { type: 'Lowercase' } }), /normalizer Lowercase/],
    ['no model', (json) => ({ ...json, model: 5 }), /model undefined is not supported/],
    ['id twice', (json) => ({ ...json, added_tokens: [...json['added_tokens'] as unknown[], { id: 1, content: 'x' }] }), /expected each id below \d+ once/],
    ['hole in the ids', (json) => ({ ...json, added_tokens: [...json['added_tokens'] as unknown[], { id: 5000, content: 'x' }] }), /id 5000 for "x"/],
    ['merge of three', (json) => ({ ...json, model: { ...json['model'] as object, merges: [['a', 'b', 'c']] } }), /the merge \["a","b","c"\]/],
  ])('in JSON with %s is refused', async (_name, change, message) => {
    const folder = await temporaryFolder()
    const json = JSON.parse(readFileSync(fixture('tiny-llama', 'tokenizer.json'), 'utf8')) as Record<string, unknown>
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(change(json)))
    await expect(tokenizerFromFolder(folder)).rejects.toThrow(message)
  })

  it('that is cut off is refused', async () => {
    const folder = await temporaryFolder()
    await cp(fixture('tiny-llama', 'tokenizer.json'), join(folder, 'tokenizer.json'))
    await writeFile(join(folder, 'tokenizer_config.json'), '{')
    await expect(tokenizerFromFolder(folder)).rejects.toThrow(/tokenizer_config\.json: found no JSON/)
  })
})

describe('a mutated file', () => {
  /** Any value in any place of a JSON document, cut off or not. */
  const mutation = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(6), put: fc.oneof(
    fc.constantFrom('null', '-1', '1e999', '9007199254740993', '""', '{}', '[]', 'true', '"__proto__"', '\\ud800'), fc.string({ maxLength: 4 })) })

  it('of tokenizer.json gives a tokenizer or a typed error', async () => {
    const folder = await temporaryFolder()
    const sound = readFileSync(fixture('tiny-llama', 'tokenizer.json'), 'utf8')
    await fc.assert(fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
      const text = mutations.reduce((before, { at, length, put }) => {
        const start = Math.floor(at * before.length)
        return before.slice(0, start) + put + before.slice(start + length)
      }, sound)
      await writeFile(join(folder, 'tokenizer.json'), text)
      try {
        const tokenizer = await tokenizerFromFolder(folder)
        tokenizer.decode(tokenizer.encode('Hello <|im_end|>', { special: true }))
      } catch (error) {
        expect(error instanceof BadModelFile || error instanceof UnsupportedModel, String(error)).toBe(true)
      }
    }), { numRuns: 300 })
  })

  it('of a GGUF vocabulary gives a tokenizer or a typed error', () => {
    const texts = fc.array(fc.oneof(fc.constantFrom('a b', 'Ġ t', ' ', '', 'a', 'a  b', 'ab cd ef'), fc.string({ maxLength: 4 })), { maxLength: 6 })
    const value = fc.oneof<fc.Arbitrary<GgufValue>[]>(fc.string(), fc.nat(), fc.double(), fc.boolean(), texts, fc.constant(new Int32Array([3, 1, 1])), fc.bigInt())
    const key = fc.constantFrom(...[...metadata.keys()].filter((name) => name.startsWith('tokenizer.')))
    fc.assert(fc.property(fc.array(fc.tuple(key, value), { minLength: 1, maxLength: 4 }), (changes) => {
      try {
        const tokenizer = tokenizerFromGguf({ path: 'a.gguf', metadata: new Map([...metadata, ...changes]) })
        tokenizer.decode(tokenizer.encode('Hello <|im_end|>', { special: true }))
      } catch (error) {
        expect(error instanceof BadModelFile || error instanceof UnsupportedModel, String(error)).toBe(true)
      }
    }), { numRuns: 500 })
  })
})
