import type { SessionMark, Stored, TrackerEvent } from '../dialogue/events.js'

/** What Rasa writes into the metadata of every event (calm-spec 11.1). attune's models have one name, so `model_name` repeats it. */
export type Marks = SessionMark & { readonly model_name: string }
export const markNames: readonly string[] = ['session_id', 'assistant_id', 'model_id', 'model_name']

/** Events with what is known of their session: stored once where it began, and for the model also where it understood a message. */
export const withMarks = (events: readonly Stored<TrackerEvent>[]): readonly { readonly event: Stored<TrackerEvent>; readonly marks: Marks | null }[] => {
  let marks: Marks | null = null
  // A session begins with the action that opens it, one event before it says so.
  return events.map((event, at) => {
    const next = events[at + 1]
    if (event.event === 'action' && event.name === 'action_session_start' && next?.event === 'session_started') marks = marksOf(next)
    else if (event.event === 'session_started' || event.event === 'conversation_resumed') marks = marksOf(event) ?? marks
    else if (event.event === 'user' && marks !== null && typeof event.parse_data['model_version'] === 'string') marks = named(marks, event.parse_data['model_version'])
    return { event, marks }
  })
}

const named = (marks: SessionMark, model: string): Marks => ({ ...marks, model_id: model, model_name: model })
const marksOf = ({ metadata }: Extract<TrackerEvent, { event: 'session_started' | 'conversation_resumed' }>): Marks | null => (metadata ? named(metadata, metadata.model_id) : null)
