import { hash32 } from '../dataset/random.js'
import { contextLines, type Prompt } from '../language/prompt.js'

/** What a head knows of a message beside its embedding: which of these numbered features it has, and how much each counts. */
export type Sparse = { readonly at: Int32Array; readonly value: Float32Array }
export type Features = { readonly embedding: Float32Array; readonly sparse: Sparse }

/** A message in its situation, read once for all its lines. */
export type Noted = {
  readonly embedding: Float32Array
  readonly pieces: readonly string[]
  /** Words and pairs of words: what they mean depends on what was asked. */
  readonly words: readonly string[]
  readonly context: readonly string[]
}

/** Features are numbered by a hash (Weinberger et al. 2009, arXiv 0902.2206). */
export const buckets = 16_384

/** How much all words of a message count together, and how much they count once more beside what was asked. The embedding has length 2. */
const [wordLength, crossedLength, embeddingLength] = [2, 1.4, 2]

export const notedOf = (embedding: Float32Array, prompt: Prompt, message: string): Noted => {
  const tokens = tokensOf(message)
  return {
    embedding: embedding.map((value) => value * embeddingLength),
    pieces: unique(piecesOf(tokens)),
    words: unique(tokens.flatMap((word, index) => [word, `${word} ${tokens[index + 1] ?? ''}`])),
    context: contextOf(prompt),
  }
}

/** What bears on the next line, after lines of the kinds `said`. */
export const featuresOf = ({ embedding, pieces, words, context }: Noted, said: readonly string[]): Features => {
  const asked = context.find((one) => one.startsWith('ask ')) ?? context.find((one) => one.startsWith('pattern_')) ?? 'no ask'
  const situation = context.filter((one) => /^(?:no|flow|ask|pattern)/.test(one)).join('|')
  const last = said.at(-1) ?? 'nothing'
  const weighted: [string, number][] = []
  const add = (texts: readonly string[], length: number | null): void => {
    const each = length === null ? 1 : length / Math.sqrt(Math.max(texts.length, 1))
    for (const text of texts) weighted.push([text, each])
  }
  add(pieces, wordLength)
  add(words.flatMap((word) => [`${asked}&${word}`, `${last}&${word}`]), crossedLength)
  add([...context, situation, `lines ${said.length}`, ...said.flatMap((kind) => [`said ${kind}`, `${situation}&${kind}`])], null)
  return {
    embedding,
    sparse: { at: Int32Array.from(weighted, ([text]) => hash32(text) % buckets), value: Float32Array.from(weighted, ([, value]) => value) },
  }
}

/** A message on its own, whatever it answers. */
export const messageFeatures = (embedding: Float32Array, message: string): Features => {
  const pieces = unique(piecesOf(tokensOf(message)))
  return { embedding: embedding.map((value) => value * embeddingLength), sparse: numbered(pieces, wordLength / Math.sqrt(Math.max(pieces.length, 1))) }
}

/** Features that all count the same. */
export const numbered = (texts: readonly string[], each: number): Sparse =>
  ({ at: Int32Array.from(texts, (text) => hash32(text) % buckets), value: new Float32Array(texts.length).fill(each) })

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

/** Words and some punctuation between marks for beginning and end. Which number it is does not matter here. */
const tokensOf = (message: string): readonly string[] =>
  ['^', ...(message.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)?|\p{N}+|[?!,.]/gu) ?? []).map((word) => (/^\p{N}/u.test(word) ? '#' : word)), '$']

/** Words, pairs of neighbours, pairs with one word between them, and runs of four letters. */
const piecesOf = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, index) => [
    word,
    `${word} ${words[index + 1] ?? ''}`,
    `${word} _ ${words[index + 2] ?? ''}`,
    ...(word.length > 3 ? runsOf(`<${word}>`) : []),
  ])

const runsOf = (word: string): readonly string[] => Array.from({ length: word.length - 3 }, (_, from) => `~${word.slice(from, from + 4)}`)

/** The active flow, what is asked, which slots are filled, what is paused, which options stand: names, no values. */
const contextOf = (prompt: Prompt): readonly string[] =>
  contextLines(prompt).flatMap((line) => {
    const [head = '', ...rest] = line.split(' ')
    switch (head) {
      case 'no': case 'flow': return [line]
      case 'ask': return [`ask ${rest[0]?.replace(/:$/, '') ?? ''}`]
      case 'paused': case 'options': return [head, ...rest.join(' ').split(', ').map((name) => `${head} ${name}`)]
      default: return head.startsWith('pattern_') ? [line] : line.split(', ').map((pair) => `filled ${pair.split(' ')[0] ?? ''}`)
    }
  })
