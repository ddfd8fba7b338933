import { routeWithBody } from '../route.js'
import { listOf, map, text } from '../schemas.js'

type Body = { readonly text: string; readonly message_id?: string | null }

/** POST /model/parse (calm-spec 11.4): what a message is understood as, said at the very beginning of a conversation. */
export const parseMessage = routeWithBody<Body>({
  method: 'post', path: '/model/parse', operation: 'parseMessage', summary: 'Understand a message without a conversation; nothing is kept',
  body: { type: 'object', required: ['text'], properties: { text, message_id: { type: ['string', 'null'] } } },
  answers: {
    200: {
      description: 'Commands, and what else the model thought of', schema: {
        type: 'object', required: ['text', 'message_id', 'commands', 'source', 'understanding', 'intent', 'entities'],
        properties: { text, message_id: { type: ['string', 'null'] }, commands: listOf(map), source: { enum: ['model', 'shortcut'] }, understanding: { type: ['object', 'null'] }, intent: map, entities: listOf(map) },
      },
    },
    409: { description: 'No model is loaded' }, 413: { description: 'The body is too large' },
  },
  handle: ({ assistant }) => async (context, { text: message, message_id }) =>
    context.json({ text: message, message_id: message_id ?? null, ...await assistant.parse(message), intent: { name: null, confidence: 0 }, entities: [] }),
})
