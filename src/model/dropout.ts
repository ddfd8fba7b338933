import { mul, tensor, type Tensor } from '@tensorflow/tfjs-core'

/**
 * Dropout before an adapter: of what it reads, a share is 0 and the rest is larger by as much. Srivastava et al. 2014. The mask
 * depends on the moment of training and on the place in the model only, so a run that goes on after a crash draws the same ones.
 * Modules that share an input share its mask; PEFT draws one for each.
 */
export type Dropout = {
  readonly rate: number
  /** The tensor itself outside of training. */
  readonly masked: (h: Tensor, layer: number, part: string) => Tensor
  /** Work in which numbers are dropped. `moment` is another one for each micro-batch of a run. */
  readonly during: <T>(moment: string, work: () => T) => T
}

export const noDropout: Dropout = { rate: 0, masked: (h) => h, during: (_moment, work) => work() }

/** `random` gives a stream of numbers in [0, 1) for each key. */
export const createDropout = (rate: number, random: (key: string) => () => number): Dropout => {
  if (rate === 0) return noDropout
  let now: string | null = null
  return {
    rate,
    masked: (h, layer, part) => {
      if (now === null) return h
      const next = random(`${now} ${layer}.${part}`)
      const kept = new Float32Array(h.size)
      for (let at = 0; at < kept.length; at += 1) kept[at] = next() < rate ? 0 : 1 / (1 - rate)
      return mul(h, tensor(kept, h.shape))
    },
    during: (moment, work) => {
      now = moment
      try {
        return work()
      } finally {
        now = null
      }
    },
  }
}
