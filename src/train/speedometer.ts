import type { Step } from './plan.js'
import type { Sequence } from './sequences.js'

const windowSteps = 20

/** Tokens per second over the last steps, and the seconds the rest of the plan will take at that rate. */
export const speedometer = (plan: readonly Step[], sequences: readonly Sequence[], now: () => number) => {
  const tokens = plan.map(({ batches }) => batches.reduce(
    (total, { placed }) => total + placed.reduce((sum, { index }) => sum + (sequences[index]?.ids.length ?? 0), 0), 0))
  const before = [0]
  tokens.forEach((count, step) => before.push((before[step] ?? 0) + count))
  const all = before.at(-1) ?? 0
  const samples: { readonly at: number; readonly done: number }[] = []
  return (step: number): { readonly tokensPerSecond: number; readonly secondsLeft: number } => {
    const done = before[step] ?? all
    if (samples.length === 0) samples.push({ at: now(), done }) // the first step compiles programs: its time says nothing
    else samples.push({ at: now(), done })
    if (samples.length > windowSteps) samples.shift()
    const [first, last] = [samples[0], samples.at(-1)]
    const seconds = ((last?.at ?? 0) - (first?.at ?? 0)) / 1000
    const tokensPerSecond = seconds > 0 ? ((last?.done ?? 0) - (first?.done ?? 0)) / seconds : 0
    return { tokensPerSecond, secondsLeft: tokensPerSecond > 0 ? (all - done) / tokensPerSecond : 0 }
  }
}
