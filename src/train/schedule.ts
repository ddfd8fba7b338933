import type { TrainOptions } from './options.js'

/** The learning rate of a step, counted from 0: a straight rise, then down to nothing along a cosine or a line. */
export const learningRateAt = (step: number, steps: number, options: Pick<TrainOptions, 'learningRate' | 'warmup' | 'schedule'>): number => {
  const rising = Math.ceil(options.warmup * steps)
  if (step < rising) return options.learningRate * (step + 1) / rising
  const done = (step - rising) / Math.max(1, steps - rising)
  switch (options.schedule) {
    case 'constant': return options.learningRate
    case 'linear': return options.learningRate * (1 - done)
    case 'cosine': return options.learningRate * (1 + Math.cos(Math.PI * done)) / 2
  }
}
