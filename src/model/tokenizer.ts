import { mergeWord, pairOf, type Merges } from './bpe.js'
import { byteLetters, bytesOfToken } from './byte-level.js'
import { BadModelFile } from './errors.js'
import type { PreTokenizer } from './pre-tokenizer.js'

/** Text to token ids and back, exactly as the model was trained with. */
export type Tokenizer = {
  readonly vocabularySize: number
  /**
   * Token ids of a text. With `special: true` the names of special tokens become those tokens: for text that attune renders.
   * With `special: false` they stay ordinary letters: for all that a user wrote. No token is added at the beginning.
   * A byte that the vocabulary lacks is left out, as in Hugging Face's tokenizers.
   */
  readonly encode: (text: string, options: { readonly special: boolean }) => number[]
  /** The text of ids; special tokens appear by name. Bytes that are no UTF-8 become U+FFFD. */
  readonly decode: (ids: Iterable<number>) => string
  /** The bytes of one token, which may be a part of a letter. */
  readonly bytesOf: (id: number) => Uint8Array
  /** The id of a special token by its name. Throws BadModelFile when the vocabulary has none of that name. */
  readonly special: (name: string) => number
  readonly isSpecial: (id: number) => boolean
  /** The token that ends an answer. */
  readonly end: number
  /** The token that a prompt must begin with, or undefined where the model wants none. */
  readonly begin: number | undefined
  /** Jinja source of the conversation format, where the model brings one. */
  readonly chatTemplate: string | undefined
}

export type TokenizerParts = {
  readonly file: string
  readonly tokens: readonly string[]
  readonly merges: readonly (readonly [string, string])[]
  readonly specials: ReadonlyMap<string, number>
  readonly preTokenizer: PreTokenizer
  /** Llama 3: a whole word found in the vocabulary is that token, without merging. */
  readonly wholeWords: boolean
  readonly end: number
  readonly begin: number | undefined
  readonly chatTemplate: string | undefined
}

const vocabularyLimit = 0x400000

const idsOf = ({ file, tokens, specials }: TokenizerParts): ReadonlyMap<string, number> => {
  const ids = new Map<string, number>()
  const special = new Set(specials.values())
  if (tokens.length > vocabularyLimit) {
    throw new BadModelFile({ file, found: `${tokens.length} tokens`, expected: `at most ${vocabularyLimit}` })
  }
  tokens.forEach((token, id) => {
    if (special.has(id)) return
    if (ids.has(token)) throw new BadModelFile({ file, found: `the token ${JSON.stringify(token)} twice`, expected: 'each token once' })
    ids.set(token, id)
  })
  return ids
}

const mergesOf = ({ file, merges }: TokenizerParts, ids: ReadonlyMap<string, number>): Merges => {
  const idOf = (token: string): number => {
    const id = ids.get(token)
    if (id !== undefined) return id
    throw new BadModelFile({ file, found: `a merge with ${JSON.stringify(token)}`, expected: 'only tokens of the vocabulary' })
  }
  const ranks = new Map<number, number>()
  const results = new Int32Array(merges.length)
  merges.forEach(([left, right], rank) => {
    const pair = pairOf(idOf(left), idOf(right))
    if (!ranks.has(pair)) ranks.set(pair, rank)
    results[rank] = idOf(left + right)
  })
  return { ranks, results }
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')

/** Matches any special token; of two that begin at the same letter, the longer one. */
const specialPattern = (names: Iterable<string>): RegExp | undefined => {
  const longestFirst = [...names].filter((name) => name !== '').sort((a, b) => b.length - a.length)
  return longestFirst.length === 0 ? undefined : new RegExp(longestFirst.map(escaped).join('|'), 'g')
}

/** Words seen lately and their ids. When full it starts anew, which costs less than keeping order. */
const remembered = (limit: number, compute: (word: string) => readonly number[]) => {
  let known = new Map<string, readonly number[]>()
  return (word: string): readonly number[] => {
    if (word.length > 64) return compute(word)
    const before = known.get(word)
    if (before !== undefined) return before
    const ids = compute(word)
    if (known.size >= limit) known = new Map()
    known.set(word, ids)
    return ids
  }
}

const wordEncoder = (parts: TokenizerParts, ids: ReadonlyMap<string, number>): (word: string) => readonly number[] => {
  const merges = mergesOf(parts, ids)
  const idOfByte = byteLetters.map((letter) => ids.get(letter) ?? -1)
  const lettersOf = (bytes: Buffer): string => Array.from(bytes, (byte) => byteLetters[byte] ?? '').join('')
  return remembered(20_000, (word) => {
    const bytes = Buffer.from(word, 'utf8')
    const whole = parts.wholeWords ? ids.get(lettersOf(bytes)) : undefined
    if (whole !== undefined) return [whole]
    return mergeWord(Array.from(bytes, (byte) => idOfByte[byte] ?? -1).filter((id) => id !== -1), merges)
  })
}

/** Byte-level BPE over the given vocabulary. Throws BadModelFile where vocabulary and merges do not fit together. */
export const createTokenizer = (parts: TokenizerParts): Tokenizer => {
  const { file, tokens, specials, preTokenizer } = parts
  const encodeWord = wordEncoder(parts, idsOf(parts))
  const pattern = specialPattern(specials.keys())
  const specialIds = new Set(specials.values())
  const bytes = tokens.map((token, id) => (specialIds.has(id) ? undefined : bytesOfToken(token)) ?? Buffer.from(token, 'utf8'))

  const addPlain = (text: string, ids: number[]): void => {
    for (const word of preTokenizer.words(preTokenizer.normalise(text))) {
      for (const id of encodeWord(word)) ids.push(id)
    }
  }
  const bytesOf = (id: number): Uint8Array => {
    const found = bytes[id]
    if (found === undefined) throw new RangeError(`token ${id} is outside the vocabulary of ${tokens.length}`)
    return found
  }
  return {
    vocabularySize: tokens.length,
    encode: (text, { special }) => {
      const ids: number[] = []
      let done = 0
      for (const match of special && pattern !== undefined ? text.matchAll(pattern) : []) {
        addPlain(text.slice(done, match.index), ids)
        ids.push(specials.get(match[0]) ?? 0)
        done = match.index + match[0].length
      }
      addPlain(text.slice(done), ids)
      return ids
    },
    decode: (ids) => Buffer.concat(Array.from(ids, bytesOf)).toString('utf8'),
    bytesOf,
    special: (name) => {
      const id = specials.get(name)
      if (id === undefined) {
        throw new BadModelFile({ file, found: `no special token ${name}`, expected: `one of ${[...specials.keys()].slice(0, 20).join(' ')}` })
      }
      return id
    },
    isSpecial: (id) => specialIds.has(id),
    end: parts.end,
    begin: parts.begin,
    chatTemplate: parts.chatTemplate,
  }
}
