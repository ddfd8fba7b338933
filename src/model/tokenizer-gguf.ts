import { BadModelFile, UnsupportedModel } from './errors.js'
import { flagOf, integerOf, integersOf, textOf, textsOf, type WithMetadata } from './gguf-metadata.js'
import { preTokenizerAliases, preTokenizers, type PreTokenizer } from './pre-tokenizer.js'
import { isByteToken, mergesOfScores } from './sentence-piece.js'
import { createTokenizer, type Tokenizer, type TokenizerParts } from './tokenizer.js'

const preTokenizerNamed = (file: string, name: string): PreTokenizer => {
  const known = preTokenizers.get(preTokenizerAliases.get(name) ?? name)
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

type Vocabulary = Pick<TokenizerParts, 'tokens' | 'specials'>

const byteLevelOf = (gguf: WithMetadata): Pick<TokenizerParts, 'merges' | 'words'> => {
  const pre = textOf(gguf, 'tokenizer.ggml.pre')
  return {
    merges: textsOf(gguf, 'tokenizer.ggml.merges').map((rule) => mergeOf(gguf.path, rule)),
    words: { kind: 'byte-level', preTokenizer: preTokenizerNamed(gguf.path, pre), wholeWords: wholeWordKinds.has(pre) },
  }
}

/** Kinds for which llama.cpp looks a whole word up first, and puts a token in front unless told otherwise. */
const wholeWordKinds: ReadonlySet<string> = new Set(['llama-bpe', 'llama3', 'llama-v3', 'tekken'])

const sentencePieceOf = (gguf: WithMetadata, { tokens, specials }: Vocabulary): Pick<TokenizerParts, 'merges' | 'words'> => {
  const scores = gguf.metadata.get('tokenizer.ggml.scores')
  if (!(scores instanceof Float32Array) || scores.length !== tokens.length) {
    throw new BadModelFile({ file: gguf.path, found: 'no fitting tokenizer.ggml.scores', expected: `${tokens.length} numbers, one for each token` })
  }
  const special = new Set(specials.values())
  const isSpaced = flagOf(gguf, 'tokenizer.ggml.add_space_prefix', true)
  return {
    merges: mergesOfScores(tokens, scores, (id) => !special.has(id) && !isByteToken(tokens[id] ?? '')),
    // The file does not tell whether what follows a special token gets a space. Where [INST] is one, its template already has it.
    words: { kind: 'sentence-piece', spaceBefore: !isSpaced ? 'nothing' : specials.has('[INST]') ? 'text' : 'every section', always: !specials.has('[INST]') },
  }
}

/** The tokenizer that a GGUF model carries. Throws UnsupportedModel for kinds other than BPE over bytes or letters. */
export const tokenizerFromGguf = (gguf: WithMetadata): Tokenizer => {
  const file = gguf.path
  const model = textOf(gguf, 'tokenizer.ggml.model')
  if (model !== 'gpt2' && model !== 'llama') throw new UnsupportedModel(file, 'tokenizer', model, ['gpt2 (byte-level BPE)', 'llama (SentencePiece BPE)'])
  const tokens = textsOf(gguf, 'tokenizer.ggml.tokens')
  const types = integersOf(gguf, 'tokenizer.ggml.token_type')
  if (types.length !== tokens.length) {
    throw new BadModelFile({ file, found: `${types.length} token types`, expected: `${tokens.length}, one for each token` })
  }
  const specials = new Map(tokens.map((token, id) => [token, id] as const).filter(([, id]) => specialTypes.has(types[id] ?? 0)))
  const template = gguf.metadata.get('tokenizer.chat_template')
  const isBegun = model === 'llama' || wholeWordKinds.has(textOf(gguf, 'tokenizer.ggml.pre')) // what llama.cpp takes for granted
  const wantsBegin = flagOf(gguf, 'tokenizer.ggml.add_bos_token', isBegun)
  return createTokenizer({
    file,
    tokens,
    specials,
    ...(model === 'gpt2' ? byteLevelOf(gguf) : sentencePieceOf(gguf, { tokens, specials })),
    end: checkId(file, 'the end', integerOf(gguf, 'tokenizer.ggml.eos_token_id'), tokens.length),
    begin: wantsBegin ? checkId(file, 'the beginning', integerOf(gguf, 'tokenizer.ggml.bos_token_id'), tokens.length) : undefined,
    chatTemplate: typeof template === 'string' ? template : undefined,
  })
}
