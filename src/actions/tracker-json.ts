import type { Stored, TrackerEvent } from '../dialogue/events.js'
import type { Tracker } from '../dialogue/tracker.js'
import type { SlotValue } from '../project/types.js'

/** An event as Rasa writes it: the sequence is ours alone. */
export type RasaEvent = Readonly<Record<string, unknown>> & { readonly event: string; readonly timestamp: number }

/** A conversation as Rasa's HTTP API and action servers know it (calm-spec 11.3). */
export type RasaTracker = {
  readonly sender_id: string
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
  readonly active_loop: Readonly<Record<string, never>>
}

const noIntent = { name: null, confidence: 0 }

const parseDataOf = (event: Extract<TrackerEvent, { event: 'user' }>): Readonly<Record<string, unknown>> => ({
  text: event.text, intent: noIntent, entities: [], intent_ranking: [], message_id: event.message_id ?? null, metadata: event.metadata ?? {}, ...event.parse_data,
})

export const rasaEvent = (stored: Stored<TrackerEvent>): RasaEvent => {
  const plain: Record<string, unknown> = { ...stored }
  delete plain['sequence']
  if (stored.event === 'user') plain['parse_data'] = parseDataOf(stored)
  return { ...plain, event: stored.event, timestamp: stored.timestamp }
}

/** `events` are those to be shown; the state is the tracker's. */
export const rasaTracker = (conversation: string, tracker: Tracker, events: readonly Stored<TrackerEvent>[]): RasaTracker => {
  const latest = events.findLast((event) => event.event === 'user')
  const { latestMessage } = tracker
  return {
    sender_id: conversation,
    slots: Object.fromEntries(tracker.slots),
    latest_message: latest ? parseDataOf(latest)
      : latestMessage ? { text: latestMessage.text, intent: noIntent, entities: [], intent_ranking: [], message_id: latestMessage.messageId, metadata: {}, commands: tracker.latestCommands }
      : {},
    latest_event_time: tracker.session.lastActivity,
    followup_action: tracker.pending?.action ?? null,
    paused: tracker.paused,
    stack: tracker.stack,
    events: events.map(rasaEvent),
    latest_input_channel: latestMessage?.channel ?? null,
    latest_action_name: tracker.latestAction,
    latest_action: tracker.latestAction === null ? {} : { action_name: tracker.latestAction },
    active_loop: {},
  }
}
