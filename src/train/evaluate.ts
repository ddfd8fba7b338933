import type { Example } from '../dataset/example.js'
import { breath } from './activations.js'
import { packed, totalWeight, type Shape } from './packing.js'
import { judge, type Workbench } from './workbench.js'

export type Counted = { readonly turns: number; readonly exact: number }
export type Evaluation = {
  /** Mean over the weighted tokens of the completions. */
  readonly loss: number
  /** Share of turns said word for word by greedy decoding without any constraint. */
  readonly exact: number
  readonly turns: number
  /** The same by type of command; a turn with two types counts for both. */
  readonly byCommand: Readonly<Record<string, Counted>>
}

/** Runs the sequences `from..to` of the workbench, which are `examples` in order. Stops with the signal's reason. */
export const evaluate = async (
  bench: Workbench, shape: Shape, from: number, examples: readonly Example[], signal: AbortSignal,
): Promise<Evaluation> => {
  const batches = packed(bench.sequences, examples.map((_, index) => from + index), shape)
  let [loss, right] = [0, 0]
  const byCommand = new Map<string, { turns: number; exact: number }>()
  for (const batch of batches) {
    signal.throwIfAborted()
    const judged = judge(bench, batch)
    loss += judged.loss
    for (const [index, exact] of judged.exact) {
      right += exact ? 1 : 0
      for (const name of new Set(examples[index - from]?.commands.map(({ command }) => command))) {
        const counted = byCommand.get(name) ?? { turns: 0, exact: 0 }
        byCommand.set(name, { turns: counted.turns + 1, exact: counted.exact + (exact ? 1 : 0) })
      }
    }
    await breath()
  }
  return {
    loss: loss / totalWeight(bench.sequences, batches),
    exact: right / Math.max(1, examples.length),
    turns: examples.length,
    byCommand: Object.fromEntries([...byCommand].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
