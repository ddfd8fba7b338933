import { Ajv } from 'ajv'
import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { whereOf } from '../../assistant/log.js'
import type { SlotValue } from '../../project/types.js'
import { onlyAsOneself } from '../access.js'
import { limitedBytes } from '../body.js'
import type { ChannelMessage, Talk } from '../channel.js'
import { ChannelFailed } from '../errors.js'
import { failureOf } from '../failure.js'
import { route, type MountedChannel, type Route, type ServerParts } from '../route.js'
import { conversationId, record, text } from '../schemas.js'

const ajv = new Ajv({ strict: true })
const isMessage = ajv.compile<ChannelMessage>({
  type: 'object', required: ['sender_id', 'text'],
  properties: { sender_id: conversationId, text, metadata: { type: 'object' }, message_id: { type: 'string', minLength: 1, maxLength: 255 } },
})

/** A channel is code of the project: what it hands over is checked like a request. */
const talkTo = ({ assistant }: ServerParts, context: Context, channel: string): Talk => async (given: unknown) => {
  if (!isMessage(given)) throw new TypeError(`This is no message: ${ajv.errorsText(isMessage.errors, { dataVar: 'message' })}.`)
  onlyAsOneself(context, given.sender_id)
  const metadata = JSON.parse(JSON.stringify(given.metadata ?? {})) as Readonly<Record<string, SlotValue>>
  const { messages } = await assistant.handle({ conversation: given.sender_id, text: given.text, channel, metadata, ...(given.message_id !== undefined && { messageKey: given.message_id }) })
  return messages
}

/** The request as it came, with a body that is known not to be too large. */
const requestOf = async ({ req: { raw } }: Context, { limits }: ServerParts): Promise<Request> => {
  const { method, headers, url } = raw
  return new Request(url, { method, headers, ...(method !== 'GET' && method !== 'HEAD' && { body: new Uint8Array(await limitedBytes(raw, limits.bodyBytes)) }) })
}

// By its shape: the server's own Response class is not the one that fetch answers with.
const isResponse = (given: unknown): given is Response => typeof given === 'object' && given !== null && 'status' in given && 'headers' in given

const receivedBy = (parts: ServerParts, { channel, credentials }: MountedChannel) => async (context: Context): Promise<Response> => {
  const { name } = channel
  const request = await requestOf(context, parts)
  try {
    const response: unknown = await channel.receive(request, talkTo(parts, context, name), credentials)
    if (!isResponse(response)) throw new TypeError('The channel gave no Response.')
    return response
  } catch (error) {
    // What the assistant refuses has a status of its own; anything else is a mistake of the channel.
    if (failureOf(error, parts.version).failure.code !== 500) throw error
    const id = randomUUID()
    parts.log({ level: 'error', event: 'channel-failed', channel: name, id, ...whereOf(error) })
    return context.json(failureOf(new ChannelFailed(name, id), parts.version).failure, 500)
  }
}

/** /webhooks/NAME/webhook of every channel that the project brings along (calm-spec 11.5), and whether it is there. */
export const channelRoutes = (channels: readonly MountedChannel[] = []): readonly Route[] => channels.flatMap((mounted) => {
  const { name } = mounted.channel
  const answers: Route['answers'] = {
    200: { description: 'What the channel answers, with whatever status it chooses' }, 413: { description: 'The body is too large' },
    429: { description: 'Too many messages of this sender are waiting' }, 503: { description: 'Not kept; send it again' },
  }
  return [
    ...(['get', 'post'] as const).map((method) => route({
      method, path: `/webhooks/${name}/webhook`, operation: `${method}_${name}`, summary: `The project's own channel ${name}`, answers,
      handle: (parts) => receivedBy(parts, mounted),
    })),
    route({
      method: 'get', path: `/webhooks/${name}/`, operation: `has_${name}`, summary: `Whether the channel ${name} is there`, isOpen: true,
      answers: { 200: { description: 'It is', schema: record({ status: { const: 'ok' } }) } },
      handle: () => (context) => context.json({ status: 'ok' }),
    }),
  ]
})
