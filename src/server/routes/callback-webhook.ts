import type { SlotValue } from '../../project/types.js'
import { onlyAsOneself } from '../access.js'
import { delivered } from '../callback.js'
import { RequestRefused } from '../failure.js'
import { route, routeWithBody } from '../route.js'
import { conversationId, orNull, record, text } from '../schemas.js'
import { restMessages } from './rest-messages.js'

type Body = { readonly sender: string; readonly message: string; readonly metadata?: Readonly<Record<string, SlotValue>> | null; readonly message_id?: string | null }

/**
 * POST /webhooks/callback/webhook, as in Rasa (calm-spec 11.5): "success" at once for whoever asks, and what the assistant says goes to
 * `callback: {url}` of credentials.yml. The turn is stored and its messages are sent before that, so "success" means both were tried.
 */
export const postCallback = routeWithBody<Body>({
  method: 'post', path: '/webhooks/callback/webhook', operation: 'postCallback', summary: 'Say something; the answer goes to the address of the callback channel',
  body: {
    type: 'object', required: ['sender', 'message'],
    properties: { sender: conversationId, message: text, metadata: { type: ['object', 'null'] }, message_id: orNull({ type: 'string' }) },
  },
  answers: {
    200: { description: 'success', type: 'text/plain' }, 404: { description: 'The project has no callback channel' },
    413: { description: 'The body is too large' }, 422: { description: 'The message_id was used for another message' },
    429: { description: 'Too many messages of this sender are waiting' }, 503: { description: 'Not kept; send it again with the same message_id' },
  },
  handle: (parts) => async (context, { sender, message, metadata, message_id }) => {
    if (parts.assistant.project.config.callbackUrl === null) throw new RequestRefused(404, 'NotFound', 'This project has no callback channel: name its address in credentials.yml (callback: {url: ...}).')
    onlyAsOneself(context, sender)
    const { messages } = await parts.assistant.handle({ conversation: sender, text: message, channel: 'callback', metadata: metadata ?? {}, ...(message_id && { messageKey: message_id }) })
    await delivered(parts, 'callback', messages.flatMap((each) => restMessages(sender, each)))
    return context.text('success')
  },
})

export const getCallbackChannel = route({
  method: 'get', path: '/webhooks/callback/', operation: 'getCallbackChannel', summary: 'Whether the callback channel is there', isOpen: true,
  answers: { 200: { description: 'It is', schema: record({ status: { const: 'ok' } }) } },
  handle: () => (context) => context.json({ status: 'ok' }),
})
