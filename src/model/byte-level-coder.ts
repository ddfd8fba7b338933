import { mergeWord, type Merges } from './bpe.js'
import { byteLetters, bytesOfToken } from './byte-level.js'
import type { PreTokenizer } from './pre-tokenizer.js'
import type { Coder } from './tokenizer.js'

/** Byte-level BPE: text is cut into words, and each word's bytes are merged. */
export type ByteLevel = {
  readonly kind: 'byte-level'
  readonly preTokenizer: PreTokenizer
  /** Llama 3: a whole word found in the vocabulary is that token, without merging. */
  readonly wholeWords: boolean
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

export const byteLevelCoder = ({ preTokenizer, wholeWords }: ByteLevel, ids: ReadonlyMap<string, number>, merges: Merges): Coder => {
  const idOfByte = byteLetters.map((letter) => ids.get(letter) ?? -1)
  const lettersOf = (bytes: Buffer): string => Array.from(bytes, (byte) => byteLetters[byte] ?? '').join('')
  const encodeWord = remembered(20_000, (word) => {
    const bytes = Buffer.from(word, 'utf8')
    const whole = wholeWords ? ids.get(lettersOf(bytes)) : undefined
    if (whole !== undefined) return [whole]
    return mergeWord(Array.from(bytes, (byte) => idOfByte[byte] ?? -1).filter((id) => id !== -1), merges)
  })
  return {
    encode: (text) => Array.from(preTokenizer.words(preTokenizer.normalise(text)), encodeWord).flat(),
    bytesOf: bytesOfToken,
    decoded: (text) => text,
  }
}
