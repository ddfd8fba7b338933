import { fittedTemperature, negativeLogLikelihood, tempered, type Judged } from './calibration.js'
import { partsOf, verdictFrom, type LabelModel } from './label-model.js'

/** A message that was not learned: its embedding, and its label. */
export type Shown = { readonly embedding: Float32Array; readonly label: string }

/** How many percent of the messages in scope a threshold may cost for each percent out of scope that it finds. */
const price = 0.1

/** Weights of the neighbours that are tried. */
const weights = [0, 0.3, 0.6, 1, 1.5, 2.5, 4]

type Scored = { readonly label: string; readonly scores: readonly number[] }

/**
 * The model as it explains messages best that it did not learn: how much neighbours count, how sure it may be, and below which
 * probability a message is out of scope. Without such messages it is left as it is.
 */
export const fitted = (model: LabelModel, shown: readonly Shown[]): LabelModel => {
  if (shown.length === 0) return model
  const parts = shown.map(({ embedding, label }) => ({ label, ...partsOf(model, embedding) }))
  const tried = weights.map((neighbourWeight) => {
    const scored = parts.map(({ label, byDirection, byNeighbour }): Scored => ({ label, scores: byDirection.map((score, at) => score + neighbourWeight * (byNeighbour[at] ?? 0)) }))
    const judged = scored.map((one) => judgedOf(one, model.labels))
    const temperature = fittedTemperature(judged)
    return { neighbourWeight, temperature, scored, loss: negativeLogLikelihood(judged, temperature) }
  })
  const { neighbourWeight, temperature, scored } = tried.reduce((best, one) => (one.loss < best.loss ? one : best))
  const calibrated = { ...model, neighbourWeight, temperature }
  return { ...calibrated, threshold: model.outOfScope === null ? 0 : bestThreshold(calibrated, scored) }
}

const judgedOf = ({ label, scores }: Scored, labels: readonly string[]): Judged => {
  const shares = tempered(scores, 1)
  const order = labels.map((_, at) => at).sort((left, right) => (shares[right] ?? 0) - (shares[left] ?? 0))
  const right = order.findIndex((at) => labels[at] === label)
  return { logProbabilities: order.map((at) => Math.log(Math.max(shares[at] ?? 0, Number.MIN_VALUE))), right: right === -1 ? null : right }
}

const bestThreshold = (model: LabelModel, shown: readonly Scored[]): number => {
  const verdicts = shown.map(({ scores, label }) => ({ label, verdict: verdictFrom({ ...model, threshold: 0 }, scores) }))
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
