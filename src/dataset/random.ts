/** Repeatable choices: the same keys give the same numbers on every machine. */
export type Random = {
  /** In [0, 1). */
  readonly next: () => number
  /** A whole number in [0, limit). */
  readonly below: (limit: number) => number
  readonly chance: (probability: number) => boolean
  /** Undefined only for an empty list. */
  readonly pick: <T>(items: readonly T[]) => T | undefined
  readonly shuffled: <T>(items: readonly T[]) => T[]
}

/** 32-bit FNV-1a over UTF-16 units, finished with the mixer of MurmurHash3 so that near keys lie far apart. */
export const hash32 = (text: string, seed = 0): number => {
  let hash = (0x811c9dc5 ^ seed) >>> 0
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

/**
 * A stream of its own for every key, so that one more example in a file does not reshuffle all others.
 * The generator is mulberry32: 32 bits of state are plenty for choosing among phrases.
 */
export const randomOf = (...keys: readonly (string | number)[]): Random => {
  let state = hash32(keys.join('\u0000'))
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)],
    shuffled: (items) => {
      // Fisher-Yates from the end.
      const order = [...items]
      for (let last = order.length - 1; last > 0; last--) {
        const other = below(last + 1)
        const [a, b] = [order[last], order[other]]
        if (a !== undefined && b !== undefined) [order[last], order[other]] = [b, a]
      }
      return order
    },
  }
}
