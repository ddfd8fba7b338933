import { fittedTemperature, negativeLogLikelihood, type Judged } from './calibration.js'
import { readingOf, verdictFrom, type LabelModel, type Reading } from './label-model.js'
import { logSoftmax } from './logit-source.js'

/** A message that was not learned: its embedding, and its label. */
export type Shown = { readonly embedding: Float32Array; readonly label: string }

/** What a share of the messages out of scope is worth beside the same share of those in scope, which are asked far more often. */
const price = 0.1

/** Weights of the neighbours that are tried. */
const weights = [0, 0.3, 0.6, 1, 1.5, 2.5, 4]

type Asked = { readonly label: string; readonly reading: Reading }

/**
 * The model as it explains messages best that it did not learn: how much neighbours count, how sure it may be, and how unfamiliar
 * a message must be to be out of scope. Without such messages it is left as it is.
 */
export const fitted = (model: LabelModel, shown: readonly Shown[]): LabelModel => {
  if (shown.length === 0) return model
  const asked = shown.map(({ embedding, label }): Asked => ({ label, reading: readingOf(model, embedding) }))
  const tried = weights.map((neighbourWeight) => {
    const judged = asked.map((one) => judgedOf(one, model.labels, neighbourWeight))
    const temperature = fittedTemperature(judged)
    return { neighbourWeight, temperature, loss: negativeLogLikelihood(judged, temperature) }
  })
  const { neighbourWeight, temperature } = tried.reduce((best, one) => (one.loss < best.loss ? one : best))
  const calibrated = { ...model, neighbourWeight, temperature }
  return model.outOfScope === null ? calibrated : { ...calibrated, threshold: bestThreshold(calibrated, asked) }
}

const judgedOf = ({ label, reading: { byDirection, byNeighbour } }: Asked, labels: readonly string[], weight: number): Judged => {
  const logs = logSoftmax(byDirection.map((score, at) => score + weight * (byNeighbour[at] ?? 0)))
  const order = labels.map((_, at) => at).sort((left, right) => (logs[right] ?? 0) - (logs[left] ?? 0))
  const right = order.findIndex((at) => labels[at] === label)
  return { logProbabilities: order.map((at) => logs[at] ?? 0), right: right === -1 ? null : right }
}

/** Every threshold below this finds nothing. */
export const noThreshold = -2

const bestThreshold = (model: LabelModel, asked: readonly Asked[]): number => {
  const judged = asked.map(({ label, reading }) => ({ label, familiarity: reading.familiarity, given: verdictFrom({ ...model, threshold: noThreshold }, reading).label }))
  const [out, inside] = [judged.filter(({ label }) => label === model.outOfScope), judged.filter(({ label }) => label !== model.outOfScope)]
  if (out.length === 0 || inside.length === 0) return noThreshold
  const worth = (threshold: number): number => {
    const kept = inside.filter(({ label, given, familiarity }) => given === label && familiarity >= threshold).length
    const found = out.filter(({ given, familiarity }) => given === model.outOfScope || familiarity < threshold).length
    return kept / inside.length + price * found / out.length
  }
  const borders = judged.map(({ familiarity }) => familiarity).sort((left, right) => left - right)
  // Between two messages, so that neither lies on the border.
  const candidates = [noThreshold, ...borders.slice(1).map((border, at) => (border + (borders[at] ?? border)) / 2)]
  return candidates.reduce((best, threshold) => (worth(threshold) > worth(best) ? threshold : best))
}
