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

/** At most so many of each cell: what people wrote stays before what was made of it. Order is kept. */
export const capped = (candidates: readonly Candidate[], limit: number, seed: number): readonly Candidate[] => {
  const kept = new Set<Candidate>()
  for (const cell of cells(candidates).values()) {
    const order = (one: Candidate): number => (one.example.origin.kind === 'augmented' ? 2 ** 32 : 0) + hash32(one.example.id, seed)
    for (const candidate of [...cell].sort((a, b) => order(a) - order(b)).slice(0, limit)) kept.add(candidate)
  }
  return candidates.filter((candidate) => kept.has(candidate))
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
