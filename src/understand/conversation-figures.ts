import { sameAs, type ReadingPlace } from '../dataset/transcript.js'
import type { ConversationReading } from './conversation-model.js'

/** A place of a transcript, and what the model read there. */
export type ReadPlace = { readonly place: ReadingPlace; readonly reading: ConversationReading }

/** A share with 1.96 standard errors of it. */
export type Share = { readonly of: number; readonly share: number; readonly margin: number }

export type ConversationFigures = {
  /** First requests, before the assistant has asked or done anything, whose flow was found. */
  readonly requests: Share
  /** Calls whose flow was found. */
  readonly calls: Share
  /** Calls of another flow than the call before them, or the first of their conversation. */
  readonly newCalls: Share
  /** Slots of calls that hold what they held then; where the flow was mistaken, all of its slots count as wrong. */
  readonly slots: Share
  /** Of the slots that the model filled at calls, those that hold what they held then. */
  readonly filled: Share
  /** Calls that are right in flow and every slot. */
  readonly whole: Share
  readonly bySlot: readonly (Share & { readonly flow: string; readonly slot: string })[]
  readonly confusions: readonly { readonly flow: string; readonly given: string; readonly count: number }[]
}

export const conversationFigures = (read: readonly ReadPlace[]): ConversationFigures => {
  const calls = read.filter(({ place }) => place.slots !== null)
  const isFlow = ({ place, reading }: ReadPlace): boolean => reading.flow === place.flow
  const expected = calls.flatMap((one) => Object.entries(one.place.slots ?? {}).map(([slot, value]) => ({ flow: one.place.flow, slot, right: isFlow(one) && isSame(one.reading.slots[slot], value) })))
  const filled = calls.flatMap((one) => Object.entries(one.reading.slots).map(([slot, value]) => isFlow(one) && isSame(value, one.place.slots?.[slot])))
  const slots = new Map<string, { readonly flow: string; readonly slot: string; readonly right: boolean[] }>()
  for (const { flow, slot, right } of expected) {
    const one = slots.get(`${flow} ${slot}`) ?? { flow, slot, right: [] }
    slots.set(`${flow} ${slot}`, one)
    one.right.push(right)
  }
  const counts = new Map<string, { readonly flow: string; readonly given: string; readonly count: number }>()
  for (const { place: { flow }, reading: { flow: given } } of read) {
    if (flow !== given) counts.set(`${flow} ${given}`, { flow, given, count: (counts.get(`${flow} ${given}`)?.count ?? 0) + 1 })
  }
  return {
    requests: shareOf(read.filter(({ place }) => place.slots === null).map(isFlow)),
    calls: shareOf(calls.map(isFlow)),
    newCalls: shareOf(calls.filter(({ place }) => callBefore(place) !== place.flow).map(isFlow)),
    slots: shareOf(expected.map(({ right }) => right)),
    filled: shareOf(filled),
    whole: shareOf(calls.map((one) => isFlow(one) && sameSlots(one.reading.slots, one.place.slots ?? {}))),
    bySlot: [...slots.values()].map(({ flow, slot, right }) => ({ flow, slot, ...shareOf(right) })).sort((left, right) => (1 - right.share) * right.of - (1 - left.share) * left.of),
    confusions: [...counts.values()].sort((left, right) => right.count - left.count),
  }
}

const isSame = (left: string | undefined, right: string | undefined): boolean => left !== undefined && right !== undefined && sameAs(left) === sameAs(right)

const sameSlots = (left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].every((slot) => isSame(left[slot], right[slot]))

const shareOf = (right: readonly boolean[]): Share => {
  const share = right.filter(Boolean).length / Math.max(right.length, 1)
  return { of: right.length, share, margin: 1.96 * Math.sqrt((share * (1 - share)) / Math.max(right.length, 1)) }
}

/** The flow of the last call before a place. */
export const callBefore = ({ before }: ReadingPlace): string | null => {
  for (let at = before.length - 1; at >= 0; at -= 1) {
    const turn = before[at]
    if (turn?.from === 'call') return turn.flow
  }
  return null
}
