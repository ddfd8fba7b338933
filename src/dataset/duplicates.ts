import { hash32 } from './random.js'

/** Lower case, no marks, no punctuation, digits as `#`: what is left decides whether two messages are the same sentence. */
export const normalised = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’`]/g, '')
    .replace(/\d+(?:[.,]\d+)*/g, ' # ')
    .replace(/[^\p{L}\p{N}#<>_]+/gu, ' ')
    .trim()

export type Span = { readonly start: number; readonly end: number; readonly slot: string }

/** The sentence with its values masked, `send <amount> to <recipient>`: variations of values share one template. */
export const templateOf = (text: string, spans: readonly Span[]): string => {
  let masked = ''
  let from = 0
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    masked += `${text.slice(from, span.start)} <${span.slot}> `
    from = span.end
  }
  const template = normalised(masked + text.slice(from))
  // Nothing but values: two bare answers are alike only when the values are.
  const bare = template.replace(/<[^>]*>|#/g, '').trim() === ''
  return bare ? `= ${text.trim().toLowerCase()}` : template
}

/** Single words and pairs of neighbours, with both ends marked. */
export const shinglesOf = (template: string): ReadonlySet<string> => {
  const words = template.split(' ').filter((word) => word !== '')
  const shingles = new Set<string>(words)
  const closed = ['^', ...words, '$']
  for (let index = 1; index < closed.length; index++) shingles.add(`${closed[index - 1] ?? ''} ${closed[index] ?? ''}`)
  return shingles
}

export const jaccard = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => {
  let shared = 0
  for (const item of a) if (b.has(item)) shared++
  const union = a.size + b.size - shared
  return union === 0 ? 1 : shared / union
}

const bands = 16
const rows = 4

/** Smallest hash of the set under each of `bands * rows` hash functions (Broder 1997). */
const minHash = (shingles: ReadonlySet<string>): Uint32Array => {
  const smallest = new Uint32Array(bands * rows).fill(0xffffffff)
  for (const shingle of shingles) {
    const first = hash32(shingle)
    const second = hash32(shingle, 0x9e3779b9) | 1
    for (let index = 0; index < smallest.length; index++) {
      const value = (first + Math.imul(index, second)) >>> 0
      if (value < (smallest[index] ?? 0)) smallest[index] = value
    }
  }
  return smallest
}

/** Sets that share one band of their signatures are worth comparing exactly. */
const bandKeys = (signature: Uint32Array): string[] =>
  Array.from({ length: bands }, (_, band) => `${band}:${signature.subarray(band * rows, (band + 1) * rows).join(',')}`)

/**
 * The group of each template: equal and near-equal templates (Jaccard of words and word pairs at least `threshold`) share one,
 * and so do chains of them. A group is named by its first template in the order of the alphabet, so that names do not move.
 */
export const groupsOf = (templates: Iterable<string>, threshold = 0.6): ReadonlyMap<string, string> => {
  const distinct = [...new Set(templates)].sort()
  const shingles = distinct.map(shinglesOf)
  const parent = distinct.map((_, index) => index)
  const rootOf = (index: number): number => {
    let root = index
    while ((parent[root] ?? root) !== root) root = parent[root] ?? root
    return root
  }
  const buckets = new Map<string, number[]>()
  distinct.forEach((template, index) => {
    if (template.startsWith('= ')) return
    const mine = shingles[index] ?? new Set<string>()
    for (const key of bandKeys(minHash(mine))) {
      const bucket = buckets.get(key) ?? []
      for (const other of bucket) {
        const [a, b] = [rootOf(index), rootOf(other)]
        if (a !== b && jaccard(mine, shingles[other] ?? new Set()) >= threshold) parent[Math.max(a, b)] = Math.min(a, b)
      }
      bucket.push(index)
      buckets.set(key, bucket)
    }
  })
  return new Map(distinct.map((template, index) => [template, distinct[rootOf(index)] ?? template]))
}
