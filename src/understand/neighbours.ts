/** Messages that were learned, as the tuned encoder sees them: what lies near a new message tells what it means. */
export type Neighbours = {
  /** [M, C], rows of length 1. */
  readonly embeddings: Float32Array
  /** The number of the label of each, [M]. */
  readonly labels: Int32Array
}

/** How many of the nearest count, by how much less the farther ones do, and what a label that none of them has still gets. */
const [nearest, width, least] = [10, 0.05, 1e-4]

/** The cosine of a message with each row of length 1, [M]. */
export const cosinesWith = (rows: Float32Array, embedding: Float32Array): Float64Array => {
  const size = embedding.length
  return Float64Array.from({ length: rows.length / size }, (_, row) => {
    let sum = 0
    const from = row * size
    for (let i = 0; i < size; i += 1) sum += (embedding[i] as number) * (rows[from + i] as number)
    return sum
  })
}

/**
 * Logarithm of each label's share among the nearest messages, which count by exp(cosine / width); [L]. As in Khandelwal et al. 2019,
 * arXiv 1911.00172, section 2, with cosines for distances.
 */
export const neighbourShares = (labels: Int32Array, cosines: Float64Array, labelCount: number): readonly number[] => {
  const border = cosines.slice().sort().at(-Math.min(nearest, cosines.length)) ?? 0
  const shares = new Array<number>(labelCount).fill(least)
  cosines.forEach((cosine, row) => {
    const label = labels[row]
    if (cosine >= border && label !== undefined) shares[label] = (shares[label] ?? 0) + Math.exp((cosine - 1) / width)
  })
  const total = shares.reduce((sum, share) => sum + share, 0)
  return shares.map((share) => Math.log(share / total))
}
