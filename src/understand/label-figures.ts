import { expectedCalibrationError } from './calibration.js'
import type { Verdict } from './label-model.js'

export type Judgement = { readonly text: string; readonly label: string; readonly verdict: Verdict }

export type LabelFigures = {
  readonly messages: number
  /** Share of all messages that got their label. */
  readonly accuracy: number
  /** 1.96 standard errors of it. */
  readonly margin: number
  /** Messages whose label is not the one for out of scope. */
  readonly inScope: { readonly messages: number; readonly accuracy: number }
  /** Messages that no label fits: how many of them were found, and how many of those taken for such are. Null where the file has none. */
  readonly outOfScope: { readonly messages: number; readonly recall: number; readonly precision: number } | null
  /** Messages whose label the model does not know. They cannot come out right. */
  readonly unknown: number
  readonly calibrationError: number
  /** What is taken for what, the most frequent first. */
  readonly confusions: readonly { readonly label: string; readonly given: string; readonly count: number }[]
}

export const labelFigures = (judged: readonly Judgement[], known: readonly string[], outOfScope: string | null): LabelFigures => {
  const rightIn = (some: readonly Judgement[]): number => some.filter(({ label, verdict }) => verdict.label === label).length / Math.max(some.length, 1)
  const isOut = (label: string): boolean => label === outOfScope
  const [inside, out] = [judged.filter(({ label }) => !isOut(label)), judged.filter(({ label }) => isOut(label))]
  const taken = judged.filter(({ verdict }) => isOut(verdict.label))
  const accuracy = rightIn(judged)
  const counts = new Map<string, { readonly label: string; readonly given: string; readonly count: number }>()
  for (const { label, verdict: { label: given } } of judged) {
    if (given !== label) counts.set(`${label}\u0000${given}`, { label, given, count: (counts.get(`${label}\u0000${given}`)?.count ?? 0) + 1 })
  }
  const labels = new Set(outOfScope === null ? known : [...known, outOfScope])
  return {
    messages: judged.length,
    accuracy,
    margin: 1.96 * Math.sqrt(accuracy * (1 - accuracy) / Math.max(judged.length, 1)),
    inScope: { messages: inside.length, accuracy: rightIn(inside) },
    outOfScope: out.length === 0 ? null : { messages: out.length, recall: rightIn(out), precision: taken.filter(({ label }) => isOut(label)).length / Math.max(taken.length, 1) },
    unknown: judged.filter(({ label }) => !labels.has(label)).length,
    calibrationError: expectedCalibrationError(judged.map(({ label, verdict }) => ({ confidence: verdict.probability, right: verdict.label === label }))),
    confusions: [...counts.values()].sort((left, right) => right.count - left.count || left.label.localeCompare(right.label)),
  }
}
