import { BadModelFile, UnsupportedModel } from './errors.js'
import { flagOf, integerOf, integersOf, textOf, textsOf, type WithMetadata } from './gguf-metadata.js'
import { preTokenizers, type PreTokenizer } from './pre-tokenizer.js'
import { createTokenizer, type Tokenizer } from './tokenizer.js'

const preTokenizerNamed = (file: string, name: string): PreTokenizer => {
  const known = preTokenizers.get(name)
  if (known === undefined) throw new UnsupportedModel(file, 'pre-tokenizer', name, [...preTokenizers.keys()])
  return known
}

/** The two tokens of a merge rule, which the file keeps as one text with a space between. */
const mergeOf = (file: string, rule: string): readonly [string, string] => {
  const at = rule.indexOf(' ', 1)
  if (at < 1 || at === rule.length - 1) {
    throw new BadModelFile({ file, found: `the merge ${JSON.stringify(rule)}`, expected: 'two tokens with a space between' })
  }
  return [rule.slice(0, at), rule.slice(at + 1)]
}

/** Token types of GGUF that never come out of plain text: 3 control, 4 user-defined, 2 unknown. */
const specialTypes: ReadonlySet<number> = new Set([2, 3, 4])

const checkId = (file: string, what: string, id: number, size: number): number => {
  if (id < size) return id
  throw new BadModelFile({ file, found: `token ${id} as ${what}`, expected: `one of the ${size} tokens` })
}

/** The tokenizer that a GGUF model carries. Throws UnsupportedModel for kinds other than byte-level BPE. */
export const tokenizerFromGguf = (gguf: WithMetadata): Tokenizer => {
  const file = gguf.path
  const model = textOf(gguf, 'tokenizer.ggml.model')
  if (model !== 'gpt2') throw new UnsupportedModel(file, 'tokenizer', model, ['gpt2 (byte-level BPE)'])
  const tokens = textsOf(gguf, 'tokenizer.ggml.tokens')
  const types = integersOf(gguf, 'tokenizer.ggml.token_type')
  if (types.length !== tokens.length) {
    throw new BadModelFile({ file, found: `${types.length} token types`, expected: `${tokens.length}, one for each token` })
  }
  const pre = textOf(gguf, 'tokenizer.ggml.pre')
  const template = gguf.metadata.get('tokenizer.chat_template')
  const wantsBegin = flagOf(gguf, 'tokenizer.ggml.add_bos_token', pre === 'llama-bpe') // what llama.cpp takes for granted
  return createTokenizer({
    file,
    tokens,
    merges: textsOf(gguf, 'tokenizer.ggml.merges').map((rule) => mergeOf(file, rule)),
    specials: new Map(tokens.map((token, id) => [token, id] as const).filter(([, id]) => specialTypes.has(types[id] ?? 0))),
    preTokenizer: preTokenizerNamed(file, pre),
    wholeWords: pre === 'llama-bpe',
    end: checkId(file, 'the end', integerOf(gguf, 'tokenizer.ggml.eos_token_id'), tokens.length),
    begin: wantsBegin ? checkId(file, 'the beginning', integerOf(gguf, 'tokenizer.ggml.bos_token_id'), tokens.length) : undefined,
    chatTemplate: typeof template === 'string' ? template : undefined,
  })
}
