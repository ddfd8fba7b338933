import type { ChatFormat } from '../language/chat-format.js'
import type { Place } from '../language/tokens.js'
import { pairOf, type Merges } from './bpe.js'
import { byteLevelCoder, type ByteLevel } from './byte-level-coder.js'
import { chatFormatOf } from './chat-format-of.js'
import { BadModelFile } from './errors.js'
import { sentencePieceCoder, type SentencePiece } from './sentence-piece.js'

/** Text to token ids and back, exactly as the model was trained with. */
export type Tokenizer = {
  readonly vocabularySize: number
  /**
   * Token ids of a text. With `special: true` the names of special tokens become those tokens: for text that attune renders.
   * With `special: false` they stay ordinary letters: for all that a user wrote. No token is added at the beginning.
   * `after` says what the text follows where it is a part of a longer one; some tokenizers put a space before a beginning.
   * A byte that the vocabulary lacks is left out, as in Hugging Face's tokenizers.
   */
  readonly encode: (text: string, options: { readonly special: boolean; readonly after?: Place }) => number[]
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
  /** How a conversation is written down. Throws UnsupportedModel where the template's way is none that attune knows. */
  readonly chatFormat: () => ChatFormat
}

/** How one kind of tokenizer treats text without special tokens. */
export type Coder = {
  readonly encode: (text: string, after: Place) => readonly number[]
  /** The bytes that an ordinary token stands for; undefined where it is not made of this kind's letters. */
  readonly bytesOf: (token: string) => Uint8Array | undefined
  /** What a text was before it was encoded. */
  readonly decoded: (text: string) => string
}

export type TokenizerParts = {
  readonly file: string
  readonly tokens: readonly string[]
  readonly merges: readonly (readonly [string, string])[]
  readonly specials: ReadonlyMap<string, number>
  readonly words: ByteLevel | SentencePiece
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

/** BPE over the given vocabulary. Throws BadModelFile where vocabulary and merges do not fit together. */
export const createTokenizer = (parts: TokenizerParts): Tokenizer => {
  const { file, tokens, specials, words } = parts
  const ids = idsOf(parts)
  const merges = mergesOf(parts, ids)
  const coder = words.kind === 'byte-level' ? byteLevelCoder(words, ids, merges) : sentencePieceCoder(words, ids, merges)
  const pattern = specialPattern(specials.keys())
  const specialIds = new Set(specials.values())
  const bytes = tokens.map((token, id) => (specialIds.has(id) ? undefined : coder.bytesOf(token)) ?? Buffer.from(token, 'utf8'))
  let format: ChatFormat | undefined

  const bytesOf = (id: number): Uint8Array => {
    const found = bytes[id]
    if (found === undefined) throw new RangeError(`token ${id} is outside the vocabulary of ${tokens.length}`)
    return found
  }
  return {
    vocabularySize: tokens.length,
    encode: (text, { special, after = 'nothing' }) => {
      const found: number[] = []
      let [done, place] = [0, after]
      const addPlain = (plain: string): void => {
        if (plain !== '') for (const id of coder.encode(plain, place)) found.push(id)
      }
      for (const match of special && pattern !== undefined ? text.matchAll(pattern) : []) {
        addPlain(text.slice(done, match.index))
        found.push(specials.get(match[0]) ?? 0)
        done = match.index + match[0].length
        place = 'special'
      }
      addPlain(text.slice(done))
      return found
    },
    decode: (given) => coder.decoded(Buffer.concat(Array.from(given, bytesOf)).toString('utf8')),
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
    chatFormat: () => (format ??= chatFormatOf(parts)),
  }
}
