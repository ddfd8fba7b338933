import { ActionFailed, ActionRejected } from '../../actions/errors.js'
import { rasaTracker, type RasaTracker } from '../../actions/tracker-json.js'
import type { Context } from 'hono'
import type { BotMessage } from '../../dialogue/outcome.js'
import type { Tracker } from '../../dialogue/tracker.js'
import { delivered } from '../callback.js'
import { RequestRefused } from '../failure.js'
import { mostHistoryBytes, withHistory, type GivenEvent } from '../history.js'
import { routeWithBody, type Route, type ServerParts } from '../route.js'
import { conversationParameter, listOf, map, record, text, tracker } from '../schemas.js'
import { channelIn, conversationOf, includeEvents, outputChannel, shownIn } from './conversation-query.js'
import { restMessages } from './rest-messages.js'

const oneEvent = { type: 'object', required: ['event'], properties: { event: text } } as const
const oneOrMore = { anyOf: [oneEvent, { type: 'array', items: oneEvent }] } as const

const usual: Route['answers'] = {
  409: { description: 'The session has ended for good' }, 413: { description: 'The body is too large' },
  429: { description: 'Too many messages of this conversation are waiting' }, 503: { description: 'Not kept; try again' },
}
const afterwards: Route['answers'] = { 200: { description: 'The conversation afterwards', schema: tracker }, ...usual }

const answered = async ({ store, assistant }: ServerParts, context: Context, state: Tracker): Promise<RasaTracker> => {
  const id = conversationOf(context)
  return rasaTracker(assistant.project, id, state, await store.read(id), shownIn(context))
}

/** The conversation afterwards, and what was said in it; sent to its channel too, where that has an address. */
const spoken = async (parts: ServerParts, context: Context, channel: string, { tracker: state, messages }: { readonly tracker: Tracker; readonly messages: readonly BotMessage[] }): Promise<object> => {
  const id = conversationOf(context)
  const bubbles = messages.flatMap((message) => restMessages(id, message))
  await delivered(parts, channel, bubbles)
  return { tracker: await answered(parts, context, state), messages: bubbles }
}

/** POST /conversations/{id}/tracker/events (calm-spec 11.4): one event or a list, of the kinds that an action may make. */
export const postEvents = routeWithBody<GivenEvent | readonly GivenEvent[]>({
  method: 'post', path: '/conversations/{id}/tracker/events', operation: 'postEvents', summary: 'Add events to a conversation without a turn: slots, restart, pause, resume, bot, reset_slots, session_ended',
  parameters: [
    conversationParameter, includeEvents, outputChannel,
    { name: 'execute_side_effects', in: 'query', description: 'true: bot events are also sent to the channel, where it has an address', schema: { type: 'string' } },
  ],
  body: oneOrMore,
  answers: afterwards,
  handle: (parts) => async (context, body) => {
    const id = conversationOf(context)
    const { tracker: state, messages } = await parts.assistant.note(id, Array.isArray(body) ? body : [body])
    if (context.req.query('execute_side_effects') === 'true') await delivered(parts, await channelIn(context, parts), messages.flatMap((message) => restMessages(id, message)))
    return context.json(await answered(parts, context, state))
  },
})

/** PUT /conversations/{id}/tracker/events (calm-spec 11.4): another history, as GET gives it, in the place of the old one. The stack is folded from it. */
export const putEvents = routeWithBody<GivenEvent | readonly GivenEvent[]>({
  method: 'put', path: '/conversations/{id}/tracker/events', operation: 'putEvents', summary: 'Replace the events of a conversation',
  parameters: [conversationParameter, includeEvents],
  body: oneOrMore, mostBytes: mostHistoryBytes,
  answers: afterwards,
  handle: (parts) => async (context, body) => {
    const given: readonly GivenEvent[] = Array.isArray(body) ? body as readonly GivenEvent[] : [body as GivenEvent]
    return withHistory(given, async (events) => context.json(await answered(parts, context, await parts.assistant.replace(conversationOf(context), events))))
  },
})

/** POST /conversations/{id}/messages (calm-spec 11.4): keeps what the user said; nothing follows from it. */
export const addMessage = routeWithBody<{ readonly text: string; readonly sender: 'user' }>({
  method: 'post', path: '/conversations/{id}/messages', operation: 'addMessage', summary: 'Add a message of the user without answering it',
  parameters: [conversationParameter, includeEvents],
  body: { type: 'object', required: ['text', 'sender'], properties: { text, sender: { enum: ['user'] }, parse_data: { type: ['object', 'null'], description: 'Ignored: what a message means is understood when it is answered' } } },
  answers: afterwards,
  handle: (parts) => async (context, { text: said }) =>
    context.json(await answered(parts, context, await parts.assistant.hear({ conversation: conversationOf(context), text: said, channel: 'rest' }))),
})

const speaks: Route['answers'] = { 200: { description: 'The conversation afterwards, and what the assistant says', schema: record({ tracker, messages: listOf(map) }) }, ...usual }

/** POST /conversations/{id}/trigger_intent: as if the user had sent `/name{...}`. */
export const triggerIntent = routeWithBody<{ readonly name: string; readonly entities?: Readonly<Record<string, unknown>> | null }>({
  method: 'post', path: '/conversations/{id}/trigger_intent', operation: 'triggerIntent', summary: 'Act as if the user had meant this intent',
  parameters: [conversationParameter, includeEvents, outputChannel],
  body: { type: 'object', required: ['name'], properties: { name: { type: 'string', pattern: '^[^\\s{}@/]+$', maxLength: 128 }, entities: { type: ['object', 'null'] } } },
  answers: speaks,
  handle: (parts) => async (context, { name, entities }) => {
    const channel = await channelIn(context, parts)
    const text = `/${name}${entities ? JSON.stringify(entities) : ''}`
    return context.json(await spoken(parts, context, channel, await parts.assistant.handle({ conversation: conversationOf(context), text, channel })))
  },
})

/** POST /conversations/{id}/execute (calm-spec 11.4): a response is said, a custom action run; no flow moves. */
export const executeAction = routeWithBody<{ readonly name: string }>({
  method: 'post', path: '/conversations/{id}/execute', operation: 'executeAction', summary: 'Say a response or run a custom action, outside the flows',
  parameters: [conversationParameter, includeEvents, outputChannel],
  body: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1, maxLength: 256 }, policy: { type: ['string', 'null'] }, confidence: { type: ['number', 'null'] } } },
  answers: { ...speaks, 404: { description: 'There is no such action or response' } },
  handle: (parts) => async (context, { name }) => {
    const { responses, actions } = parts.assistant.project
    if (!responses.has(name) && !actions.has(name)) {
      throw new RequestRefused(404, 'NotFound', 'The domain has no response and no custom action of this name; the actions of the system belong to flows.', { field: 'name' })
    }
    const channel = await channelIn(context, parts)
    try {
      return context.json(await spoken(parts, context, channel, await parts.assistant.execute(conversationOf(context), name, channel)))
    } catch (error) {
      if (error instanceof ActionFailed || error instanceof ActionRejected) throw new RequestRefused(400, 'ActionFailed', `The action has failed, and nothing was kept (${error instanceof ActionFailed ? error.reason : 'rejected'}). The log says more.`)
      throw error
    }
  },
})
