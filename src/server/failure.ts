import { ActionFailed } from '../actions/errors.js'
import { ConversationBusy, ConversationContended, AssistantStopping, MessageKeyReused, SessionIsOver } from '../assistant/errors.js'
import { StoreFull, StoreUnavailable } from '../store/errors.js'
import { NoModelLoaded } from '../understand/errors.js'
import { AnswerLate, ChannelFailed } from './errors.js'

/** An error as Rasa's HTTP API writes it (calm-spec 11.4). */
export type Failure = {
  readonly version: string
  readonly status: 'failure'
  readonly reason: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
  readonly code: number
}

/** Something wrong with a request, known in a route: becomes a Failure of this status. Never quotes what the request said. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused'
  constructor(readonly code: 400 | 401 | 403 | 404 | 413 | 415 | 422, readonly reason: string, message: string, readonly details: Readonly<Record<string, unknown>> = {}) {
    super(message)
  }
}

type Answered = { readonly code: number; readonly reason: string; readonly message: string; readonly details?: Readonly<Record<string, unknown>>; readonly retryAfterSeconds?: number }

/** The one place where errors become status codes. What is not known here is our own mistake, and tells nothing of itself. */
const answered = (error: unknown): Answered => {
  if (error instanceof RequestRefused) return error
  if (error instanceof MessageKeyReused) return { code: 422, reason: 'MessageKeyReused', message: error.message }
  if (error instanceof SessionIsOver) return { code: 409, reason: 'SessionIsOver', message: error.message }
  if (error instanceof NoModelLoaded) return { code: 409, reason: 'NoModelLoaded', message: error.message }
  if (error instanceof ActionFailed) return { code: 400, reason: 'BadRequest', message: `The events cannot be added: ${error.detail}.` }
  if (error instanceof ConversationBusy) return { code: 429, reason: 'ConversationBusy', message: error.message, retryAfterSeconds: 1 }
  if (error instanceof AssistantStopping) return { code: 503, reason: 'Stopping', message: error.message, retryAfterSeconds: 2 }
  if (error instanceof ConversationContended) return { code: 503, reason: 'ConversationContended', message: error.message, retryAfterSeconds: 1 }
  if (error instanceof AnswerLate) return { code: 503, reason: 'AnswerLate', message: error.message, retryAfterSeconds: 5 }
  if (error instanceof StoreFull) return { code: 503, reason: 'StoreFull', message: 'There is no room to keep the conversation. Nothing of this message was kept; send it again later.', retryAfterSeconds: 30 }
  if (error instanceof StoreUnavailable) return { code: 503, reason: 'StoreUnavailable', message: 'The conversation cannot be kept at the moment. Send the message again with the same Idempotency-Key.', retryAfterSeconds: 5 }
  if (error instanceof ChannelFailed) return { code: 500, reason: 'ChannelFailed', message: error.message, details: { channel: error.channel, id: error.id } }
  return { code: 500, reason: 'InternalError', message: 'Something went wrong in the server. Its log says what.' }
}

export const failureOf = (error: unknown, version: string): { readonly failure: Failure; readonly headers: Readonly<Record<string, string>> } => {
  const { code, reason, message, details = {}, retryAfterSeconds } = answered(error)
  return {
    failure: { version, status: 'failure', reason, message, details, code },
    headers: { ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }), ...(code === 401 && { 'www-authenticate': 'Bearer' }) },
  }
}
