import { Ajv } from 'ajv'
import type { BotData } from '../dialogue/events.js'
import type { BotMessage } from '../dialogue/outcome.js'
import { boundedText } from '../fetch/bounded-text.js'
import type { Button, SlotValue } from '../project/types.js'
import { ResponseServerFailed } from './errors.js'

/** What a server is told that words a response (`nlg: {url}` of endpoints.yml), in Rasa's words. */
export type ResponseRequest = {
  readonly response: string
  /** Of the variation that would be said here. */
  readonly id: string | null
  readonly arguments: Readonly<Record<string, SlotValue>>
  readonly channel: { readonly name: string }
  readonly tracker: object
}
/** Throws ResponseServerFailed. */
export type ResponseServer = (request: ResponseRequest, signal: AbortSignal) => Promise<BotMessage>

const maximumBytes = 1_048_576

type Worded = { readonly text?: string | null; readonly buttons?: readonly Button[] | null; readonly image?: string | null } & { readonly [K in 'attachment' | 'custom']?: SlotValue } & { readonly [K in 'elements' | 'quick_replies']?: readonly SlotValue[] | null }
const ajv = new Ajv({ strict: true, allowUnionTypes: true })
const list = { type: ['array', 'null'] } as const
const isWorded = ajv.compile<Worded>({
  type: 'object',
  properties: {
    text: { type: ['string', 'null'] }, image: { type: ['string', 'null'] }, attachment: {}, custom: {}, elements: list, quick_replies: list,
    buttons: { ...list, items: { type: 'object', required: ['title', 'payload'], properties: { title: { type: 'string' }, payload: { type: 'string' }, type: { type: 'string' } } } },
  },
})

export const responseServer = ({ url, timeoutMilliseconds }: { readonly url: string; readonly timeoutMilliseconds: number }): ResponseServer => async (request, signal) => {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMilliseconds)])
  try {
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request), signal: limit, redirect: 'manual' })
    if (answer.status !== 200) throw new ResponseServerFailed(`it answered with status ${answer.status}`)
    const worded: unknown = JSON.parse(await limitedText(answer))
    if (!isWorded(worded)) throw new ResponseServerFailed(`its answer has the wrong shape: ${ajv.errorsText(isWorded.errors, { dataVar: 'answer' })}`)
    return messageOf(request.response, worded)
  } catch (error) {
    if (error instanceof ResponseServerFailed) throw error
    throw new ResponseServerFailed(limit.aborted ? `it took longer than ${timeoutMilliseconds} ms` : error instanceof SyntaxError ? 'its answer is not JSON' : 'it does not answer', { cause: error })
  }
}

const limitedText = async (answer: Response): Promise<string> => {
  const text = await boundedText(answer, maximumBytes)
  if (text === null) throw new ResponseServerFailed(`its answer is larger than ${maximumBytes} bytes`)
  return text
}

/** Without text there must be something else to show (Rasa 3.13.3). */
const messageOf = (response: string, { text = null, image, buttons, attachment = null, custom = null, elements, quick_replies }: Worded): BotMessage => {
  const data: BotData = {
    ...(buttons && buttons.length > 0 && { buttons }), ...(image && { image }), ...(attachment !== null && { attachment }), ...(custom !== null && { custom }),
    ...(elements && elements.length > 0 && { elements }), ...(quick_replies && quick_replies.length > 0 && { quick_replies }),
  }
  if (text === null && Object.keys(data).length === 0) throw new ResponseServerFailed('its answer says nothing')
  return { text, data, metadata: { utter_action: response } }
}
