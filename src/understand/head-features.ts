import { hash32 } from '../dataset/random.js'
import { contextLines, type Prompt } from '../language/prompt.js'

/** What a head knows of a message beside its embedding: which of these numbered features it has, and how much each counts. */
export type Sparse = { readonly at: Int32Array; readonly value: Float32Array }
export type Features = { readonly embedding: Float32Array; readonly sparse: Sparse }

/** Features are numbered by a hash (Weinberger et al. 2009, arXiv 0902.2206): words and pieces of words below, the situation above. */
const wordBuckets = 8192
const contextBuckets = 1024
export const buckets = wordBuckets + contextBuckets

/** How much the words of a message count beside its embedding, which has length 1. */
const wordLength = 4

export const featuresOf = (embedding: Float32Array, prompt: Prompt, message: string): Features => {
  const words = [...new Set(piecesOf(message).map((piece) => hash32(piece) % wordBuckets))]
  const context = [...new Set(contextOf(prompt).map((feature) => wordBuckets + (hash32(feature) % contextBuckets)))]
  const each = wordLength / Math.sqrt(Math.max(words.length, 1))
  return {
    embedding,
    sparse: { at: Int32Array.from([...words, ...context]), value: Float32Array.from([...words.map(() => each), ...context.map(() => 1)]) },
  }
}

/** Words, pairs of neighbours, pairs with one word between them, and runs of four letters. Which number it is does not matter here. */
const piecesOf = (message: string): readonly string[] => {
  const words = ['^', ...(message.toLowerCase().match(/\p{L}+(?:['’]\p{L}+)?|\p{N}+|[?!,.]/gu) ?? []).map((word) => (/^\p{N}/u.test(word) ? '#' : word)), '$']
  return words.flatMap((word, index) => [
    word,
    `${word} ${words[index + 1] ?? ''}`,
    `${word} _ ${words[index + 2] ?? ''}`,
    ...(word.length > 3 ? runsOf(`<${word}>`) : []),
  ])
}

const runsOf = (word: string): readonly string[] => Array.from({ length: word.length - 3 }, (_, from) => `~${word.slice(from, from + 4)}`)

/** The active flow, what is asked, which slots are filled, what is paused, which options stand: names, no values. */
const contextOf = (prompt: Prompt): readonly string[] =>
  contextLines(prompt).flatMap((line) => {
    const [head = '', ...rest] = line.split(' ')
    switch (head) {
      case 'no': case 'flow': return [line]
      case 'ask': return [`ask ${rest[0] ?? ''}`]
      case 'paused': case 'options': return [head, ...rest.join(' ').split(', ').map((name) => `${head} ${name}`)]
      default: return head.startsWith('pattern_') ? [line] : line.split(', ').map((pair) => `filled ${pair.split(' ')[0] ?? ''}`)
    }
  })
