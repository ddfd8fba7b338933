import { rasaTracker } from '../../actions/tracker-json.js'
import { emptyTracker, foldAll } from '../../dialogue/tracker.js'
import { RequestRefused } from '../failure.js'
import { route, type Parameter } from '../route.js'
import { conversationParameter, listOf, record, text, tracker } from '../schemas.js'
import { conversationOf, eventsUntil, includeEvents, shownIn, untilTime } from './conversation-query.js'

const whole = { type: 'integer', minimum: 0 } as const

const limitParameter: Parameter = { name: 'limit', in: 'query', description: 'At most 1000, 100 unless given', schema: { ...whole, maximum: 1_000 } }
const offsetParameter: Parameter = { name: 'offset', in: 'query', description: 'How many to pass over', schema: whole }

/** A whole number of the query, within its bounds. */
const numberIn = (given: string | undefined, name: string, otherwise: number, most: number): number => {
  if (given === undefined) return otherwise
  if (!/^\d{1,9}$/.test(given) || Number(given) > most) throw new RequestRefused(400, 'BadRequest', `The parameter "${name}" must be a whole number from 0 to ${most}.`, { field: name })
  return Number(given)
}

export const getConversations = route({
  method: 'get', path: '/conversations', operation: 'getConversations', summary: 'Ids of conversations, the one that spoke last first',
  parameters: [
    limitParameter, offsetParameter,
  ],
  answers: { 200: { description: 'A page of ids', schema: record({ conversations: listOf(text), limit: whole, offset: whole }) }, 400: { description: 'A parameter is wrong' } },
  handle: ({ store }) => async (context) => {
    const limit = numberIn(context.req.query('limit'), 'limit', 100, 1_000)
    const offset = numberIn(context.req.query('offset'), 'offset', 0, 999_999_999)
    return context.json({ conversations: await store.conversations(limit, offset), limit, offset })
  },
})

/** GET /conversations/{id}/tracker (calm-spec 11.4). A conversation nobody began is empty, as in Rasa. */
export const getTracker = route({
  method: 'get', path: '/conversations/{id}/tracker', operation: 'getTracker', summary: 'State and events of a conversation',
  parameters: [conversationParameter, includeEvents, untilTime],
  answers: { 200: { description: 'The conversation', schema: tracker }, 400: { description: 'A parameter is wrong' } },
  handle: ({ assistant, store }) => async (context) => {
    const id = conversationOf(context)
    const shown = shownIn(context)
    const events = eventsUntil(context, await store.read(id))
    return context.json(rasaTracker(assistant.project, id, foldAll(emptyTracker(assistant.project), events), events, shown))
  },
})

/** GET /users/{id}/trackers (calm-spec 11.4): for administrators, as every route that is of no one conversation. */
export const getTrackersOfUser = route({
  method: 'get', path: '/users/{id}/trackers', operation: 'getTrackersOfUser', summary: 'The conversations of one user with all their events, the one that spoke last first',
  parameters: [{ name: 'id', in: 'path', description: 'The user, as "user_id" in the metadata of messages', schema: conversationParameter.schema }, { ...limitParameter, schema: { ...whole, maximum: 100 }, description: 'At most 100, 20 unless given' }, offsetParameter],
  answers: { 200: { description: 'A page of conversations', schema: record({ conversations: listOf(tracker), limit: whole, offset: whole }) }, 400: { description: 'A parameter is wrong' } },
  handle: ({ assistant, store }) => async (context) => {
    const user = conversationOf(context)
    const limit = numberIn(context.req.query('limit'), 'limit', 20, 100)
    const offset = numberIn(context.req.query('offset'), 'offset', 0, 999_999_999)
    const conversations = []
    for (const id of await store.conversationsOf(user, limit, offset)) {
      const events = await store.read(id)
      conversations.push(rasaTracker(assistant.project, id, foldAll(emptyTracker(assistant.project), events), events))
    }
    return context.json({ conversations, limit, offset })
  },
})

export const deleteTracker = route({
  method: 'delete', path: '/conversations/{id}/tracker', operation: 'deleteTracker', summary: 'Forget a conversation: its events, answers and state',
  parameters: [conversationParameter],
  answers: { 204: { description: 'It is gone' }, 404: { description: 'There is no such conversation' } },
  handle: ({ assistant }) => async (context) => {
    if (await assistant.forget(conversationOf(context))) return context.body(null, 204)
    throw new RequestRefused(404, 'NotFound', 'There is no conversation with this id.')
  },
})
