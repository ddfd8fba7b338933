import { randomOf } from '../dataset/random.js'
import type { TrainOptions } from './options.js'
import { packed, type Packed, type Shape } from './packing.js'
import type { Sequence } from './sequences.js'

/** One step of the optimizer: its micro-batches, and whether dev is looked at after it. */
export type Step = { readonly epoch: number; readonly batches: readonly Packed[]; readonly evaluate: boolean }

/**
 * The whole of training laid out before it starts. The order of an epoch depends on seed and epoch only, so the number of the
 * next step is all a checkpoint must know of it.
 */
export const planOf = (sequences: readonly Sequence[], shape: Shape, options: Omit<TrainOptions, 'precision'>): readonly Step[] => {
  const all = sequences.map((_, index) => index)
  return Array.from({ length: options.epochs }, (_, epoch) => {
    const batches = packed(sequences, randomOf(options.seed, 'epoch', epoch).shuffled(all), shape)
    const count = Math.ceil(batches.length / options.accumulate)
    return Array.from({ length: count }, (__, step): Step => ({
      epoch,
      batches: batches.slice(step * options.accumulate, (step + 1) * options.accumulate),
      evaluate: endsPart(step, count, options.evaluationsPerEpoch),
    }))
  }).flat()
}

const endsPart = (step: number, steps: number, parts: number): boolean =>
  Math.floor((step + 1) * parts / steps) > Math.floor(step * parts / steps)
