import type { Project, SlotValue } from '../project/types.js'
import type { Command } from './commands.js'
import { GapInHistory, UnknownEvent, UnknownSlot } from './errors.js'
import type { Stored, TrackerEvent } from './events.js'
import type { Frame } from './frames.js'
import type { BotMessage } from './outcome.js'
import { patched } from './stack-patch.js'

/** One utterance of the transcript. `buttons` are the titles shown under a bot message. */
export type Line = { readonly who: 'user' | 'bot'; readonly text: string; readonly buttons?: readonly string[] }

export type PendingAction = { readonly action: string; readonly stepKey: string }

export type SessionState = {
  /** Sessions begun so far; 0 before the first message. */
  readonly number: number
  readonly state: 'none' | 'open' | 'ended'
  /** Seconds since 1970 of the newest event, null before the first. */
  readonly lastActivity: number | null
  /** User messages in the present session. */
  readonly messages: number
}

/** State of a conversation: a fold over its events, nothing else. */
export type Tracker = {
  /** Number of the newest event; drafts count too. */
  readonly sequence: number
  readonly slots: ReadonlyMap<string, SlotValue>
  readonly stack: readonly Frame[]
  /** The last utterances of this session, oldest first. */
  readonly transcript: readonly Line[]
  readonly pending: PendingAction | null
  /** The action that was refused or failed last, until something else happens. */
  readonly rejected: string | null
  readonly session: SessionState
  readonly paused: boolean
  /** What the latest message was understood as. */
  readonly latestCommands: readonly Command[]
  readonly latestMessage: { readonly text: string; readonly messageId: string | null; readonly channel: string | null } | null
  readonly latestAction: string | null
  /** Bot messages since the latest user message, and those between the two latest ones. */
  readonly answers: readonly BotMessage[]
  readonly previousAnswers: readonly BotMessage[]
  /** Actions run since the latest user message: bounds loops that span several `step` calls. */
  readonly actionsThisTurn: number
  /** Fingerprint of the definition each flow was last started with. */
  readonly flowHashes: ReadonlyMap<string, string>
  /** Slots of old events that the project no longer declares. */
  readonly forgottenSlots: readonly string[]
  /** What slots go back to. */
  readonly initialSlots: ReadonlyMap<string, SlotValue>
}

const TRANSCRIPT_LENGTH = 20

export const emptyTracker = (project: Project): Tracker => {
  const initialSlots = initialSlotsOf(project)
  return {
    sequence: 0, slots: initialSlots, stack: [], transcript: [], pending: null, rejected: null,
    session: { number: 0, state: 'none', lastActivity: null, messages: 0 }, paused: false,
    latestCommands: [], latestMessage: null, latestAction: null, answers: [], previousAnswers: [],
    actionsThisTurn: 0, flowHashes: new Map(), forgottenSlots: [], initialSlots,
  }
}

const initialSlots = new WeakMap<Project, ReadonlyMap<string, SlotValue>>()
const initialSlotsOf = (project: Project): ReadonlyMap<string, SlotValue> => {
  const known = initialSlots.get(project)
  if (known !== undefined) return known
  const slots = new Map([...project.slots.values()].map((slot) => [slot.name, slot.initialValue]))
  initialSlots.set(project, slots)
  return slots
}

/** Applies one stored event. Throws GapInHistory, UnknownEvent, UnknownSlot, StackPatchFailed. */
export const fold = (tracker: Tracker, stored: Stored<TrackerEvent>): Tracker => {
  if (stored.sequence !== tracker.sequence + 1) throw new GapInHistory(tracker.sequence + 1, stored.sequence)
  const next = applied(tracker, stored)
  return { ...next, session: { ...next.session, lastActivity: stored.timestamp } }
}

/**
 * Applies a whole history. Slots that old events name and the project has since dropped are forgotten, not refused:
 * a conversation outlives a change of its project.
 */
export const foldAll = (tracker: Tracker, events: Iterable<Stored<TrackerEvent>>): Tracker => {
  let folded = tracker
  for (const event of events) {
    const isForgotten = event.event === 'slot' && !folded.initialSlots.has(event.name)
    folded = isForgotten ? forgotten(folded, event) : fold(folded, event)
  }
  return folded
}

/** Applies events that are not stored yet: they take the next sequence numbers and no time. Engine and edge share it. */
export const foldDraft = (tracker: Tracker, events: readonly TrackerEvent[]): Tracker => {
  let folded = tracker
  for (const event of events) folded = applied(folded, event)
  return folded
}

