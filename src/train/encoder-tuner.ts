import { dispose, variableGrads, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core'
import { breath } from './activations.js'
import { createAdamW, disposeAdamW, normOf, takeStep } from './adamw.js'
import { LossExploded } from './errors.js'
import { learningRateAt } from './schedule.js'

export type EncoderTunerOptions = {
  readonly steps: number
  /** Highest learning rate of the adapter, and of the head over the encoder. */
  readonly learningRate: number
  readonly headRate: number
  readonly warmup: number
  /** Of the adapter; a head has none. */
  readonly weightDecay: number
  readonly clipNorm: number
}

export type EncoderTuner = {
  /** Takes the next step against the gradients of the loss, and returns what the loss was before it. Throws LossExploded. */
  readonly step: (loss: () => Scalar) => number
  readonly dispose: () => void
}

/** Moves an adapter and the head over it together, each at its own rate, clipped by the norm of both. */
export const createEncoderTuner = (
  variables: readonly Variable[], headVariables: readonly Variable[], { steps, learningRate, headRate, warmup, weightDecay, clipNorm }: EncoderTunerOptions,
): EncoderTuner => {
  const [adapter, head] = [createAdamW(variables), createAdamW(headVariables)]
  const settings = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay }
  let taken = 0
  return {
    step: (lossOf) => {
      const { value, grads } = variableGrads(lossOf, [...variables, ...headVariables])
      const [loss = NaN] = value.dataSync()
      value.dispose()
      const gradientsOf = (some: readonly Variable[]): Tensor[] => some.flatMap(({ name }) => grads[name] ?? [])
      const [ofAdapter, ofHead] = [gradientsOf(variables), gradientsOf(headVariables)]
      const norm = normOf([...ofAdapter, ...ofHead])
      const share = learningRateAt(taken, steps, { learningRate: 1, warmup, schedule: 'linear' })
      taken += 1
      if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw new LossExploded(taken, learningRate * share)
      const shorter = Math.min(1, clipNorm / norm)
      takeStep(adapter, ofAdapter, learningRate * share, shorter, settings)
      takeStep(head, ofHead, headRate * share, shorter, { ...settings, weightDecay: 0 })
      dispose([...ofAdapter, ...ofHead])
      return loss
    },
    dispose: () => {
      disposeAdamW(adapter)
      disposeAdamW(head)
    },
  }
}

/** Goes through many texts, those of like length together; `read` is given the numbers of some of them at a time. Throws the signal's reason. */
export const readTogether = async (
  texts: readonly (readonly number[])[], atOnce: number, read: (members: readonly number[]) => void, report: (done: number, total: number) => void, signal: AbortSignal,
): Promise<void> => {
  const order = texts.map((_, at) => at).sort((left, right) => (texts[left]?.length ?? 0) - (texts[right]?.length ?? 0))
  for (let from = 0; from < order.length; from += atOnce) {
    signal.throwIfAborted()
    const members = order.slice(from, from + atOnce)
    read(members)
    report(from + members.length, order.length)
    await breath()
  }
}
