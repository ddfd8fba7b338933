import { rasaTracker } from '../../actions/tracker-json.js'
import type { Stored, TrackerEvent } from '../../dialogue/events.js'
import type { Context } from 'hono'
import { defaultActions } from '../../project/default-actions.js'
import { mostHistoryBytes, withHistory, type GivenEvent } from '../history.js'
import { route, routeWithBody, type Route, type ServerParts } from '../route.js'
import { conversationParameter, listOf, record, text, tracker } from '../schemas.js'
import { conversationOf, includeEvents, shownIn } from './conversation-query.js'

const number = { type: 'number' } as const
const answers: Route['answers'] = {
  200: { description: 'Every action with its score, the next one first', schema: record({ scores: listOf(record({ action: text, score: number })), policy: text, confidence: number, tracker }) },
  400: { description: 'The events do not make a conversation' }, 409: { description: 'No model is loaded' },
}

/** Flows decide, and are sure: the next action has all of the score. */
const predicted = async ({ assistant }: ServerParts, context: Context, id: string, events: readonly Stored<TrackerEvent>[]): Promise<object> => {
  const { action, tracker: state } = await assistant.predict(events)
  const { actions, responses } = assistant.project
  const others = [...new Set([...defaultActions, ...actions, ...responses.keys()])].filter((name) => name !== action).sort()
  return {
    scores: [{ action, score: 1 }, ...others.map((name) => ({ action: name, score: 0 }))], policy: 'FlowPolicy', confidence: 1,
    tracker: rasaTracker(assistant.project, id, state, events, shownIn(context)),
  }
}

/** POST /conversations/{id}/predict (calm-spec 11.4): what would come next. Nothing is kept. */
export const predictAction = route({
  method: 'post', path: '/conversations/{id}/predict', operation: 'predictAction', summary: 'The action that comes next, without taking it',
  parameters: [conversationParameter, includeEvents], answers,
  handle: (parts) => async (context) => {
    const id = conversationOf(context)
    return context.json(await predicted(parts, context, id, await parts.store.read(id)))
  },
})

/** POST /model/predict: the same for a history that is only in the request. */
export const predictFromEvents = routeWithBody<readonly GivenEvent[]>({
  method: 'post', path: '/model/predict', operation: 'predictFromEvents', summary: 'The action that comes next after these events',
  parameters: [includeEvents], body: { type: 'array', items: { type: 'object', required: ['event'], properties: { event: text } } }, mostBytes: mostHistoryBytes, answers,
  handle: (parts) => (context, body) => withHistory(body, async (events) => context.json(await predicted(parts, context, 'default', events))),
})
