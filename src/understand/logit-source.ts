/** Where logits come from: a model in this process, a recording, or a test's arithmetic. */
export type LogitSource = {
  /**
   * Logits of the `wanted` ids as next token after `tokens`, in the order of `wanted`. Log-probabilities serve as well:
   * only their differences count. Work done for the longest common beginning with the previous call is not done again.
   */
  readonly logits: (tokens: readonly number[], wanted: readonly number[], signal?: AbortSignal) => Promise<readonly number[]>
}

/** Natural logarithms of probabilities over the given logits alone. */
export const logSoftmax = (logits: readonly number[], temperature = 1): readonly number[] => {
  const scaled = logits.map((logit) => logit / temperature)
  const highest = Math.max(...scaled)
  const total = Math.log(scaled.reduce((sum, value) => sum + Math.exp(value - highest), 0)) + highest
  return scaled.map((value) => value - total)
}
