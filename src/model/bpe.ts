/** Merge rules as numbers: which token a pair of tokens becomes, and how early the rule was learnt. */
export type Merges = {
  /** Rank by pair, the pair packed by `pairOf`; rank 0 goes first. */
  readonly ranks: ReadonlyMap<number, number>
  /** The token that the rule of each rank makes. */
  readonly results: Int32Array
}

/** Token ids stay under 2^22 (checked when the vocabulary is read), so that a pair is an exact number. */
export const pairOf = (left: number, right: number): number => left * 0x400000 + right

/** Places in a word are packed below ranks; a word longer than this is far beyond any message. */
const placeLimit = 0x40000000

/** A binary heap of numbers, smallest first. */
class Heap {
  private readonly items: number[] = []

  push(item: number): void {
    const { items } = this
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent] ?? 0
      if (above <= item) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  pop(): number | undefined {
    const { items } = this
    const top = items[0]
    const last = items.pop()
    if (items.length === 0 || last === undefined) return top
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= items.length) break
      if (child + 1 < items.length && (items[child + 1] ?? 0) < (items[child] ?? 0)) child += 1
      const below = items[child] ?? 0
      if (below >= last) break
      items[at] = below
      at = child
    }
    items[at] = last
    return top
  }
}

/**
 * Byte-pair encoding of one word: applies the earliest learnt rule anywhere, leftmost first, until none applies. A heap keeps
 * the candidates, so n symbols take n log n steps, whatever the word. The order is that of Hugging Face's tokenizers (`Word::merge_all`).
 */
export const mergeWord = (symbols: readonly number[], { ranks, results }: Merges): readonly number[] => {
  const tokens = Int32Array.from(symbols)
  const next = Int32Array.from(symbols, (_, i) => i + 1)
  const previous = Int32Array.from(symbols, (_, i) => i - 1)
  const heap = new Heap()
  const offer = (left: number, right: number): void => {
    if (left < 0 || right >= tokens.length) return
    const rank = ranks.get(pairOf(tokens[left] ?? 0, tokens[right] ?? 0))
    if (rank !== undefined) heap.push(rank * placeLimit + left)
  }
  for (let i = 0; i + 1 < tokens.length; i += 1) offer(i, i + 1)
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const left = top % placeLimit
    const rank = Math.floor(top / placeLimit)
    const right = next[left] ?? 0
    // A candidate is stale when one of its two tokens was merged since it was offered.
    if (tokens[left] === -1 || right >= tokens.length || ranks.get(pairOf(tokens[left] ?? 0, tokens[right] ?? 0)) !== rank) continue
    tokens[left] = results[rank] ?? 0
    tokens[right] = -1
    const after = next[right] ?? 0
    next[left] = after
    if (after < tokens.length) previous[after] = left
    offer(previous[left] ?? -1, left)
    offer(left, after)
  }
  return Array.from(tokens.filter((token) => token !== -1))
}
