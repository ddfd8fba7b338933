import { hash32 } from './random.js'

export type Part = 'train' | 'dev' | 'test'
export type Shares = { readonly [P in Part]: number }
export const defaultShares: Shares = { train: 0.9, dev: 0.05, test: 0.05 }

/** What the split looks at: groups stay whole, strata are spread over all parts. */
export type Splittable = { readonly group: string; readonly stratum: string; /** Goes to train with its whole group. */ readonly isToLearn?: boolean }

/** A group that would fill more than this much of a part by itself goes to train: a part shall not be one sentence. */
const largestShareOfPart = 0.5

/**
 * The part of each group. Within a stratum (the rarest one of its members) groups are dealt out in the order of a hash over
 * seed and name, first to train, so that every stratum is learned; then to whichever part is furthest below its share.
 */
export const partsOf = (items: readonly Splittable[], shares: Shares, seed: number): ReadonlyMap<string, Part> => {
  const sizes = new Map<string, number>()
  const frequency = new Map<string, number>()
  for (const { group, stratum } of items) {
    sizes.set(group, (sizes.get(group) ?? 0) + 1)
    frequency.set(stratum, (frequency.get(stratum) ?? 0) + 1)
  }
  const stratumOf = new Map<string, string>()
  for (const { group, stratum } of items) {
    const known = stratumOf.get(group)
    const rarer = known === undefined || (frequency.get(stratum) ?? 0) < (frequency.get(known) ?? 0)
      || ((frequency.get(stratum) ?? 0) === (frequency.get(known) ?? 0) && stratum < known)
    if (rarer) stratumOf.set(group, stratum)
  }
  const strata = new Map<string, string[]>()
  for (const [group, stratum] of stratumOf) strata.set(stratum, [...(strata.get(stratum) ?? []), group])

  const order = (group: string): number => hash32(group, seed)
  const parts = new Map<string, Part>(items.flatMap(({ group, isToLearn }) => (isToLearn === true ? [[group, 'train'] as const] : [])))
  for (const all of strata.values()) {
    const groups = all.filter((group) => !parts.has(group))
    dealOut(groups.sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1)), sizes, shares, parts)
  }
  return parts
}

const dealOut = (groups: readonly string[], sizes: ReadonlyMap<string, number>, shares: Shares, parts: Map<string, Part>): void => {
  const total = groups.reduce((sum, group) => sum + (sizes.get(group) ?? 0), 0)
  const filled: Record<Part, number> = { train: 0, dev: 0, test: 0 }
  groups.forEach((group, index) => {
    const size = sizes.get(group) ?? 0
    const fits = (part: 'dev' | 'test'): boolean => size <= Math.max(1, largestShareOfPart * shares[part] * total)
      && filled[part] + size <= Math.ceil(shares[part] * total)
    const missing = (part: Part): number => shares[part] * total - filled[part]
    const open = (['dev', 'test'] as const).filter((part) => shares[part] > 0 && fits(part)).sort((a, b) => missing(b) - missing(a))
    const part = index === 0 ? 'train' : (open[0] ?? 'train')
    filled[part] += size
    parts.set(group, part)
  })
}
