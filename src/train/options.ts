import { loraTargets, type LoraTarget } from '../model/llama-lora.js'
import type { Precision } from '../model/matrix.js'
import type { AdapterKind } from '../project/read-adapter.js'
import { CannotTrain } from './errors.js'

/** Everything that decides the result of training beside data and base model. Written whole to checkpoint, run record and card. */
export type TrainOptions = {
  /** R of LoRA. */
  readonly rank: number
  /** LoRA's alpha; the adapter counts alpha / rank. */
  readonly alpha: number
  /** How many layers, from the top, get an adapter. What lies below is computed once for each example and kept. */
  readonly layers: number
  readonly targets: readonly LoraTarget[]
  /** Highest learning rate, reached after warm-up. */
  readonly learningRate: number
  /** Share of the steps in which the rate rises from 0. */
  readonly warmup: number
  readonly schedule: 'cosine' | 'linear' | 'constant'
  readonly weightDecay: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** Longest gradient, as a Euclidean norm over all parameters; longer ones are shortened. */
  readonly clipNorm: number
  readonly epochs: number
  /** Tokens of a micro-batch, padding included. */
  readonly microBatchTokens: number
  /** Micro-batches that make one step of the optimizer. */
  readonly accumulate: number
  /** Evaluations on dev in each epoch, evenly spread. */
  readonly evaluationsPerEpoch: number
  /** Ends training after so many evaluations without a better dev loss; 0 never does. */
  readonly patience: number
  readonly seed: number
  readonly precision: Precision
  /** Left out for plain LoRA, so that runs of it keep their name. */
  readonly adapter?: AdapterOptions
}

/** What is tuned, where it is more than LoRA on the top layers. */
export type AdapterOptions = {
  readonly kind: AdapterKind
  /** Share of an adapter's input that is dropped in each step; of its output for bottleneck adapters. */
  readonly dropout: number
  /** Scales by alpha / sqrt(rank). */
  readonly rslora: boolean
  /** How many times smaller than the model's width a bottleneck is. */
  readonly reduction: number
  /** The layers that get an adapter, from 0; `layers` does not count then. */
  readonly onlyLayers?: readonly number[]
}
export const plainLora: AdapterOptions = { kind: 'lora', dropout: 0, rslora: false, reduction: 16 }

/** Options as they are given: `auto` is the precision that is fast on this machine. */
export type TrainChoice = Omit<TrainOptions, 'precision'> & { readonly precision: Precision | 'auto' }

export const precisions: readonly Precision[] = ['float32', 'bfloat16']

export const defaultOptions: TrainChoice = {
  rank: 16,
  alpha: 32,
  layers: 12,
  targets: loraTargets,
  learningRate: 1e-3,
  warmup: 0.06,
  schedule: 'cosine',
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.99,
  epsilon: 1e-8,
  clipNorm: 1,
  epochs: 4,
  microBatchTokens: 1920,
  accumulate: 1,
  evaluationsPerEpoch: 1,
  patience: 0,
  seed: 1,
  precision: 'auto',
}

type Rule = readonly [name: keyof TrainOptions, isRight: (options: TrainChoice) => boolean, expected: string]
const whole = (value: number, least: number): boolean => Number.isInteger(value) && value >= least
const rules: readonly Rule[] = [
  ['rank', ({ rank }) => whole(rank, 1), 'a whole number from 1 on'],
  ['alpha', ({ alpha }) => alpha > 0, 'more than 0'],
  ['layers', ({ layers }) => whole(layers, 1), 'a whole number from 1 on'],
  ['targets', ({ targets }) => targets.length > 0, 'at least one projection'],
  ['learningRate', ({ learningRate }) => learningRate > 0, 'more than 0'],
  ['warmup', ({ warmup }) => warmup >= 0 && warmup < 1, 'from 0 up to, not with, 1'],
  ['clipNorm', ({ clipNorm }) => clipNorm > 0, 'more than 0'],
  ['epochs', ({ epochs }) => whole(epochs, 1), 'a whole number from 1 on'],
  ['microBatchTokens', ({ microBatchTokens }) => whole(microBatchTokens, 16), 'a whole number from 16 on'],
  ['accumulate', ({ accumulate }) => whole(accumulate, 1), 'a whole number from 1 on'],
  ['evaluationsPerEpoch', ({ evaluationsPerEpoch }) => whole(evaluationsPerEpoch, 1), 'a whole number from 1 on'],
  ['patience', ({ patience }) => whole(patience, 0), 'a whole number from 0 on'],
  ['adapter', ({ adapter }) => adapter === undefined || (adapter.dropout >= 0 && adapter.dropout < 1 && whole(adapter.reduction, 1)), 'a dropout from 0 up to, not with, 1 and a whole reduction'],
  ['precision', ({ precision }) => ['auto', ...precisions].includes(precision), 'auto, float32 or bfloat16'],
]

/** Options complete and checked. Throws CannotTrain, naming the first that is wrong. */
export const withDefaults = (partial: Partial<TrainChoice> = {}): TrainChoice => {
  const options = { ...defaultOptions, ...partial }
  const wrong = rules.find(([, isRight]) => !isRight(options))
  if (wrong !== undefined) {
    const [name, , expected] = wrong
    throw new CannotTrain(`the option ${name} is ${JSON.stringify(options[name])}`, `Give ${expected}.`)
  }
  const { adapter, ...rest } = options
  return adapter === undefined || isPlain(adapter) ? rest : { ...rest, adapter: { ...plainLora, ...adapter } }
}

/** The same run as one in which nothing is said of adapters. */
const isPlain = ({ kind, dropout, rslora, onlyLayers }: AdapterOptions): boolean =>
  kind === 'lora' && dropout === 0 && !rslora && onlyLayers === undefined

/** The numbers of the layers that get an adapter. Throws CannotTrain where the model has no such layer. */
export const adaptedLayers = ({ layers, adapter }: Pick<TrainOptions, 'layers' | 'adapter'>, count: number): readonly number[] => {
  const from = Math.max(0, count - layers)
  const chosen = adapter?.onlyLayers ?? Array.from({ length: count - from }, (_, at) => from + at)
  const foreign = chosen.find((layer) => layer >= count)
  if (foreign !== undefined) throw new CannotTrain(`there is no layer ${foreign} for an adapter`, `The base model has ${count} layers: give numbers from 0 to ${count - 1}.`)
  return [...new Set(chosen)].sort((a, b) => a - b)
}
