import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import { BadModelFile, UnsupportedModel } from './errors.js'
import { isJsonObject, readJsonObject, type Json } from './json-file.js'
import { namesOfPatterns, preTokenizers, type PreTokenizer } from './pre-tokenizer.js'
import type { SentencePiece } from './sentence-piece.js'
import { createTokenizer, type Tokenizer, type TokenizerParts } from './tokenizer.js'

const readOptional = async (file: string): Promise<Json> => {
  try {
    return await readJsonObject(file)
  } catch (error) {
    if (isMissing(error)) return {}
    throw error
  }
}

const member = (parent: Json, key: string): Json => {
  const value = parent[key]
  return isJsonObject(value) ? value : {}
}

const listOf = (value: unknown): readonly unknown[] => Array.isArray(value) ? value as readonly unknown[] : []

const vocabularyOf = (file: string, vocabulary: Json, added: ReadonlyMap<string, number>): readonly string[] => {
  const ids = new Map(Object.entries(vocabulary))
  for (const [name, id] of added) ids.set(name, id)
  const tokens: string[] = []
  for (const [token, id] of ids) {
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id >= ids.size || tokens[id] !== undefined) {
      throw new BadModelFile({ file, found: `id ${JSON.stringify(id)} for ${JSON.stringify(token)}`, expected: `each id below ${ids.size} once` })
    }
    tokens[id] = token
  }
  return tokens
}

/** Rules are "a b" in older files and ["a", "b"] in newer ones. */
const mergeFrom = (file: string, rule: unknown): readonly [string, string] => {
  const [left, right, ...more] = typeof rule === 'string' ? rule.split(' ') : listOf(rule)
  if (typeof left === 'string' && typeof right === 'string' && more.length === 0) return [left, right]
  throw new BadModelFile({ file, found: `the merge ${JSON.stringify(rule)}`, expected: 'two tokens' })
}

const addedTokens = (file: string, list: unknown): ReadonlyMap<string, number> => {
  const added = new Map<string, number>()
  for (const entry of listOf(list)) {
    const { content, id, lstrip, rstrip, single_word: singleWord } = isJsonObject(entry) ? entry : {}
    if (typeof content !== 'string' || typeof id !== 'number') {
      throw new BadModelFile({ file, found: `the added token ${JSON.stringify(entry)}`, expected: 'content and id' })
    }
    if (lstrip === true || rstrip === true || singleWord === true) {
      throw new UnsupportedModel(file, 'added token', `${JSON.stringify(content)} that takes letters beside it`, ['plain added tokens'])
    }
    added.set(content, id)
  }
  return added
}

/** The name of a pre-tokenizer, from its steps. */
const preTokenizerName = (steps: readonly Json[]): string | undefined => {
  const [first, second, ...more] = steps
  if (first === undefined || more.length > 0) return undefined
  const gpt2 = (step: Json | undefined): boolean => step?.['type'] === 'ByteLevel' && step['use_regex'] !== false && step['add_prefix_space'] !== true
  if (second === undefined) return gpt2(first) ? 'gpt-2' : undefined
  if (first['type'] === 'Digits' && first['individual_digits'] === true) return gpt2(second) ? 'smollm' : undefined
  const bytesOnly = second['type'] === 'ByteLevel' && second['use_regex'] === false && second['add_prefix_space'] !== true
  const pattern = member(first, 'pattern')['Regex']
  const isolated = first['type'] === 'Split' && first['behavior'] === 'Isolated' && first['invert'] !== true
  return isolated && bytesOnly && typeof pattern === 'string' ? namesOfPatterns.get(pattern) : undefined
}

/** A step, or the steps that a sequence holds under `key`. */
const stepsOf = (step: unknown, key: string): readonly Json[] => {
  if (!isJsonObject(step)) return []
  return step['type'] === 'Sequence' ? listOf(step[key]).filter(isJsonObject) : [step]
}

const preTokenizerFrom = (file: string, json: Json): PreTokenizer => {
  const steps = stepsOf(json['pre_tokenizer'], 'pretokenizers')
  const known = preTokenizers.get(preTokenizerName(steps) ?? '')
  if (known === undefined) {
    throw new UnsupportedModel(file, 'pre_tokenizer', JSON.stringify(json['pre_tokenizer']).slice(0, 200), [...preTokenizers.keys()])
  }
  const normalisers = stepsOf(json['normalizer'], 'normalizers').map((step) => String(step['type']))
  if (normalisers.some((type) => type !== 'NFC')) throw new UnsupportedModel(file, 'normalizer', normalisers.join(', '), ['none', 'NFC'])
  return { ...known, normalise: normalisers.length === 0 ? (text) => text : (text) => text.normalize('NFC') }
}

