import { mergeWord, type Merges } from './bpe.js'
import type { Coder } from './tokenizer.js'

/** BPE as SentencePiece makes it (Llama 2, Mistral): letters are merged, a space is the letter ▁, and what the vocabulary lacks becomes bytes. */
export type SentencePiece = {
  readonly kind: 'sentence-piece'
  /** Where a space is put in front: at the beginning of a text, or of whatever follows a special token too. */
  readonly spaceBefore: 'nothing' | 'text' | 'every section'
  /** Also where a space stands there already. */
  readonly always: boolean
}

const space = '▁'

/** The byte that a token such as <0x0A> stands for. */
const byteOf = (token: string): number | undefined => {
  const [, digits] = /^<0x([0-9A-F]{2})>$/.exec(token) ?? []
  return digits === undefined ? undefined : Number.parseInt(digits, 16)
}
export const isByteToken = (token: string): boolean => byteOf(token) !== undefined
const byteTokens = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`)

export const sentencePieceCoder = ({ spaceBefore, always }: SentencePiece, ids: ReadonlyMap<string, number>, merges: Merges): Coder => {
  const idOfByte = byteTokens.map((token) => ids.get(token) ?? -1)
  const idsOfLetter = (letter: string): readonly number[] => {
    const id = ids.get(letter)
    return id !== undefined ? [id] : Array.from(Buffer.from(letter, 'utf8'), (byte) => idOfByte[byte] ?? -1).filter((one) => one !== -1)
  }
  return {
    encode: (text, after) => {
      const spaced = text.replaceAll(' ', space)
      const isBegun = spaceBefore === 'every section' ? after !== 'text' : spaceBefore === 'text' && after === 'nothing'
      const whole = isBegun && (always || !spaced.startsWith(space)) ? space + spaced : spaced
      return mergeWord(Array.from(whole, idsOfLetter).flat(), merges)
    },
    bytesOf: (token) => {
      const byte = byteOf(token)
      return byte === undefined ? Buffer.from(token.replaceAll(space, ' '), 'utf8') : Uint8Array.of(byte)
    },
    decoded: (text) => (spaceBefore === 'nothing' ? text : text.replace(/^ /, '')),
  }
}

/** Merge rules from the scores that a file keeps for pieces: what makes a piece of a higher score goes first. */
export const mergesOfScores = (tokens: readonly string[], scores: ArrayLike<number>, isPiece: (id: number) => boolean): readonly (readonly [string, string])[] => {
  const pieces = new Map(tokens.map((token, id) => [token, id] as const).filter(([, id]) => isPiece(id)))
  const byScore = [...pieces].sort(([, a], [, b]) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  return byScore.flatMap(([piece]) => {
    const letters = Array.from(piece)
    return letters.slice(1).flatMap((_, at): readonly (readonly [string, string])[] => {
      const [left, right] = [letters.slice(0, at + 1).join(''), letters.slice(at + 1).join('')]
      return pieces.has(left) && pieces.has(right) ? [[left, right]] : []
    })
  })
}

/** The way back: a score for each token. Letters, which nothing makes, come last. */
export const scoresOfMerges = (tokens: readonly string[], merges: readonly (readonly [string, string])[]): readonly number[] => {
  const ranks = new Map<string, number>()
  for (const [left, right] of merges) if (!ranks.has(left + right)) ranks.set(left + right, ranks.size)
  return tokens.map((token) => (isByteToken(token) ? 0 : -(ranks.get(token) ?? ranks.size)))
}
