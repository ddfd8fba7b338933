import { add, dispose, tidy, type Tensor } from '@tensorflow/tfjs-core'
import type { Example } from '../dataset/example.js'
import { breath } from './activations.js'
import { normOf, takeStep } from './adamw.js'
import { LossExploded } from './errors.js'
import { evaluate } from './evaluate.js'
import type { TrainOptions } from './options.js'
import { totalWeight, type Shape } from './packing.js'
import type { Step } from './plan.js'
import type { TrainReport } from './progress.js'
import { learningRateAt } from './schedule.js'
import { speedometer } from './speedometer.js'
import { numbersOf, type TrainState } from './state.js'
import { gradientsOf, type Workbench } from './workbench.js'

export type Loop = {
  readonly bench: Workbench
  /** Does work with the adapter's dropout on; `moment` is another one for each micro-batch. */
  readonly during: <T>(moment: string, work: () => T) => T
  readonly plan: readonly Step[]
  readonly shape: Shape
  readonly options: TrainOptions
  /** Sequences of the workbench from `devStart` on are these. */
  readonly dev: readonly Example[]
  readonly devStart: number
  readonly report: TrainReport
  readonly signal: AbortSignal
  readonly now: () => number
  /** Puts the state on disk. */
  readonly save: (state: TrainState) => Promise<void>
  readonly saveEverySeconds: number
}
export type Ended = 'done' | 'signal' | 'no better dev loss'

/** All of training, from the state given to the end of the plan, in the order: evaluate, checkpoint, rate, micro-batches, clip, step, report. */
export const trainLoop = async (loop: Loop, state: TrainState): Promise<Ended> => {
  const { bench, plan, options, report, now, save } = loop
  const speed = speedometer(plan, bench.sequences, now)
  let saved = now()
  for (;;) {
    const next = plan[state.step]
    const ended = await evaluateIfDue(loop, state) ?? (next === undefined ? 'done' : null)
    if (ended !== null || now() - saved > loop.saveEverySeconds * 1000) {
      await save(state)
      saved = now()
    }
    if (ended !== null || next === undefined) return ended ?? 'done'

    const learningRate = learningRateAt(state.step, plan.length, options)
    const scale = 1 / totalWeight(bench.sequences, next.batches)
    let [loss, gradients] = [0, [] as Tensor[]]
    for (const [at, batch] of next.batches.entries()) {
      const part = loop.during(`${state.step}.${at}`, () => gradientsOf(bench, batch, scale))
      loss += part.loss
      gradients = gradients.length === 0 ? part.gradients : summed(gradients, part.gradients)
      await breath()
    }
    const norm = normOf(gradients)
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) throw new LossExploded(state.step + 1, learningRate)
    takeStep(state.optimizer, gradients, learningRate, Math.min(1, options.clipNorm / norm), options)
    dispose(gradients)

    state.step += 1
    state.trainCurve.push({ step: state.step, loss })
    report({ kind: 'step', step: state.step, steps: plan.length, loss, learningRate, gradientNorm: norm, ...speed(state.step) })
  }
}

/** Both lists are used up. */
const summed = (left: readonly Tensor[], right: readonly Tensor[]): Tensor[] => {
  const sums = tidy(() => left.map((tensor, index) => add(tensor, right[index] ?? 0)))
  dispose([...left, ...right])
  return sums
}

/** Looks at dev after the steps that the plan names. Says why training is to end, or null to go on. */
const evaluateIfDue = async (loop: Loop, state: TrainState): Promise<Ended | null> => {
  const { bench, plan, shape, options, dev, devStart, report, signal } = loop
  if (signal.aborted) return 'signal'
  const isDue = plan[state.step - 1]?.evaluate === true && state.devCurve.at(-1)?.step !== state.step
  if (!isDue || dev.length === 0) return null
  try {
    const { loss, exact } = await evaluate(bench, shape, devStart, dev, signal)
    // Written so that NaN is never better.
    const isBest = Number.isFinite(loss) && !(state.best !== null && state.best.loss <= loss)
    if (isBest) {
      state.best = { step: state.step, loss, exact }
      state.bestParameters = numbersOf(bench.variables)
    }
    state.devCurve.push({ step: state.step, loss, exact })
    report({ kind: 'evaluation', step: state.step, loss, exact, best: isBest })
  } catch (error) {
    if (error === signal.reason) return 'signal'
    throw error
  }
  const since = state.devCurve.filter(({ step }) => step > (state.best?.step ?? 0)).length
  return options.patience > 0 && since >= options.patience ? 'no better dev loss' : null
}
