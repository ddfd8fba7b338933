import { sameAs, type ReadingPlace } from '../dataset/transcript.js'
import type { ConversationReading } from './conversation-model.js'
import { confusionOf } from './measurement.js'
import { shareOf, type Share } from './share.js'

/** A place of a transcript, and what the model read there. */
export type ReadPlace = { readonly place: ReadingPlace; readonly reading: ConversationReading }

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
  /** Flows taken for others, the most frequent first. */
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
  return {
    requests: shareOf(read.filter(({ place }) => place.slots === null).map(isFlow)),
    calls: shareOf(calls.map(isFlow)),
    newCalls: shareOf(calls.filter(({ place }) => callBefore(place) !== place.flow).map(isFlow)),
    slots: shareOf(expected.map(({ right }) => right)),
    filled: shareOf(filled),
    whole: shareOf(calls.map((one) => isFlow(one) && sameSlots(one.reading.slots, one.place.slots ?? {}))),
    bySlot: [...slots.values()].map(({ flow, slot, right }) => ({ flow, slot, ...shareOf(right) })).sort((left, right) => (1 - right.share) * right.of - (1 - left.share) * left.of),
    confusions: confusionOf(read.filter((one) => !isFlow(one)).map(({ place, reading }) => ({ label: place.flow, given: reading.flow }))).map(({ label: flow, given, count }) => ({ flow, given, count })),
  }
}

const isSame = (left: string | undefined, right: string | undefined): boolean => left !== undefined && right !== undefined && sameAs(left) === sameAs(right)

const sameSlots = (left: Readonly<Record<string, string>>, right: Readonly<Record<string, string>>): boolean =>
  [...new Set([...Object.keys(left), ...Object.keys(right)])].every((slot) => isSame(left[slot], right[slot]))

/** The flow of the last call before a place. */
export const callBefore = ({ before }: ReadingPlace): string | null => {
  const call = before.findLast((turn) => turn.from === 'call')
  return call?.from === 'call' ? call.flow : null
}
