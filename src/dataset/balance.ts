import type { Candidate } from './finish.js'
import { hash32 } from './random.js'

/** Where examples are counted: one kind of message about one flow, with one command first. */
export const cellOf = ({ flow, kind, example }: Candidate): string => `${flow ?? '-'} / ${kind} / ${example.commands[0]?.command ?? '-'}`

const cells = (candidates: readonly Candidate[]): ReadonlyMap<string, readonly Candidate[]> => {
  const found = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    const cell = found.get(cellOf(candidate)) ?? []
    cell.push(candidate)
    found.set(cellOf(candidate), cell)
  }
  return found
}

export type Limits = {
  /** Examples of a cell beyond which no sentence is repeated, in another place or with other words. */
  readonly enough: number
  /** Most examples of a cell. */
  readonly largestCell: number
}

/**
 * What people wrote is learned once, wherever it was put first; a cell with little of that is filled up with what is left, the
 * sentences as they are before those that were made of them. Order is kept.
 */
export const capped = (candidates: readonly Candidate[], { enough, largestCell }: Limits, seed: number): readonly Candidate[] => {
  const kept = new Set<Candidate>()
  const first = firstOfEach(candidates)
  for (const cell of cells(candidates).values()) {
    const order = (one: Candidate): number =>
      (first.has(one) ? 0 : one.example.origin.kind === 'augmented' ? 2 : 1) * 2 ** 32 + hash32(one.example.id, seed)
    const most = Math.min(largestCell, Math.max(enough, cell.filter((one) => first.has(one)).length))
    for (const candidate of [...cell].sort((a, b) => order(a) - order(b)).slice(0, most)) kept.add(candidate)
  }
  return candidates.filter((candidate) => kept.has(candidate))
}

/** The first use of each sentence that somebody wrote. */
const firstOfEach = (candidates: readonly Candidate[]): ReadonlySet<Candidate> => {
  const found = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const { kind, file, line } = candidate.example.origin
    const sentence = `${file}:${line}`
    if (kind !== 'augmented' && kind !== 'flow' && !found.has(sentence)) found.set(sentence, candidate)
  }
  return new Set(found.values())
}

const largestWeight = 3

/** Cells smaller than the median count more, by the root of how much smaller they are. */
export const weightsOf = (candidates: readonly Candidate[]): ReadonlyMap<string, number> => {
  const sizes = new Map([...cells(candidates)].map(([cell, members]) => [cell, members.length]))
  const sorted = [...sizes.values()].sort((a, b) => a - b)
  const median = sorted[Math.floor(sorted.length / 2)] ?? 1
  return new Map([...sizes].map(([cell, size]) =>
    [cell, Math.round(100 * Math.min(largestWeight, Math.max(1, Math.sqrt(median / size)))) / 100]))
}
