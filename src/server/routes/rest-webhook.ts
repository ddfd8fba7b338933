import type { Answer, Assistant, Incoming } from '../../assistant/assistant.js'
import type { SlotValue } from '../../project/types.js'
import { onlyAsOneself } from '../access.js'
import { AnswerLate } from '../errors.js'
import { RequestRefused } from '../failure.js'
import { route, routeWithBody } from '../route.js'
import { anything, button, conversationId, listOf, orNull, record, text } from '../schemas.js'
import { restMessages } from './rest-messages.js'

type Body = {
  readonly sender: string
  readonly message: string
  readonly metadata?: Readonly<Record<string, SlotValue>> | null
  readonly input_channel?: string | null
  readonly message_id?: string | null
}
const key = { type: 'string', minLength: 1, maxLength: 255 } as const

const body = {
  type: 'object',
  required: ['sender', 'message'],
  properties: {
    sender: { ...conversationId, description: 'Who speaks: the id of the conversation' },
    message: { type: 'string', description: 'What was said; how long it may be is the assistant\'s own setting, and answered by it' },
    metadata: { type: ['object', 'null'], description: 'Anything the channel knows about the message' },
    input_channel: { type: ['string', 'null'], maxLength: 64, description: 'Name of the channel, "rest" unless given: responses may differ by it' },
    message_id: { ...orNull(key), description: 'Names the message for ever; see Idempotency-Key' },
  },
} as const

const answer = listOf({
  type: 'object', required: ['recipient_id'],
  properties: { recipient_id: text, text, buttons: listOf(button), image: text, attachment: anything, custom: anything },
})

/** POST /webhooks/rest/webhook, as in Rasa (calm-spec 11.5): the answer is sent once the turn is stored. */
export const postMessage = routeWithBody<Body>({
  method: 'post', path: '/webhooks/rest/webhook', operation: 'postMessage', summary: 'Say something and get the answer',
  parameters: [
    { name: 'stream', in: 'query', description: 'true: one JSON object a line instead of one list', schema: { type: 'string' } },
    { name: 'idempotency-key', in: 'header', description: 'The same key gets the same answer, and nothing happens twice; message_id does the same', schema: key },
  ],
  body,
  answers: {
    200: { description: 'What the assistant says, bubble by bubble', schema: answer },
    413: { description: 'The body is too large' }, 422: { description: 'The key was used for another message' },
    429: { description: 'Too many messages of this sender are waiting' }, 503: { description: 'Not kept; send it again with the same key' },
  },
  handle: ({ assistant, limits }) => async (context, { sender, message, metadata, input_channel, message_id }) => {
    onlyAsOneself(context, sender)
    const header = context.req.header('idempotency-key')
    if (header !== undefined && (header === '' || header.length > 255)) throw new RequestRefused(400, 'BadRequest', 'The header Idempotency-Key must have 1 to 255 characters.', { field: 'idempotency-key' })
    const messageKey = header ?? message_id ?? undefined
    const { messages } = await inTime(assistant, limits.answerMilliseconds, {
      conversation: sender, text: message, channel: input_channel ?? 'rest', metadata: metadata ?? {}, ...(messageKey !== undefined && { messageKey }),
    })
    const bubbles = messages.flatMap((each) => restMessages(sender, each))
    if (context.req.query('stream') !== 'true') return context.json(bubbles)
    return context.body(bubbles.map((bubble) => `${JSON.stringify(bubble)}\n`).join(''), 200, { 'content-type': 'text/event-stream' })
  },
})

export const getRestChannel = route({
  method: 'get', path: '/webhooks/rest/', operation: 'getRestChannel', summary: 'Whether the REST channel is there', isOpen: true,
  answers: { 200: { description: 'It is', schema: record({ status: { const: 'ok' } }) } },
  handle: () => (context) => context.json({ status: 'ok' }),
})

const inTime = async (assistant: Assistant, milliseconds: number, incoming: Incoming): Promise<Answer> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AnswerLate(milliseconds)), milliseconds)
  })
  try {
    return await Promise.race([assistant.handle(incoming), late])
  } finally {
    clearTimeout(timer)
  }
}
