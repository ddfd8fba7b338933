/** Edit distance with neighbouring letters swapped counted as one, given up beyond `most` (Damerau 1964, restricted form). */
const distance = (a: string, b: string, most: number): number => {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      next.push(cost)
    }
    if (Math.min(...next) > most) return most + 1
    before = row
    row = next
  }
  return row[b.length] ?? 0
}

/** The name somebody most likely meant, or null where none is near enough to say so. */
export const nearest = (name: string, names: Iterable<string>): string | null => {
  const wanted = name.toLowerCase()
  const most = name.length < 2 ? 0 : Math.min(3, Math.max(1, Math.floor(name.length / 3)))
  let best: { readonly name: string; readonly distance: number } | null = null
  for (const candidate of names) {
    const far = distance(wanted, candidate.toLowerCase(), Math.min(most, (best?.distance ?? most + 1) - 1))
    if (far <= most && far < (best?.distance ?? most + 1)) best = { name: candidate, distance: far }
    if (best?.distance === 0) break
  }
  return best?.name ?? null
}

/**
 * The same for many mistakes over one set of names: remembers its answers, and stops looking when a project has so many mistakes that
 * looking would take minutes.
 */
export const suggester = (names: ReadonlySet<string>): ((name: string) => string | null) => {
  const known = new Map<string, string | null>()
  let comparisons = 1_000_000
  return (name) => {
    const before = known.get(name)
    if (before !== undefined) return before
    comparisons -= names.size
    const found = comparisons < 0 ? null : nearest(name, names)
    known.set(name, found)
    return found
  }
}

/** Names for a message: all of a few, the first of many. */
export const listed = (names: Iterable<string>, most = 8): string => {
  const all = [...names].sort()
  return all.length <= most ? all.join(', ') : `${all.slice(0, most).join(', ')} and ${all.length - most} more`
}
