import type { Candidate } from './finish.js'
import type { Origin } from './example.js'

/** The same prompt with two different completions: one of the two sources is wrong, or the state shows too little. */
export type Conflict = {
  readonly message: string
  readonly kept: { readonly completion: string; readonly origin: Origin }
  readonly left: { readonly completion: string; readonly origin: Origin }
}

export type Settled = { readonly candidates: readonly Candidate[]; readonly conflicts: readonly Conflict[]; readonly identical: number }

/** What was written for exactly this place comes before what was made from it. */
const trust: Readonly<Record<Origin['kind'], number>> = { feedback: 0, e2e: 1, transcript: 2, example: 3, flow: 4, augmented: 5 }

/** Keeps each content once, and of contradicting completions the most trusted one, then the first. */
export const settled = (candidates: readonly Candidate[]): Settled => {
  const kept = new Map<string, Candidate>()
  const conflicts: Conflict[] = []
  let identical = 0
  const ordered = candidates
    .map((candidate, index) => ({ candidate, index }))
    .sort((a, b) => trust[a.candidate.example.origin.kind] - trust[b.candidate.example.origin.kind] || a.index - b.index)
  for (const { candidate } of ordered) {
    const { prompt, completion, message, origin } = candidate.example
    const first = kept.get(prompt)
    if (first === undefined) kept.set(prompt, candidate)
    else if (first.example.completion === completion) identical++
    else conflicts.push({ message, kept: { completion: first.example.completion, origin: first.example.origin }, left: { completion, origin } })
  }
  const survivors = new Set(kept.values())
  return { candidates: candidates.filter((candidate) => survivors.has(candidate)), conflicts, identical }
}