const forgotten = (tracker: Tracker, event: Stored<Extract<TrackerEvent, { event: 'slot' }>>): Tracker => {
  if (event.sequence !== tracker.sequence + 1) throw new GapInHistory(tracker.sequence + 1, event.sequence)
  return {
    ...tracker, sequence: event.sequence, session: { ...tracker.session, lastActivity: event.timestamp },
    forgottenSlots: tracker.forgottenSlots.includes(event.name) ? tracker.forgottenSlots : [...tracker.forgottenSlots, event.name],
  }
}

const applied = (tracker: Tracker, event: TrackerEvent): Tracker => {
  const sequence = tracker.sequence + 1
  switch (event.event) {
    case 'user': {
      const line: Line = { who: 'user', text: event.text }
      return {
        ...tracker, sequence, transcript: withLine(tracker.transcript, line), latestCommands: event.parse_data.commands,
        latestMessage: { text: event.text, messageId: event.message_id ?? null, channel: event.input_channel ?? null },
        previousAnswers: tracker.answers, answers: [], actionsThisTurn: 0, rejected: null,
        session: { ...tracker.session, messages: tracker.session.messages + 1 },
      }
    }
    case 'bot': {
      const { text, data, metadata } = event
      const answers = [...tracker.answers, { text, data, metadata }]
      if (text === null && data.buttons === undefined) return { ...tracker, sequence, answers }
      const buttons = data.buttons?.map(({ title }) => title)
      const line: Line = buttons === undefined ? { who: 'bot', text: text ?? '' } : { who: 'bot', text: text ?? '', buttons }
      return { ...tracker, sequence, answers, transcript: withLine(tracker.transcript, line) }
    }
    case 'slot':
      if (!tracker.initialSlots.has(event.name)) throw new UnknownSlot(event.name, sequence)
      return { ...tracker, sequence, slots: new Map(tracker.slots).set(event.name, event.value) }
    case 'reset_slots': return { ...tracker, sequence, slots: tracker.initialSlots }
    case 'action': {
      const pending = tracker.pending?.action === event.name ? null : tracker.pending
      return { ...tracker, sequence, pending, rejected: null, latestAction: event.name, actionsThisTurn: tracker.actionsThisTurn + 1 }
    }
    case 'action_execution_rejected': {
      const pending = tracker.pending?.action === event.name ? null : tracker.pending
      return { ...tracker, sequence, pending, rejected: event.name, actionsThisTurn: tracker.actionsThisTurn + 1 }
    }
    case 'followup': return { ...tracker, sequence, pending: { action: event.name, stepKey: event.metadata.step_key } }
    case 'session_started':
      // A custom action_session_start opens the session that the engine has just opened for it: once is enough.
      if (tracker.session.state === 'open' && tracker.session.messages === 0) return { ...tracker, sequence }
      return { ...begun(tracker), sequence, session: { ...tracker.session, number: tracker.session.number + 1, state: 'open', messages: 0 } }
    case 'session_ended': return { ...tracker, sequence, stack: [], pending: null, session: { ...tracker.session, state: 'ended' } }
    case 'restart': return { ...begun(tracker), sequence }
    case 'stack': return { ...tracker, sequence, stack: patched(tracker.stack, event.update) }
    case 'flow_started': {
      const hash = event.metadata?.flow_hash
      if (hash === undefined || tracker.flowHashes.get(event.flow_id) === hash) return { ...tracker, sequence }
      return { ...tracker, sequence, flowHashes: new Map(tracker.flowHashes).set(event.flow_id, hash) }
    }
    case 'flow_completed': case 'flow_cancelled': case 'flow_interrupted': case 'flow_resumed': return { ...tracker, sequence }
    case 'pause': return { ...tracker, sequence, paused: true }
    case 'resume': return { ...tracker, sequence, paused: false }
    default: {
      const unknown: never = event // a new event does not compile until it is folded
      throw new UnknownEvent((unknown as { readonly event: string }).event, sequence)
    }
  }
}

/** A restart and a new session forget all but the count of what was. */
const begun = (tracker: Tracker): Tracker => ({
  ...tracker, slots: tracker.initialSlots, stack: [], transcript: [], pending: null, rejected: null, paused: false,
  answers: [], previousAnswers: [], flowHashes: new Map(),
})

const withLine = (transcript: readonly Line[], line: Line): readonly Line[] =>
  transcript.length < TRANSCRIPT_LENGTH ? [...transcript, line] : [...transcript.slice(1 - TRANSCRIPT_LENGTH), line]
