import { createHash } from 'node:crypto'
import { writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { legalCommands } from '../dialogue/legal.js'
import { situationOf } from '../dialogue/situation.js'
import type { Tracker } from '../dialogue/tracker.js'
import { sameAs, type Known, type TranscriptTurn } from '../dataset/transcript.js'
import { coerced } from '../project/slot-value.js'
import type { Project, SlotValue } from '../project/types.js'
import type { ConversationReading } from './conversation-model.js'
import type { Understander } from './understanding.js'

/** Reads a conversation once, to be asked then for its likeliest flow, or for the slots of the flow that is given. */
export type ReadConversation = (before: readonly TranscriptTurn[], known: readonly Known[]) => (flow?: string) => ConversationReading

/** To leave a flow that is at work needs more than to begin one. */
const sureEnough = 0.8

/**
 * A model of conversations as the ears of a project: what it reads in the conversation so far, less what the tracker knows already, is what the message
 * said. It knows flows and slot values only, no cancelling and no small talk; a message that changes neither is one it cannot handle.
 */
export const conversationUnderstander = (version: string, read: ReadConversation, dispose: () => void): Understander => ({
  modelVersion: version,
  understand: (project, tracker, message) => {
    const started = performance.now()
    const before = [...tracker.transcript.map(({ who, text }): TranscriptTurn => (who === 'user' ? { from: 'user', text } : { from: 'agent', text, action: null })), { from: 'user', text: message } as const]
    const { commands, probability } = newsIn(project, tracker, (known) => read(before, known))
    return Promise.resolve({
      commands, probability, candidates: [{ text: writeCommands(commands.slice(0, 1)), probability }],
      promptHash: createHash('sha256').update(JSON.stringify(before)).digest('hex'), modelVersion: version, milliseconds: performance.now() - started,
    })
  },
  dispose: () => {
    dispose()
    return Promise.resolve()
  },
})

const newsIn = (project: Project, tracker: Tracker, read: (known: readonly Known[]) => ReturnType<ReadConversation>): { readonly commands: readonly Command[]; readonly probability: number } => {
  const { flow: atWork, slots } = situationOf(project, tracker)
  const held = slots.flatMap(({ name, value }) => (value === null ? [] : [[name.replace(`${atWork ?? ''}_`, ''), typeof value === 'string' ? value : JSON.stringify(value)] as const]))
  const known = atWork === null || held.length === 0 ? [] : [{ flow: atWork, slots: Object.fromEntries(held) }]
  const legal = legalCommands(project, tracker)
  const of = read(known)
  const likeliest = of()
  const begins = likeliest.flow !== atWork && legal.startable.includes(likeliest.flow) && (atWork === null || likeliest.probability >= sureEnough)
  const reading = begins || atWork === null || likeliest.flow === atWork ? likeliest : of(atWork)
  const settable = begins ? legal.settableWith.get(reading.flow) : legal.settable
  const commands: readonly Command[] = [
    ...(begins ? [{ command: 'start flow', flow: reading.flow } as const] : []),
    ...Object.entries(reading.slots).flatMap(([name, value]): Command[] => {
      const slot = settable?.get(name) ?? settable?.get(`${reading.flow}_${name}`)
      const typed = slot === undefined ? null : coerced(slot, value).value
      return slot === undefined || typed === null || isKnown(tracker.slots.get(slot.name), typed) ? [] : [{ command: 'set slot', name: slot.name, value: typed }]
    }),
  ]
  return commands.length === 0 ? { commands: [{ command: 'cannot handle' }], probability: reading.probability } : { commands, probability: reading.probability }
}

const isKnown = (held: SlotValue | undefined, value: SlotValue): boolean => held !== null && held !== undefined && sameAs(JSON.stringify(held)) === sameAs(JSON.stringify(value))
