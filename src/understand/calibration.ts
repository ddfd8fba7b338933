/** One decision of the model on data it was not trained on: what it held likely, and whether its first choice was right. */
export type Judged = {
  /** Log-probabilities of all alternatives, best first, at temperature 1. At least one. */
  readonly logProbabilities: readonly number[]
  /** Which of them was right; null where none was. */
  readonly right: number | null
}

/** Confidence of a choice beside what became of it. */
export type Outcome = { readonly confidence: number; readonly right: boolean }

/** A bar of the reliability curve: how sure the model was on average, and how often it was right. */
export type Bin = { readonly from: number; readonly to: number; readonly count: number; readonly confidence: number; readonly accuracy: number }

/** The alternatives after dividing their logits by `temperature`, as probabilities. */
export const tempered = (logProbabilities: readonly number[], temperature: number): readonly number[] => {
  const scaled = logProbabilities.map((value) => value / temperature)
  const highest = Math.max(...scaled)
  const weights = scaled.map((value) => Math.exp(value - highest))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** First choices and their fate. A temperature never changes which choice is first. */
export const outcomesOf = (judged: readonly Judged[], temperature = 1): readonly Outcome[] =>
  judged.map(({ logProbabilities, right }) => ({ confidence: tempered(logProbabilities, temperature)[0] ?? 0, right: right === 0 }))

/** Equal-width bins over [0, 1]; a confidence on a border counts above it, 1 in the last bin. */
export const reliability = (outcomes: readonly Outcome[], bins = 10): readonly Bin[] =>
  Array.from({ length: bins }, (_, index): Bin => {
    const inside = outcomes.filter(({ confidence }) => Math.min(Math.floor(confidence * bins), bins - 1) === index)
    const mean = (of: (outcome: Outcome) => number): number => inside.reduce((sum, outcome) => sum + of(outcome), 0) / Math.max(inside.length, 1)
    return { from: index / bins, to: (index + 1) / bins, count: inside.length, confidence: mean(({ confidence }) => confidence), accuracy: mean(({ right }) => (right ? 1 : 0)) }
  })

/** Mean distance between confidence and accuracy over the bins, weighted by their counts. Guo et al. 2017, arXiv 1706.04599, section 2. */
export const expectedCalibrationError = (outcomes: readonly Outcome[], bins = 10): number =>
  outcomes.length === 0 ? 0 : reliability(outcomes, bins).reduce((sum, { count, confidence, accuracy }) => sum + (count / outcomes.length) * Math.abs(confidence - accuracy), 0)

/** Mean negative logarithm of the probability of what was right, over the decisions where something was. */
export const negativeLogLikelihood = (judged: readonly Judged[], temperature: number): number => {
  const answered = judged.filter(({ right }) => right !== null)
  const losses = answered.map(({ logProbabilities, right }) => -Math.log(Math.max(tempered(logProbabilities, temperature)[right ?? 0] ?? 0, Number.MIN_VALUE)))
  return losses.reduce((sum, loss) => sum + loss, 0) / Math.max(answered.length, 1)
}

const [coldest, hottest] = [0.05, 20]

/**
 * The temperature with the least negative log-likelihood, by golden-section search over its logarithm: the loss has one
 * minimum in 1/temperature (it is convex there). Guo et al. 2017, section 4.2. Without a decision that had a right answer it is 1.
 */
export const fittedTemperature = (judged: readonly Judged[]): number => {
  if (!judged.some(({ right, logProbabilities }) => right !== null && logProbabilities.length > 1)) return 1
  const ratio = (Math.sqrt(5) - 1) / 2
  const loss = (exponent: number): number => negativeLogLikelihood(judged, Math.exp(exponent))
  let [low, high] = [Math.log(coldest), Math.log(hottest)]
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)]
  let [lossLeft, lossRight] = [loss(left), loss(right)]
  while (high - low > 1e-4) {
    if (lossLeft <= lossRight) {
      ;[high, right, lossRight] = [right, left, lossLeft]
      left = high - ratio * (high - low)
      lossLeft = loss(left)
    } else {
      ;[low, left, lossLeft] = [left, right, lossRight]
      right = low + ratio * (high - low)
      lossRight = loss(right)
    }
  }
  return Math.exp((low + high) / 2)
}
