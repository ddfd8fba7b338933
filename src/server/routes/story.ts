import { stringify } from 'yaml'
import type { TrackerEvent } from '../../dialogue/events.js'
import { route } from '../route.js'
import { conversationParameter } from '../schemas.js'
import { conversationOf, eventsUntil, untilTime } from './conversation-query.js'

type Step = Readonly<Record<string, unknown>>

/** What a story tells of an event; slots that the flows themselves put back are no part of it. */
const stepOf = (event: TrackerEvent): Step | null => {
  switch (event.event) {
    case 'user': return { user: event.text }
    case 'action': return event.name === 'action_listen' ? null : { action: event.name }
    case 'bot': return event.metadata.utter_action === undefined ? null : { action: event.metadata.utter_action }
    case 'slot': return { slot_was_set: [{ [event.name]: event.value }] }
    default: return null
  }
}

/** An action that speaks for itself is one step, not two. */
const withoutDoubles = (steps: readonly Step[]): readonly Step[] =>
  steps.filter((step, at) => step['action'] === undefined || step['action'] !== steps[at - 1]?.['action'])

/** GET /conversations/{id}/story (calm-spec 11.4): the newest session, or each, as a Rasa story. For reading: attune learns from transcripts. */
export const getStory = route({
  method: 'get', path: '/conversations/{id}/story', operation: 'getStory', summary: 'A conversation as a story in YAML',
  parameters: [conversationParameter, untilTime, { name: 'all_sessions', in: 'query', description: 'true: every session, not only the newest', schema: { type: 'string' } }],
  answers: { 200: { description: 'A YAML document', type: 'text/yaml' }, 400: { description: 'A parameter is wrong' } },
  handle: ({ store }) => async (context) => {
    const id = conversationOf(context)
    const events = eventsUntil(context, await store.read(id))
    const starts = events.flatMap(({ event }, at) => (event === 'session_started' ? [at + 1] : []))
    const shown = context.req.query('all_sessions') === 'true' ? starts : starts.slice(-1)
    const stories = shown.map((start, at) => ({
      story: shown.length > 1 ? `${id}, session ${at + 1}` : id,
      steps: withoutDoubles(events.slice(start, starts.find((next) => next > start) ?? events.length).map(stepOf).filter((step) => step !== null)),
    }))
    return context.body(stringify({ version: '3.1', stories }), 200, { 'content-type': 'text/yaml; charset=utf-8' })
  },
})
