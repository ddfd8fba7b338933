import {
  add, div, mul, sqrt, square, sum, tensor1d, tensor2d, tidy, variable, type Rank, type Scalar,
  type Tensor2D, type Variable,
} from '@tensorflow/tfjs-core'
import { randomOf, type Random } from '../dataset/random.js'
import { messagesOf, type Encoder } from '../model/encoder/encoder.js'
import { weightedLoss } from '../model/llama.js'
import { breath } from './activations.js'
import { createEncoderTuner, readTogether } from './encoder-tuner.js'

/** A message in word pieces, and the number of its label. */
export type Labelled = { readonly pieces: readonly number[]; readonly label: number }

export type ClassifierOptions = {
  readonly rank: number
  readonly alpha: number
  /** 0 for as many as make about 420 steps, from 2 to 8. */
  readonly epochs: number
  /** Messages a step. */
  readonly batch: number
  /** Highest learning rate of the adapter, and of the prototypes. */
  readonly learningRate: number
  readonly prototypeRate: number
  /** What a cosine of 1 counts as a logit. */
  readonly scale: number
  /** Share of the word pieces that are left out, others each time: a message must be known by more than one word. */
  readonly dropout: number
  readonly warmup: number
  readonly weightDecay: number
  readonly clipNorm: number
  readonly seed: number
}

export const classifierOptions: ClassifierOptions = {
  rank: 16, alpha: 32, epochs: 0, batch: 64, learningRate: 5e-4, prototypeRate: 2e-3, scale: 20, dropout: 0.1, warmup: 0.06, weightDecay: 0.01, clipNorm: 1, seed: 1,
}

/** More teach a large data set little, and fewer a small one too little. */
const enoughSteps = 420

export type ClassifierJob = {
  /** With the adapter whose numbers are `variables`. */
  readonly encoder: Encoder
  readonly variables: readonly Variable[]
  readonly padding: number
  readonly examples: readonly Labelled[]
  /** A direction for each label, as training begins: [L, C]. Used up. */
  readonly prototypes: Tensor2D
  readonly options: ClassifierOptions
  readonly report: (step: number, steps: number, loss: number) => void
  readonly signal: AbortSignal
}

/**
 * Tunes a sentence encoder and a direction for each label together: the logit of a label is `scale` times the cosine between message and
 * direction (as in Chen et al. 2019, arXiv 1904.04232, section 3.2). Returns the directions, [L, C], each of length 1.
 * Throws LossExploded, or the signal's reason.
 */
export const trainClassifier = async ({ encoder, variables, padding, examples, prototypes, options, report, signal }: ClassifierJob): Promise<Float32Array> => {
  const directions: Variable<Rank.R2> = variable(prototypes)
  prototypes.dispose()
  const { batch, seed, prototypeRate } = options
  const perEpoch = Math.ceil(examples.length / batch)
  const epochs = options.epochs || Math.min(8, Math.max(2, Math.round(enoughSteps / perEpoch)))
  const steps = perEpoch * epochs
  const tuner = createEncoderTuner(variables, [directions], { ...options, steps, headRate: prototypeRate })
  try {
    for (let epoch = 0; epoch < epochs; epoch += 1) {
      const random = randomOf(seed, 'classifier', epoch)
      for (const [at, members] of batchesOf(examples, batch, random).entries()) {
        signal.throwIfAborted()
        const messages = messagesOf(members.map(({ pieces }) => thinned(pieces, options.dropout, random)), padding)
        const labels = members.map(({ label }) => label)
        const loss = tuner.step(() => lossOf(encoder.encode(messages), directions, labels, options.scale))
        report(epoch * perEpoch + at + 1, steps, loss)
        await breath()
      }
    }
    return tidy(() => lengthOne(directions).dataSync() as Float32Array).slice()
  } finally {
    tuner.dispose()
    directions.dispose()
  }
}

/** Rows of length 1. */
const lengthOne = (rows: Tensor2D): Tensor2D => div(rows, sqrt(add(sum(square(rows), -1, true), 1e-12)))

/** Cross-entropy of the right labels, averaged. */
const lossOf = (embeddings: Tensor2D, directions: Tensor2D, labels: readonly number[], scale: number): Scalar => {
  const logits = mul(embeddings.matMul(lengthOne(directions), false, true), scale) // [B, L]
  return weightedLoss(logits, tensor1d([...labels], 'int32'), tensor1d(labels.map(() => 1 / labels.length)))
}

/** Messages of like length stand together, so that little is padding; the last batch is filled up with the first of its epoch. */
const batchesOf = (examples: readonly Labelled[], batch: number, random: Random): readonly (readonly Labelled[])[] => {
  const order = random.shuffled(examples)
  while (order.length % batch !== 0) order.push(order[order.length % examples.length] as Labelled)
  const group = batch * 8
  const batches: Labelled[][] = []
  for (let from = 0; from < order.length; from += group) {
    const near = order.slice(from, from + group).sort((left, right) => left.pieces.length - right.pieces.length)
    for (let at = 0; at < near.length; at += batch) batches.push(near.slice(at, at + batch))
  }
  return random.shuffled(batches)
}

/** Without some of the pieces between those for beginning and end. */
const thinned = (pieces: readonly number[], dropout: number, random: Random): readonly number[] =>
  dropout === 0 ? pieces : pieces.filter((_, at) => at === 0 || at === pieces.length - 1 || !random.chance(dropout))

/** [count, C] of many messages, those of like length read together. */
export const embedAll = async (
  encoder: Encoder, pieces: readonly (readonly number[])[], padding: number, report: (done: number, total: number) => void, signal: AbortSignal,
): Promise<Float32Array> => {
  const size = encoder.config.hidden
  const all = new Float32Array(pieces.length * size)
  await readTogether(pieces, 64, (members) => {
    const embeddings = encoder.encode(messagesOf(members.map((index) => pieces[index] ?? []), padding))
    const rows = embeddings.dataSync<'float32'>()
    embeddings.dispose()
    members.forEach((index, row) => { all.set(rowOf(rows, row, size), index * size) })
  }, report, signal)
  return all
}

/** The embedding of one message of many, [C]. */
export const rowOf = (embeddings: Float32Array, row: number, size: number): Float32Array => embeddings.subarray(row * size, (row + 1) * size)

/** The mean direction of the examples of each label, as prototypes begin. */
export const meanDirections = (embeddings: Float32Array, examples: readonly Labelled[], labels: number, size: number): Tensor2D => {
  const sums = new Float32Array(labels * size)
  examples.forEach(({ label }, row) => {
    for (let i = 0; i < size; i += 1) sums[label * size + i] = (sums[label * size + i] ?? 0) + (embeddings[row * size + i] ?? 0)
  })
  return tidy(() => lengthOne(tensor2d(sums, [labels, size])))
}
