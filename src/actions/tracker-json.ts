import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { applied } from '../dialogue/reverting.js'
import { isQuestion, rejectionsAt } from '../dialogue/stack.js'
import type { Tracker } from '../dialogue/tracker.js'
import type { Project, SlotValue } from '../project/types.js'
import { withMarks, type Marks } from './event-marks.js'

/** An event as Rasa writes it: the sequence is ours alone. */
export type RasaEvent = Readonly<Record<string, unknown>> & { readonly event: string; readonly timestamp: number }

/** A conversation as Rasa's HTTP API and action servers know it (calm-spec 11.3). */
export type RasaTracker = {
  readonly sender_id: string
  /** What the channel said of the user, in the metadata of a message; left out where it said nothing. */
  readonly user_id?: string
  readonly current_session_id: string | null
  readonly slots: Readonly<Record<string, SlotValue>>
  readonly latest_message: Readonly<Record<string, unknown>>
  readonly latest_event_time: number | null
  readonly followup_action: string | null
  readonly paused: boolean
  readonly stack: readonly unknown[]
  readonly events: readonly RasaEvent[]
  readonly latest_input_channel: string | null
  readonly latest_action_name: string | null
  readonly latest_action: Readonly<Record<string, string>>
  readonly active_loop: { readonly name?: string }
}

type User = Extract<TrackerEvent, { event: 'user' }>
const noIntent = { name: null, confidence: 0 }

const parseDataOf = (event: User): Readonly<Record<string, unknown>> => ({
  text: event.text, intent: noIntent, entities: [], intent_ranking: [], message_id: event.message_id ?? null, metadata: event.metadata ?? {}, ...event.parse_data,
})

/** What Rasa's events hold beside what ours do. Flows decide about every action, so their policy is sure of each. */
const fieldsOf = (event: TrackerEvent): Readonly<Record<string, unknown>> => {
  switch (event.event) {
    case 'user': return { parse_data: parseDataOf(event) }
    case 'action': return { policy: 'FlowPolicy', confidence: 1, action_text: null, hide_rule_turn: false }
    case 'action_execution_rejected': return { policy: 'FlowPolicy', confidence: 1 }
    default: return {}
  }
}

const rasaEvent = (stored: Stored<TrackerEvent>, marks: Marks | null): RasaEvent => {
  const plain: Record<string, unknown> = { ...stored }
  delete plain['sequence']
  if (stored.event === 'session_ended') delete plain['reason']
  const own: Readonly<Record<string, unknown>> = { ...plain['metadata'] as object | undefined, ...(stored.event === 'session_ended' && stored.reason !== undefined && { _reason: stored.reason }) }
  const metadata = { ...marks, ...own }
  return { ...plain, ...fieldsOf(stored), ...(Object.keys(metadata).length > 0 && { metadata }), event: stored.event, timestamp: stored.timestamp }
}

type Events = readonly Stored<TrackerEvent>[]

/** `events` are the whole history as of `tracker`; `shown` chooses which of them are in the answer, all unless given. */
export const rasaTracker = (project: Project, conversation: string, tracker: Tracker, events: Events, shown: (events: Events) => Events = (all) => all): RasaTracker => {
  const latest = applied(events).findLast((event) => event.event === 'user')
  const marked = new Map(withMarks(events).map(({ event, marks }) => [event, marks]))
  const session = events.findLast((event) => event.event === 'session_started' || event.event === 'conversation_resumed')
  return {
    sender_id: conversation,
    ...(tracker.userId !== null && { user_id: tracker.userId }),
    current_session_id: tracker.session.state === 'inactive' ? null : session?.metadata?.session_id ?? null,
    slots: Object.fromEntries(tracker.slots),
    latest_message: latest ? parseDataOf(latest) : {},
    latest_event_time: tracker.session.lastActivity,
    followup_action: tracker.pending?.action ?? null,
    paused: tracker.paused,
    stack: tracker.stack.map((frame, at) => (isQuestion(frame) ? { ...frame, rejections: rejectionsAt(project, tracker.stack, at) } : frame)),
    events: shown(events).map((event) => rasaEvent(event, marked.get(event) ?? null)),
    latest_input_channel: tracker.latestMessage?.channel ?? null,
    latest_action_name: tracker.latestAction,
    latest_action: tracker.latestAction === null ? {} : { action_name: tracker.latestAction },
    active_loop: tracker.activeLoop === null ? {} : { name: tracker.activeLoop },
  }
}