/** How a tokenizer with a letter for the space puts one in front, from its normalizer and pre-tokenizer. */
const sentencePieceFrom = (file: string, json: Json): SentencePiece => {
  const normalisers = stepsOf(json['normalizer'], 'normalizers').map((step) => String(step['type'])).join(' ')
  const [step, ...more] = stepsOf(json['pre_tokenizer'], 'pretokenizers')
  if (step === undefined && normalisers === 'Prepend Replace') return { kind: 'sentence-piece', spaceBefore: 'every section', always: true }
  if (step === undefined && normalisers === 'Replace') return { kind: 'sentence-piece', spaceBefore: 'nothing', always: false }
  const schemes = new Map([['first', 'text'], ['always', 'every section'], ['never', 'nothing']] as const)
  const spaceBefore = schemes.get(step?.['prepend_scheme'] as 'first')
  if (normalisers === '' && step?.['type'] === 'Metaspace' && step['split'] === false && more.length === 0 && spaceBefore !== undefined) {
    return { kind: 'sentence-piece', spaceBefore, always: false }
  }
  const found = JSON.stringify([json['normalizer'], json['pre_tokenizer']]).slice(0, 200)
  throw new UnsupportedModel(file, 'normalizer and pre_tokenizer', found, ['Prepend and Replace', 'Metaspace without splitting'])
}

/** The text of a token entry, which is a string or an object with `content`. */
const tokenText = (entry: unknown): string | undefined => {
  const text = isJsonObject(entry) ? entry['content'] : entry
  return typeof text === 'string' ? text : undefined
}

/** The token that tokenizer.json puts before every text. */
const beginFrom = (json: Json): string | undefined => {
  const template = stepsOf(json['post_processor'], 'processors').find((step) => step['type'] === 'TemplateProcessing')
  const [first] = listOf(template?.['single'])
  return tokenText(isJsonObject(first) ? member(first, 'SpecialToken')['id'] : undefined)
}

/** The conversation format: in tokenizer_config.json, for some under names, or since Transformers 4.50 in a file of its own. */
const templateOf = async (folder: string, config: Json): Promise<string | undefined> => {
  const inConfig = config['chat_template']
  if (typeof inConfig === 'string') return inConfig
  const named = listOf(inConfig).filter(isJsonObject).find(({ name }) => name === 'default')?.['template']
  if (typeof named === 'string') return named
  try {
    return await readFile(join(folder, 'chat_template.jinja'), 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/**
 * What the tokenizer of a Transformers folder is made of: tokenizer.json, with end token and conversation format from
 * tokenizer_config.json. Throws BadModelFile where a file is damaged, UnsupportedModel where it asks for something other
 * than BPE over bytes or letters.
 */
export const tokenizerPartsOfFolder = async (folder: string): Promise<TokenizerParts> => {
  const file = join(folder, 'tokenizer.json')
  const [json, config] = [await readJsonObject(file), await readOptional(join(folder, 'tokenizer_config.json'))]
  const model = member(json, 'model')
  if (model['type'] !== 'BPE') throw new UnsupportedModel(file, 'model', String(model['type']), ['BPE'])
  const specials = addedTokens(file, json['added_tokens'])
  const idOf = (name: string | undefined): number | undefined => name === undefined ? undefined : specials.get(name)
  const end = idOf(tokenText(config['eos_token'])) ?? specials.get('<|im_end|>')
  if (end === undefined) throw new BadModelFile({ file, found: 'no end token', expected: 'eos_token in tokenizer_config.json' })
  const begin = { true: tokenText(config['bos_token']), false: undefined, undefined: beginFrom(json) }[String(config['add_bos_token'])]
  return {
    file,
    tokens: vocabularyOf(file, member(model, 'vocab'), specials),
    merges: listOf(model['merges']).map((rule) => mergeFrom(file, rule)),
    specials,
    words: model['byte_fallback'] === true
      ? sentencePieceFrom(file, json)
      : { kind: 'byte-level', preTokenizer: preTokenizerFrom(file, json), wholeWords: model['ignore_merges'] === true },
    end,
    begin: idOf(begin),
    chatTemplate: await templateOf(folder, config),
  }
}

/** The tokenizer of a Transformers folder. Throws as tokenizerPartsOfFolder does. */
export const tokenizerFromFolder = async (folder: string): Promise<Tokenizer> => createTokenizer(await tokenizerPartsOfFolder(folder))
