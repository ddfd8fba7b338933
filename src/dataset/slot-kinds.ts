import { sameAs, type ReadingPlace, type TranscriptTurn } from './transcript.js'

/** How the value of a slot is found: one of a few that are known, or words of the conversation. */
export type SlotKind = { readonly flow: string; readonly slot: string } & ({ readonly kind: 'choice'; readonly values: readonly string[] } | { readonly kind: 'words' })

/** Of the values that were seen, so many at most are told apart; a slot with more is found as words. */
const mostValues = 63
/** A slot whose values were said word for word this often is found as words: it may hold what was never seen. */
const saidWordForWord = 0.9
/** A slot that at most two values fill is chosen, however often they are said. */
const fewest = 3

/** What calls teach about the slots of each flow, in the order of their names. */
export const slotKindsOf = (places: readonly ReadingPlace[]): readonly SlotKind[] => {
  const seen = new Map<string, { flow: string; slot: string; said: number; total: number; values: Map<string, Map<string, number>> }>()
  for (const { flow, slots, before } of places) {
    const heard = ` ${sameAs(before.map(textOf).join(' '))} `
    for (const [slot, value] of Object.entries(slots ?? {})) {
      const key = `${flow} ${slot}`
      const one = seen.get(key) ?? { flow, slot, said: 0, total: 0, values: new Map<string, Map<string, number>>() }
      seen.set(key, one)
      one.total += 1
      if (heard.includes(` ${sameAs(value)} `)) one.said += 1
      const spellings = one.values.get(sameAs(value)) ?? new Map<string, number>()
      one.values.set(sameAs(value), spellings.set(value, (spellings.get(value) ?? 0) + 1))
    }
  }
  return [...seen.keys()].sort().flatMap((key) => {
    const one = seen.get(key)
    return one === undefined ? [] : [kindOf(one)]
  })
}

const kindOf = ({ flow, slot, said, total, values }: { flow: string; slot: string; said: number; total: number; values: ReadonlyMap<string, ReadonlyMap<string, number>> }): SlotKind => {
  const counted = [...values.values()].map((spellings) => {
    const [[spelling] = ['']] = [...spellings].sort(([, left], [, right]) => right - left)
    return { spelling, count: [...spellings.values()].reduce((sum, count) => sum + count, 0) }
  }).sort((left, right) => right.count - left.count)
  const kept = counted.slice(0, mostValues)
  const covered = kept.reduce((sum, { count }) => sum + count, 0) / total
  const isSaid = said / total
  if (counted.length >= fewest && (isSaid >= saidWordForWord || isSaid > covered)) return { flow, slot, kind: 'words' }
  return { flow, slot, kind: 'choice', values: kept.map(({ spelling }) => spelling) }
}

/** What can be heard or read of a turn; calls say nothing. */
export const textOf = (turn: TranscriptTurn): string => {
  if (turn.from === 'call') return ''
  return turn.from === 'result' ? Object.values(turn.fields).filter((value) => typeof value !== 'object').join(' ') : turn.text
}
