import type { Project, SlotValue } from '../project/types.js'
import type { Command } from './commands.js'
import { GapInHistory, RevertTooFar, UnknownEvent, UnknownSlot } from './errors.js'
import type { Stored, TrackerEvent } from './events.js'
import type { Frame } from './frames.js'
import type { PastItem } from './heard.js'
import type { BotMessage } from './outcome.js'
import { noted, nothingPast } from './past.js'
import { afterMessage, withoutCancelled, withReminder, type Reminder } from './reminders.js'
import { applied, isReverting } from './reverting.js'
import { SlotOverlay } from './slot-overlay.js'
import { stackAfter } from './stack-patch.js'

/** One utterance of the transcript. `buttons` are the titles shown under a bot message. */
export type Line = { readonly who: 'user' | 'bot'; readonly text: string; readonly buttons?: readonly string[] }

export type PendingAction = { readonly action: string; readonly stepKey: string }

export type SessionState = {
  /** Sessions begun so far; 0 before the first message. */
  readonly number: number
  readonly state: 'none' | 'open' | 'inactive' | 'ended'
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
  /** Steps that the turn may still take, over all its `step` calls. */
  readonly stepsLeft: number
  /** Fingerprint of the definition each flow was last started with. */
  readonly flowHashes: ReadonlyMap<string, string>
  /** Slots of old events that the project no longer declares. */
  readonly forgottenSlots: readonly string[]
  /** Slots whose value an NLU model has found. */
  readonly filledByNlu: readonly string[]
  /** What happened on the NLU side, for its rules and stories; the form that is active there. */
  readonly past: readonly PastItem[]
  readonly activeLoop: string | null
  /** The question of a retrieval intent that the latest message was, such as `faq/hours`. */
  readonly retrieval: string | null
  /** What is to be heard later, in the order it was asked for. */
  readonly reminders: readonly Reminder[]
  /** Who the user is, where the channel says so. */
  readonly userId: string | null
  /** What slots go back to. */
  readonly initialSlots: ReadonlyMap<string, SlotValue>
}

const TRANSCRIPT_LENGTH = 20
/** Rasa's MAX_NUMBER_OF_PREDICTIONS_CALM, and some more in which the error pattern may speak. */
export const STEPS_PER_TURN = 1_100
export const STEPS_FOR_ERROR = 100

