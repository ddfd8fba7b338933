import { readFile } from 'node:fs/promises'
import { isMissing } from '../fetch/cache.js'
import { replaceFile } from '../fetch/replace-file.js'
import { BadModelFile } from '../model/errors.js'
import type { Leaning } from './decoder.js'

/**
 * Multinomial logistic regression over the embedding of a message: which kind of command comes first. A frozen sentence encoder
 * with such a head tells requests apart from few examples, where a small language model needs more.
 */
export type Head = {
  /** Name of the encoder's file. */
  readonly encoder: string
  /** Kinds of commands, see language/kind.ts. */
  readonly labels: readonly string[]
  /** How much the head counts beside the language model; chosen on the development set. 0: not at all. */
  readonly lambda: number
  /** For each label its weights, and its bias last. */
  readonly weights: Float32Array
}

/** Probability of every label. */
export const scoresOf = ({ labels, weights }: Head, embedding: Float32Array): ReadonlyMap<string, number> => {
  const width = embedding.length + 1
  if (weights.length !== labels.length * width) throw new RangeError(`${weights.length} weights for ${labels.length} labels over ${embedding.length} numbers`)
  const logits = labels.map((_, label) => {
    let sum = weights[label * width + width - 1] ?? 0
    for (let i = 0; i < embedding.length; i++) sum += (weights[label * width + i] ?? 0) * (embedding[i] ?? 0)
    return sum
  })
  const highest = Math.max(...logits)
  const exponentials = logits.map((logit) => Math.exp(logit - highest))
  const total = exponentials.reduce((sum, value) => sum + value, 0)
  return new Map(labels.map((label, index) => [label, (exponentials[index] ?? 0) / total]))
}

/** A head that is sure and wrong must not outvote everything else. */
const leastProbability = 1e-3

/**
 * What the head adds to the logarithms of the model. Only kinds that are legal in the state count: their probabilities are scaled
 * to sum up to 1. Of a kind without training examples the head knows nothing, so it gets an equal share.
 */
export const blended = (scores: ReadonlyMap<string, number>, legal: ReadonlySet<string>, lambda: number): Leaning => {
  const known = [...legal].filter((kind) => scores.has(kind))
  const total = known.reduce((sum, kind) => sum + (scores.get(kind) ?? 0), 0)
  const equal = 1 / Math.max(legal.size, 1)
  const left = known.length * equal
  return (kind) => {
    const share = total > 0 && known.includes(kind) ? ((scores.get(kind) ?? 0) / total) * left : equal
    return lambda * Math.log(Math.max(share, leastProbability))
  }
}

const version = 1

export const writeHead = (path: string, { encoder, labels, lambda, weights }: Head): Promise<void> => {
  const base64 = Buffer.from(weights.buffer, weights.byteOffset, weights.byteLength).toString('base64')
  return replaceFile(path, (handle) => handle.writeFile(`${JSON.stringify({ version, encoder, lambda, labels, weights: base64 })}\n`))
}

/** The head in a file, or null where there is none. Throws BadModelFile. */
export const readHead = async (path: string): Promise<Head | null> => {
  try {
    return parseHead(path, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (isMissing(error)) return null
    if (error instanceof SyntaxError) throw new BadModelFile({ file: path, found: 'no JSON', expected: 'an encoder head', advice: 'Train again.' })
    throw error
  }
}

const parseHead = (path: string, json: unknown): Head => {
  const bad = (found: string, expected: string): BadModelFile => new BadModelFile({ file: path, found, expected, advice: 'Train again.' })
  if (typeof json !== 'object' || json === null) throw bad('no object', 'an encoder head')
  const { version: found, encoder, lambda, labels, weights } = json as Readonly<Record<string, unknown>>
  if (found !== version) throw bad(`version ${JSON.stringify(found)}`, `version ${version}`)
  if (typeof encoder !== 'string' || typeof lambda !== 'number' || typeof weights !== 'string') throw bad('entries of other types', 'encoder, lambda and weights')
  if (!Array.isArray(labels) || labels.length === 0 || !labels.every((label) => typeof label === 'string')) throw bad('no labels', 'a list of texts')
  const bytes = Buffer.from(weights, 'base64')
  if (bytes.length === 0 || bytes.length % (4 * labels.length) !== 0) throw bad(`${bytes.length} bytes of weights`, `a multiple of ${4 * labels.length}`)
  // Copied: a Float32Array needs its bytes to begin at a multiple of four.
  return { encoder, lambda, labels, weights: new Float32Array(new Uint8Array(bytes).buffer) }
}
