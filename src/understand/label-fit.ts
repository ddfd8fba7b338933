import { fittedTemperature, tempered, type Judged } from './calibration.js'
import { logitsOf, verdictOf, type LabelModel } from './label-model.js'

/** A message that was not learned: its embedding, and its label. */
export type Shown = { readonly embedding: Float32Array; readonly label: string }

/** How many percent of the messages in scope a threshold may cost for each percent out of scope that it finds. */
const price = 0.1

/** The model with probabilities that mean what they say, and with the threshold that tells best what is out of scope. */
export const fitted = (model: LabelModel, shown: readonly Shown[]): LabelModel => {
  const judged = shown.map(({ embedding, label }): Judged => {
    const logits = logitsOf(model, embedding)
    const order = model.labels.map((_, at) => at).sort((left, right) => (logits[right] ?? 0) - (logits[left] ?? 0))
    const right = order.findIndex((at) => model.labels[at] === label)
    return { logProbabilities: tempered(order.map((at) => logits[at] ?? 0), 1).map((share) => Math.log(Math.max(share, Number.MIN_VALUE))), right: right === -1 ? null : right }
  })
  const calibrated = { ...model, scale: model.scale / fittedTemperature(judged) }
  return model.outOfScope === null ? calibrated : { ...calibrated, threshold: bestThreshold(calibrated, shown) }
}

const bestThreshold = (model: LabelModel, shown: readonly Shown[]): number => {
  const verdicts = shown.map(({ embedding, label }) => ({ label, verdict: verdictOf({ ...model, threshold: 0 }, embedding) }))
  const out = verdicts.filter(({ label }) => label === model.outOfScope)
  const inside = verdicts.filter(({ label }) => label !== model.outOfScope)
  if (out.length === 0 || inside.length === 0) return 0
  const worth = (threshold: number): number => {
    const kept = inside.filter(({ label, verdict }) => verdict.label === label && verdict.inScope >= threshold).length
    const found = out.filter(({ verdict }) => verdict.label === model.outOfScope || verdict.inScope < threshold).length
    return kept / inside.length + price * found / out.length
  }
  const candidates = [0, ...verdicts.map(({ verdict }) => verdict.inScope)].sort((left, right) => left - right)
  return candidates.reduce((best, threshold) => (worth(threshold) > worth(best) ? threshold : best), 0)
}
