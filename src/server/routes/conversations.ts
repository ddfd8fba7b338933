import { rasaEvent, rasaTracker } from '../../actions/tracker-json.js'
import type { Stored, TrackerEvent } from '../../dialogue/events.js'
import { emptyTracker, foldAll } from '../../dialogue/tracker.js'
import { RequestRefused } from '../failure.js'
import { route, routeWithBody } from '../route.js'
import { conversationParameter, listOf, map, record, text, tracker } from '../schemas.js'
import { restMessages } from './rest-messages.js'

const whole = { type: 'integer', minimum: 0 } as const

/** A whole number of the query, within its bounds. */
const numberIn = (given: string | undefined, name: string, otherwise: number, most: number): number => {
  if (given === undefined) return otherwise
  if (!/^\d{1,9}$/.test(given) || Number(given) > most) throw new RequestRefused(400, 'BadRequest', `The parameter "${name}" must be a whole number from 0 to ${most}.`, { field: name })
  return Number(given)
}

export const getConversations = route({
  method: 'get', path: '/conversations', operation: 'getConversations', summary: 'Ids of conversations, the one that spoke last first',
  parameters: [
    { name: 'limit', in: 'query', description: 'At most 1000, 100 unless given', schema: { ...whole, maximum: 1_000 } },
    { name: 'offset', in: 'query', description: 'How many to pass over', schema: whole },
  ],
  answers: { 200: { description: 'A page of ids', schema: record({ conversations: listOf(text), limit: whole, offset: whole }) }, 400: { description: 'A parameter is wrong' } },
  handle: ({ store }) => async (context) => {
    const limit = numberIn(context.req.query('limit'), 'limit', 100, 1_000)
    const offset = numberIn(context.req.query('offset'), 'offset', 0, 999_999_999)
    return context.json({ conversations: await store.conversations(limit, offset), limit, offset })
  },
})

const verbosities = ['ALL', 'APPLIED', 'AFTER_RESTART', 'NONE'] as const

/** GET /conversations/{id}/tracker (calm-spec 11.4). A conversation nobody began is empty, as in Rasa. */
export const getTracker = route({
  method: 'get', path: '/conversations/{id}/tracker', operation: 'getTracker', summary: 'State and events of a conversation',
  parameters: [
    conversationParameter,
    { name: 'include_events', in: 'query', description: 'Which events: all; since the last restart (AFTER_RESTART, the default, and APPLIED); or none', schema: { type: 'string', enum: verbosities } },
    { name: 'until', in: 'query', description: 'The conversation as it was at this time, in seconds since 1970', schema: { type: 'number' } },
  ],
  answers: { 200: { description: 'The conversation', schema: tracker }, 400: { description: 'A parameter is wrong' } },
  handle: ({ assistant, store }) => async (context) => {
    const id = idOf(context.req.param('id'))
    const verbosity = context.req.query('include_events') ?? 'AFTER_RESTART'
    if (!verbosities.some((known) => known === verbosity)) throw new RequestRefused(400, 'BadRequest', `The parameter "include_events" must be one of ${verbosities.join(', ')}.`, { field: 'include_events' })
    const until = context.req.query('until')
    if (until !== undefined && !Number.isFinite(Number(until === '' ? NaN : until))) throw new RequestRefused(400, 'BadRequest', 'The parameter "until" must be a time in seconds since 1970.', { field: 'until' })
    const stored = await store.read(id)
    const events = until === undefined ? stored : stored.filter(({ timestamp }) => timestamp <= Number(until))
    const state = foldAll(emptyTracker(assistant.project), events)
    return context.json({ ...rasaTracker(id, state, events), events: shownOf(events, verbosity).map(rasaEvent) })
  },
})

const shownOf = (events: readonly Stored<TrackerEvent>[], verbosity: string): readonly Stored<TrackerEvent>[] => {
  if (verbosity === 'NONE') return []
  return verbosity === 'ALL' ? events : events.slice(events.findLastIndex(({ event }) => event === 'restart') + 1)
}

export const deleteTracker = route({
  method: 'delete', path: '/conversations/{id}/tracker', operation: 'deleteTracker', summary: 'Forget a conversation: its events, answers and state',
  parameters: [conversationParameter],
  answers: { 204: { description: 'It is gone' }, 404: { description: 'There is no such conversation' } },
  handle: ({ assistant }) => async (context) => {
    if (await assistant.forget(idOf(context.req.param('id')))) return context.body(null, 204)
    throw new RequestRefused(404, 'NotFound', 'There is no conversation with this id.')
  },
})

type Event = Readonly<Record<string, unknown>>

/** POST /conversations/{id}/tracker/events (calm-spec 11.4): one event or a list, of the kinds that an action may make. */
export const postEvents = routeWithBody<Event | readonly Event[]>({
  method: 'post', path: '/conversations/{id}/tracker/events', operation: 'postEvents', summary: 'Add events to a conversation without a turn: slots, restart, pause, resume, bot, reset_slots, session_ended',
  parameters: [conversationParameter],
  body: { anyOf: [{ type: 'object', required: ['event'], properties: { event: text } }, { type: 'array', items: { type: 'object', required: ['event'], properties: { event: text } } }] },
  answers: { 200: { description: 'The conversation with them', schema: tracker }, 409: { description: 'The session has ended for good' }, 413: { description: 'The body is too large' }, 503: { description: 'Not kept; try again' } },
  handle: ({ assistant, store }) => async (context, body) => {
    const id = idOf(context.req.param('id'))
    const state = await assistant.note(id, Array.isArray(body) ? body : [body])
    return context.json(rasaTracker(id, state, shownOf(await store.read(id), 'AFTER_RESTART')))
  },
})

/** POST /conversations/{id}/trigger_intent: as if the user had sent `/name{...}`. */
export const triggerIntent = routeWithBody<{ readonly name: string; readonly entities?: Readonly<Record<string, unknown>> | null }>({
  method: 'post', path: '/conversations/{id}/trigger_intent', operation: 'triggerIntent', summary: 'Act as if the user had meant this intent',
  parameters: [conversationParameter, { name: 'output_channel', in: 'query', description: 'Name of the channel, "rest" unless given', schema: text }],
  body: { type: 'object', required: ['name'], properties: { name: { type: 'string', pattern: '^[^\\s{}@/]+$', maxLength: 128 }, entities: { type: ['object', 'null'] } } },
  answers: {
    200: { description: 'The conversation afterwards, and what the assistant says', schema: record({ tracker, messages: listOf(map) }) },
    413: { description: 'The body is too large' }, 429: { description: 'Too many messages of this conversation are waiting' }, 503: { description: 'Not kept; try again' },
  },
  handle: ({ assistant, store }) => async (context, { name, entities }) => {
    const id = idOf(context.req.param('id'))
    const message = `/${name}${entities ? JSON.stringify(entities) : ''}`
    const { messages, tracker: state } = await assistant.handle({ conversation: id, text: message, channel: context.req.query('output_channel') ?? 'rest' })
    return context.json({ tracker: rasaTracker(id, state, shownOf(await store.read(id), 'AFTER_RESTART')), messages: messages.flatMap((each) => restMessages(id, each)) })
  },
})

const idOf = (id: string | undefined): string => {
  if (id === undefined || id === '' || id.length > 256 || /[\u0000-\u001f\u007f]/.test(id)) {
    throw new RequestRefused(400, 'BadRequest', 'The id of a conversation has 1 to 256 characters and no control characters.', { field: 'id' })
  }
  return id
}