export const emptyTracker = (project: Project): Tracker => {
  const initialSlots = initialSlotsOf(project)
  return {
    sequence: 0, slots: initialSlots, stack: [], transcript: [], pending: null, rejected: null,
    session: { number: 0, state: 'none', lastActivity: null, messages: 0 }, paused: false,
    latestCommands: [], latestMessage: null, latestAction: null, answers: [], previousAnswers: [],
    stepsLeft: STEPS_PER_TURN, flowHashes: new Map(), forgottenSlots: [],
    filledByNlu: [], past: [], activeLoop: null, retrieval: null, reminders: [], userId: null, initialSlots,
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

type Slots = ReadonlyMap<string, SlotValue>
/** A copy of a tracker that is being folded into: one per batch of events, so that a turn does not copy the tracker for each event. */
type Folding = { -readonly [K in keyof Tracker]: Tracker[K] }

/** Field by field, here and for the session: V8 takes ten times as long to spread what has been spread and changed before. */
const copied = (from: Tracker): Folding => ({
  sequence: from.sequence, slots: from.slots, stack: from.stack, transcript: from.transcript, pending: from.pending, rejected: from.rejected,
  session: from.session, paused: from.paused, latestCommands: from.latestCommands, latestMessage: from.latestMessage,
  latestAction: from.latestAction, answers: from.answers, previousAnswers: from.previousAnswers, stepsLeft: from.stepsLeft,
  flowHashes: from.flowHashes, forgottenSlots: from.forgottenSlots,
  filledByNlu: from.filledByNlu, past: from.past, activeLoop: from.activeLoop, retrieval: from.retrieval, reminders: from.reminders, userId: from.userId, initialSlots: from.initialSlots,
})

/** Applies one stored event. Throws GapInHistory, RevertTooFar, UnknownEvent, UnknownSlot, StackPatchFailed. */
export const fold = (tracker: Tracker, stored: Stored<TrackerEvent>): Tracker => {
  const folding = copied(tracker)
  checkSequence(folding, stored)
  apply(folding, stored, tracker.slots)
  noteActivity(folding, stored)
  return folding
}

/**
 * Applies a whole history. Slots that old events name and the project has since dropped are forgotten, not refused:
 * a conversation outlives a change of its project. What is taken back must be among the events, else RevertTooFar.
 */
export const foldAll = (tracker: Tracker, events: readonly Stored<TrackerEvent>[]): Tracker => {
  if (events.some(isReverting)) return foldReverting(tracker, events)
  const folding = copied(tracker)
  for (const event of events) {
    checkSequence(folding, event)
    take(folding, event, tracker.slots)
  }
  noteActivities(folding, events)
  return folding
}

const foldReverting = (tracker: Tracker, events: readonly Stored<TrackerEvent>[]): Tracker => {
  const folding = copied(tracker)
  events.forEach((event, at) => checkSequence({ ...folding, sequence: tracker.sequence + at }, event))
  for (const event of applied(events, tracker.sequence === 0)) {
    folding.sequence = event.sequence - 1
    take(folding, event, tracker.slots)
  }
  folding.sequence = tracker.sequence + events.length
  noteActivities(folding, events)
  return folding
}

const take = (folding: Folding, event: Stored<TrackerEvent>, shared: Slots): void => {
  if (event.event === 'slot' && !folding.initialSlots.has(event.name)) forget(folding, event)
  else apply(folding, event, shared)
}

const noteActivities = (folding: Folding, events: readonly Stored<TrackerEvent>[]): void => {
  const newest = events.findLast(({ event }) => event !== 'conversation_inactive')
  if (newest !== undefined) noteActivity(folding, newest)
}

/** Applies events that are not stored yet: they take the next sequence numbers and no time. Engine and edge share it. */
export const foldDraft = (tracker: Tracker, events: readonly TrackerEvent[]): Tracker => {
  if (events.length === 0) return tracker
  const folding = copied(tracker)
  for (const event of events) apply(folding, event, tracker.slots)
  return folding
}

const checkSequence = ({ sequence }: Folding, stored: Stored<TrackerEvent>): void => {
  if (stored.sequence !== sequence + 1) throw new GapInHistory(sequence + 1, stored.sequence)
}

/** That nobody spoke is no activity. */
const noteActivity = (folding: Folding, { event, timestamp }: Stored<TrackerEvent>): void => {
  if (event === 'conversation_inactive') return
  const { number, state, messages } = folding.session
  folding.session = { number, state, lastActivity: timestamp, messages }
}

const forget = (folding: Folding, event: Extract<TrackerEvent, { event: 'slot' }>): void => {
  folding.sequence++
  if (!folding.forgottenSlots.includes(event.name)) folding.forgottenSlots = [...folding.forgottenSlots, event.name]
}

/** `shared`: the slots of the tracker that is folded from; like the initial ones, they are copied before the first change. */
const apply = (folding: Folding, event: TrackerEvent, shared: Slots): void => {
  folding.sequence++
  noteForStories(folding, event)
  switch (event.event) {
    case 'user': applyUser(folding, event); break
    case 'bot': applyBot(folding, event); break
    case 'slot': applySlot(folding, event.name, event.value, shared); break
    case 'reset_slots': folding.slots = folding.initialSlots; break
    case 'action':
      if (folding.pending?.action === event.name) folding.pending = null
      folding.rejected = null
      folding.latestAction = event.name
      break
    case 'action_execution_rejected':
      if (folding.pending?.action === event.name) folding.pending = null
      folding.rejected = event.name
      break
    case 'followup':
      folding.pending = { action: event.name, stepKey: event.metadata.step_key }
      folding.stepsLeft = event.metadata.steps_left
      break
    case 'session_started': applySessionStarted(folding); break
    case 'session_ended':
      folding.stack = []
      folding.pending = null
      folding.reminders = []
      folding.session = { ...folding.session, state: 'ended' }
      break
    case 'restart':
      begin(folding)
      folding.reminders = []
      break
    case 'conversation_inactive':
      if (folding.session.state === 'open') folding.session = { ...folding.session, state: 'inactive' }
      break
    case 'conversation_resumed':
      if (folding.session.state === 'inactive') folding.session = { ...folding.session, state: 'open' }
      break
    case 'reminder': folding.reminders = withReminder(folding.reminders, event, folding.sequence); break
    case 'cancel_reminder': folding.reminders = withoutCancelled(folding.reminders, event); break
    case 'rewind': case 'undo': throw new RevertTooFar(folding.sequence)
    case 'stack': folding.stack = stackAfter(folding.stack, event); break
    case 'flow_started': {
      const hash = event.metadata?.flow_hash
      if (hash !== undefined && folding.flowHashes.get(event.flow_id) !== hash) folding.flowHashes = new Map(folding.flowHashes).set(event.flow_id, hash)
      break
    }
    case 'flow_completed': case 'flow_cancelled': case 'flow_interrupted': case 'flow_resumed': break
    case 'routing_session_ended': case 'active_loop': break // noted for stories above
    case 'entities': case 'export': case 'session_paused': case 'loop_interrupted': case 'form': case 'form_validation':
    case 'agent_started': case 'agent_completed': case 'agent_interrupted': case 'agent_cancelled': case 'agent_resumed': break
    case 'pause': folding.paused = true; break
    case 'resume': folding.paused = false; break
    default: {
      const unknown: never = event // a new event does not compile until it is folded
      throw new UnknownEvent((unknown as { readonly event: string }).event, folding.sequence)
    }
  }
}

const applyUser = (folding: Folding, event: Extract<TrackerEvent, { event: 'user' }>): void => {
  folding.transcript = withLine(folding.transcript, { who: 'user', text: event.text })
  folding.latestCommands = event.parse_data.commands
  const retrieval = event.parse_data['full_retrieval_intent']
  folding.retrieval = typeof retrieval === 'string' ? retrieval : null
  folding.latestMessage = { text: event.text, messageId: event.message_id ?? null, channel: event.input_channel ?? null }
  folding.previousAnswers = folding.answers
  folding.answers = []
  folding.stepsLeft = STEPS_PER_TURN
  folding.rejected = null
  folding.reminders = afterMessage(folding.reminders, event)
  const user = event.metadata?.['user_id']
  if (typeof user === 'string') folding.userId = user
  const { number, state, lastActivity, messages } = folding.session
  folding.session = { number, state: state === 'inactive' ? 'open' : state, lastActivity, messages: messages + 1 }
}

const applyBot = (folding: Folding, { text, data, metadata }: Extract<TrackerEvent, { event: 'bot' }>): void => {
  folding.answers = [...folding.answers, { text, data, metadata }]
  if (text === null && data.buttons === undefined) return
  const buttons = data.buttons?.map(({ title }) => title)
  folding.transcript = withLine(folding.transcript, buttons === undefined ? { who: 'bot', text: text ?? '' } : { who: 'bot', text: text ?? '', buttons })
}

const applySlot = (folding: Folding, name: string, value: SlotValue, shared: Slots): void => {
  if (!folding.initialSlots.has(name)) throw new UnknownSlot(name, folding.sequence)
  const { slots: before } = folding
  const slots = before instanceof SlotOverlay && before !== shared ? before : SlotOverlay.copyOf(before)
  slots.set(name, value)
  folding.slots = slots
  noteFiller(folding, name, value)
}

/** Remembers who has found the value: a command of this turn that says so, or else somebody for whom it does not matter. */
const noteFiller = (folding: Folding, name: string, value: SlotValue): void => {
  const { filledByNlu: before, latestCommands } = folding
  const isByNlu = value !== null && latestCommands.some((command) => fillsByNlu(command, name))
  if (isByNlu === before.includes(name)) return
  folding.filledByNlu = isByNlu ? [...before, name] : before.filter((other) => other !== name)
}
const fillsByNlu = (command: Command, slot: string): boolean => {
  if (command.command === 'set slot') return command.name === slot && command.extractor === 'nlu'
  return command.command === 'correct slot' && command.corrected_slots.some(({ name, extractor }) => name === slot && extractor === 'nlu')
}

const noteForStories = (folding: Folding, event: TrackerEvent): void => {
  const state = { past: folding.past, activeLoop: folding.activeLoop, pendingAction: folding.pending?.action ?? null }
  const { past, activeLoop } = noted(state, event)
  folding.past = past
  folding.activeLoop = activeLoop
}

const applySessionStarted = (folding: Folding): void => {
  // A custom action_session_start opens the session that the engine has just opened for it: once is enough.
  if (folding.session.state === 'open' && folding.session.messages === 0) return
  begin(folding)
  folding.session = { ...folding.session, number: folding.session.number + 1, state: 'open', messages: 0 }
}

/** A restart and a new session forget all but the count of what was. */
const begin = (folding: Folding): void => {
  folding.slots = folding.initialSlots
  folding.stack = []
  folding.transcript = []
  folding.pending = null
  folding.rejected = null
  folding.paused = false
  folding.answers = []
  folding.previousAnswers = []
  folding.flowHashes = new Map()
  folding.filledByNlu = []
  folding.past = nothingPast.past
  folding.activeLoop = null
}

const withLine = (transcript: readonly Line[], line: Line): readonly Line[] =>
  transcript.length < TRANSCRIPT_LENGTH ? [...transcript, line] : [...transcript.slice(1 - TRANSCRIPT_LENGTH), line]
