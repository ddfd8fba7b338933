import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { AlreadyAnswered, ConversationMoved, StoreUnavailable, WrongNumbering } from './errors.js'
import { storedOf, textOf } from './event-text.js'
import { checkNumbering } from './numbering.js'
import { noMarks, type Marks, type Receipt, type Snapshot, type TrackerStore } from './tracker-store.js'

type Kept = { readonly events: Stored<TrackerEvent>[]; readonly receipts: Map<string, Receipt>; snapshot: Snapshot | null; marks: Marks }

/** For tests and `--ephemeral` servers: the same contract, gone with the process. */
export const openMemoryStore = (): TrackerStore => {
  // Insertion order is the order of last words: an append moves its conversation to the end.
  const kept = new Map<string, Kept>()
  let isOpen = true
  const check = (): void => {
    if (!isOpen) throw new StoreUnavailable('memory', 'closed')
  }
  return {
    read: async (conversation, after = 0) => {
      check()
      return kept.get(conversation)?.events.slice(after) ?? []
    },
    append: async (conversation, expected, events, receipt, marks = noMarks) => {
      check()
      checkNumbering(conversation, expected, events)
      const found = kept.get(conversation) ?? { events: [], receipts: new Map<string, Receipt>(), snapshot: null, marks }
      if (receipt && found.receipts.has(receipt.key)) throw new AlreadyAnswered(conversation, receipt.key)
      if (found.events.length !== expected) throw new ConversationMoved(conversation, expected, found.events.length)
      if (events.length === 0 && !receipt) return
      // Through its text, as every other store: nobody who still holds an event can change history.
      for (const event of events) found.events.push(storedOf(textOf(event), event))
      if (receipt) found.receipts.set(receipt.key, receipt)
      found.marks = marks
      kept.delete(conversation)
      kept.set(conversation, found)
    },
    replace: async (conversation, expected, events, marks = noMarks) => {
      check()
      checkNumbering(conversation, 0, events)
      const found = kept.get(conversation)
      const last = found?.events.length ?? 0
      if (last !== expected) throw new ConversationMoved(conversation, expected, last)
      kept.delete(conversation)
      kept.set(conversation, { events: events.map((event) => storedOf(textOf(event), event)), receipts: found?.receipts ?? new Map<string, Receipt>(), snapshot: null, marks })
    },
    receipt: async (conversation, key) => {
      check()
      return kept.get(conversation)?.receipts.get(key) ?? null
    },
    snapshot: async (conversation) => {
      check()
      return kept.get(conversation)?.snapshot ?? null
    },
    keepSnapshot: async (conversation, snapshot) => {
      check()
      const found = kept.get(conversation)
      const last = found?.events.length ?? 0
      if (!found || snapshot.sequence > last) throw new WrongNumbering(conversation, last, snapshot.sequence)
      if (!found.snapshot || found.snapshot.sequence <= snapshot.sequence) found.snapshot = snapshot
    },
    conversations: async (limit, offset) => {
      check()
      return [...kept.keys()].reverse().slice(offset, offset + limit)
    },
    conversationsOf: async (user, limit, offset) => {
      check()
      return [...kept].filter(([, { marks }]) => marks.user === user).map(([id]) => id).reverse().slice(offset, offset + limit)
    },
    due: async (now, limit) => {
      check()
      const times = [...kept].flatMap(([id, { marks: { due } }]) => (due === null || due > now ? [] : [{ id, due }]))
      return times.sort((one, other) => one.due - other.due).slice(0, limit).map(({ id }) => id)
    },
    forget: async (conversation) => {
      check()
      return kept.delete(conversation)
    },
    close: async () => { isOpen = false },
  }
}
