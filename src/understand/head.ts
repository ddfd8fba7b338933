import { readFile } from 'node:fs/promises'
import { isMissing } from '../fetch/cache.js'
import { replaceFile } from '../fetch/replace-file.js'
import { hasRoom } from '../language/kind.js'
import { BadModelFile } from '../model/errors.js'
import { tempered } from './calibration.js'
import type { Leaning, SecondOpinion } from './decoder.js'
import { buckets, featuresOf, type Features, type Noted } from './head-features.js'

/**
 * Multinomial logistic regression over the embedding of a message, its words, the situation, and the lines so far: which kind of line
 * comes next, if any. A frozen sentence encoder with such a head tells requests apart from few examples, where a small language model
 * needs more.
 */
export type Head = {
  /** Name of the encoder's file. */
  readonly encoder: string
  /** Kinds of lines and the end, see language/kind.ts. */
  readonly labels: readonly string[]
  /** How much the head counts beside the language model. 0: not at all. */
  readonly lambda: number
  /** For each number of the embedding, then each numbered feature, then the bias: a weight for every label. */
  readonly weights: Float32Array
}

/** Numbers that each label has a weight for. */
export const widthOf = (embedding: Float32Array): number => embedding.length + buckets + 1

/** Probabilities of those labels that `open` has room for; together 1. */
export const sharesOf = ({ labels, weights }: Head, features: Features, open: ReadonlySet<string>): ReadonlyMap<string, number> => {
  const width = widthOf(features.embedding)
  if (weights.length !== labels.length * width) throw new RangeError(`${weights.length} weights for ${labels.length} labels over ${features.embedding.length} numbers`)
  const known = Int32Array.from(openLabels(labels, open))
  const shares = tempered([...logitsOf(weights, labels.length, features, known)], 1)
  return new Map([...known].map((label, index) => [labels[label] ?? '', shares[index] ?? 0]))
}

/** The numbers of the labels that `open` has room for. */
export const openLabels = (labels: readonly string[], open: ReadonlySet<string>): readonly number[] => {
  const beginnings = [...open].filter((kind) => kind.endsWith(' ...'))
  return labels.flatMap((label, index) => (open.has(label) || beginnings.some((beginning) => hasRoom(beginning, label)) ? [index] : []))
}

/** Logits of the labels `known`, in their order. */
export const logitsOf = (weights: Float32Array, labels: number, { embedding, sparse: { at, value } }: Features, known: Int32Array): Float64Array => {
  const sums = new Float64Array(known.length)
  const add = (feature: number, amount: number): void => {
    const from = feature * labels
    for (let i = 0; i < known.length; i++) sums[i] = (sums[i] as number) + (weights[from + (known[i] as number)] as number) * amount
  }
  embedding.forEach((amount, index) => { add(index, amount) })
  at.forEach((feature, index) => { add(embedding.length + feature, value[index] as number) })
  add(embedding.length + buckets, 1)
  return sums
}

/** A head that is sure and wrong must not outvote everything else. */
const leastProbability = 1e-3

/** What the head adds to the logarithms of the model for this message. */
export const opinionOf = (head: Head, noted: Noted): SecondOpinion => (said, open) => blended(sharesOf(head, featuresOf(noted, said), open), open, head.lambda)

/**
 * Of a kind without training examples the head knows nothing, so it gets an equal share of what is open; a set of options that nobody
 * wrote down gets next to nothing. A beginning of kinds counts as the likeliest of them.
 */
export const blended = (shares: ReadonlyMap<string, number>, open: ReadonlySet<string>, lambda: number): Leaning => {
  const labels = [...shares.keys()]
  const unknown = [...open].filter((kind) => !labels.some((label) => hasRoom(kind, label)) && !kind.startsWith('clarify '))
  const equal = 1 / Math.max(labels.length + unknown.length, 1)
  const left = labels.length * equal
  const shareOf = (kind: string): number => {
    if (unknown.includes(kind)) return equal
    return left * labels.reduce((most, label) => (hasRoom(kind, label) ? Math.max(most, shares.get(label) ?? 0) : most), 0)
  }
  return (kind) => lambda * Math.log(Math.max(shareOf(kind), leastProbability))
}

const version = 4

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
