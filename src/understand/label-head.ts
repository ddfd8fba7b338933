import { fittedTemperature, tempered, type Judged } from './calibration.js'
import { logitsOf } from './head.js'
import { fittedWeights, type HeadOptions } from './head-training.js'
import type { Features } from './head-features.js'
import { logSoftmax } from './logit-source.js'

/** Logistic regression over numbered features: which of some labels fits. */
export type LabelHead = {
  readonly labels: readonly string[]
  readonly weights: Float32Array
  /** Divides the logits, so that probabilities are worth what they say. */
  readonly temperature: number
}
export type Labelled = { readonly features: Features; readonly label: string }

export type LabelHeadOptions = Pick<HeadOptions, 'epochs' | 'learningRate' | 'dropout' | 'seed'>
export const labelHeadOptions: LabelHeadOptions = { epochs: 20, learningRate: 0.1, dropout: 0.2, seed: 1 }
/** Each message is judged once by a head that has not learned it. */
const folds = 4
/** A few messages that were all told right do not make every other message certain. */
const coolest = 0.5

export type Fitted = { readonly head: LabelHead; /** Share of messages that were told right without being learned. */ readonly accuracy: number }

/** The same examples give the same head. Null where there are fewer than two labels. */
export const fittedHead = (examples: readonly Labelled[], options: LabelHeadOptions = labelHeadOptions): Fitted | null => {
  const labels = [...new Set(examples.map(({ label }) => label))].sort()
  if (labels.length < 2) return null
  const judged = Array.from({ length: folds }, (_, fold) => fold).flatMap((fold) => {
    const weights = learned(examples.filter((_, index) => index % folds !== fold), labels, options)
    return examples.filter((_, index) => index % folds === fold).map((example) => judgedOf(example, labels, weights))
  })
  const accuracy = judged.filter(({ right }) => right === 0).length / judged.length
  return { head: { labels, weights: learned(examples, labels, options), temperature: Math.max(coolest, fittedTemperature(judged)) }, accuracy }
}

/** Without judging it on examples that it has not learned: for what nobody asks how sure it is. */
export const plainHead = (examples: readonly Labelled[], options: LabelHeadOptions = labelHeadOptions): LabelHead => {
  const labels = [...new Set(examples.map(({ label }) => label))].sort()
  return { labels, weights: learned(examples, labels, options), temperature: 1 }
}

const learned = (examples: readonly Labelled[], labels: readonly string[], options: LabelHeadOptions): Float32Array => {
  const open = Int32Array.from(labels.keys())
  return fittedWeights(examples.map(({ features, label }) => ({ features, label: labels.indexOf(label), open, weight: 1 })), labels.length, options)
}

const judgedOf = ({ features, label }: Labelled, labels: readonly string[], weights: Float32Array): Judged => {
  const logs = logSoftmax([...logitsOf(weights, labels.length, features, Int32Array.from(labels.keys()))])
  const order = [...labels.keys()].sort((a, b) => (logs[b] ?? 0) - (logs[a] ?? 0))
  return { logProbabilities: order.map((at) => logs[at] ?? 0), right: order.findIndex((at) => labels[at] === label) }
}

/** Probabilities of all labels, best first. */
export const ranked = ({ labels, weights, temperature }: LabelHead, features: Features): readonly { readonly name: string; readonly confidence: number }[] => {
  const shares = tempered(logSoftmax([...logitsOf(weights, labels.length, features, Int32Array.from(labels.keys()))]), temperature)
  return labels.map((name, at) => ({ name, confidence: shares[at] ?? 0 })).sort((a, b) => b.confidence - a.confidence)
}
