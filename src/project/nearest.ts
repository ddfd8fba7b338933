import { distance } from 'fastest-levenshtein'

/** The known name that a mistyped one most likely meant, or null where none is near enough to be worth saying. */
export const nearest = (mistyped: string, known: Iterable<string>): string | null => {
  let best: string | null = null
  let least = Math.max(1, Math.floor(mistyped.length / 3)) + 1
  for (const name of known) {
    const apart = distance(mistyped.toLowerCase(), name.toLowerCase())
    if (apart < least) {
      best = name
      least = apart
    }
  }
  return best
}
