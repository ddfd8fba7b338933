import { expectedCalibrationError, reliability, type Bin } from './calibration.js'
import type { Verdict } from './label-model.js'
import { confusionOf, type Confused } from './measurement.js'
import { shareOf } from './share.js'

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
  readonly confusions: readonly Confused[]
  /** The same with what is right. */
  readonly confusion: readonly Confused[]
  readonly reliability: readonly Bin[]
}

export const labelFigures = (judged: readonly Judgement[], known: readonly string[], outOfScope: string | null): LabelFigures => {
  const rightIn = (some: readonly Judgement[]): number => some.filter(({ label, verdict }) => verdict.label === label).length / Math.max(some.length, 1)
  const isOut = (label: string): boolean => label === outOfScope
  const [inside, out] = [judged.filter(({ label }) => !isOut(label)), judged.filter(({ label }) => isOut(label))]
  const taken = judged.filter(({ verdict }) => isOut(verdict.label))
  const { share: accuracy, margin } = shareOf(judged.map(({ label, verdict }) => verdict.label === label))
  const confusion = confusionOf(judged.map(({ label, verdict: { label: given } }) => ({ label, given })))
  const confidences = judged.map(({ label, verdict }) => ({ confidence: verdict.probability, right: verdict.label === label }))
  const labels = new Set(outOfScope === null ? known : [...known, outOfScope])
  return {
    messages: judged.length,
    accuracy,
    margin,
    inScope: { messages: inside.length, accuracy: rightIn(inside) },
    outOfScope: out.length === 0 ? null : { messages: out.length, recall: rightIn(out), precision: taken.filter(({ label }) => isOut(label)).length / Math.max(taken.length, 1) },
    unknown: judged.filter(({ label }) => !labels.has(label)).length,
    calibrationError: expectedCalibrationError(confidences),
    confusions: confusion.filter(({ label, given }) => label !== given),
    confusion,
    reliability: reliability(confidences),
  }
}
