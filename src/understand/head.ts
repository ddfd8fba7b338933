import { readFile } from 'node:fs/promises'
import { isMissing } from '../fetch/cache.js'
import { replaceFile } from '../fetch/replace-file.js'
import { BadModelFile } from '../model/errors.js'
import { tempered } from './calibration.js'
import type { Leaning } from './decoder.js'
import { buckets, type Features } from './head-features.js'

/**
 * Multinomial logistic regression over the embedding of a message, its words, and the situation: which kind of command comes first.
 * A frozen sentence encoder with such a head tells requests apart from few examples, where a small language model needs more.
 */
export type Head = {
  /** Name of the encoder's file. */
  readonly encoder: string
  /** Kinds of commands, see language/kind.ts. */
  readonly labels: readonly string[]
  /** How much the head counts beside the language model; chosen on the development set. 0: not at all. */
  readonly lambda: number
  /** For each label its weights: those of the embedding, those of the numbered features, and its bias last. */
  readonly weights: Float32Array
}

/** Probability of every label. */
export const scoresOf = ({ labels, weights }: Head, features: Features): ReadonlyMap<string, number> => {
  const width = widthOf(features)
  if (weights.length !== labels.length * width) throw new RangeError(`${weights.length} weights for ${labels.length} labels over ${features.embedding.length} numbers`)
  const shares = tempered(labels.map((_, label) => logitOf(weights, label * width, features)), 1)
  return new Map(labels.map((label, index) => [label, shares[index] ?? 0]))
}

/** Weights of one label. */
export const widthOf = ({ embedding }: Features): number => embedding.length + buckets + 1

export const logitOf = (weights: Float32Array | Float64Array, from: number, { embedding, sparse: { at, value } }: Features): number => {
  let sum = weights[from + embedding.length + buckets] ?? 0
  for (let i = 0; i < embedding.length; i++) sum += (weights[from + i] as number) * (embedding[i] as number)
  const start = from + embedding.length
  for (let i = 0; i < at.length; i++) sum += (weights[start + (at[i] as number)] as number) * (value[i] as number)
  return sum
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

const version = 2

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
