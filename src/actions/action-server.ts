import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { boundedText } from '../fetch/bounded-text.js'
import type { Project } from '../project/types.js'
import type { ActionAnswer, ActionRequest } from './action.js'
import { checkedAnswer, limits } from './answer.js'
import { domainJson } from './domain-json.js'
import { ActionFailed, ActionRejected, type FailureReason } from './errors.js'
import { parseJson } from './limited-json.js'
import { responsesAsMessages } from './server-responses.js'
import type { RasaTracker } from './tracker-json.js'

export type ActionServerOptions = {
  readonly url: string
  /** For the whole step, its repeats included. */
  readonly timeoutMilliseconds: number
  /** Compresses requests, as COMPRESS_ACTION_SERVER_REQUEST does. */
  readonly deflate?: boolean
  /** From 0 to 1, spreads the pauses between repeats. */
  readonly random?: () => number
  readonly version?: string
}
export type RemoteRequest = ActionRequest & { readonly tracker: () => Promise<RasaTracker> }
type Reply = { readonly status: number; readonly text: string }

const attempts = 3
const pauseMilliseconds = 100
/** The server did not do the work, or a proxy could not reach it: the same request may be sent again. */
const passing: readonly number[] = [429, 502, 503, 504]

/**
 * Runs an action on a Rasa action server (calm-spec 11.6). All requests of one step carry one `Idempotency-Key`, so
 * that a server which keeps it does the work once. Throws ActionFailed and ActionRejected.
 */
export const runOnServer = async (project: Project, request: RemoteRequest, options: ActionServerOptions): Promise<ActionAnswer> => {
  const { action, conversation } = request
  const body = {
    next_action: action, sender_id: conversation, tracker: await request.tracker(),
    domain_digest: project.version, version: options.version ?? '3.16.0',
  }
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(options.timeoutMilliseconds)])
  try {
    let reply = await sent(body, request, options, signal)
    // The server does not know our domain yet: once more, with it.
    if (reply.status === 449) reply = await sent({ ...body, domain: domainJson(project) }, request, options, signal)
    return answerOf(project, action, reply)
  } catch (error) {
    if (error instanceof ActionFailed || error instanceof ActionRejected) throw error
    if (request.signal.aborted) throw new ActionFailed(action, 'stopped', 'the turn was stopped', { cause: error })
    if (signal.aborted) throw new ActionFailed(action, 'timeout', `the action server took longer than ${options.timeoutMilliseconds} ms`, { cause: error })
    throw new ActionFailed(action, 'unreachable', `the action server ${options.url} does not answer (${codeOf(error)})`, { cause: error })
  }
}

const sent = async (body: object, request: RemoteRequest, options: ActionServerOptions, signal: AbortSignal): Promise<Reply> => {
  const json = Buffer.from(JSON.stringify(body))
  const headers = {
    'content-type': 'application/json', 'accept': 'application/json', 'idempotency-key': request.idempotencyKey,
    ...(options.deflate === true && { 'content-encoding': 'deflate' }),
  }
  const bytes = options.deflate === true ? await promisify(deflate)(json) : json
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await fetch(options.url, { method: 'POST', headers, body: bytes, signal, redirect: 'manual' })
      if (attempt < attempts && passing.includes(response.status)) await response.body?.cancel()
      else return { status: response.status, text: await limitedText(request.action, response) }
    } catch (error) {
      if (error instanceof ActionFailed || signal.aborted || attempt >= attempts) throw error
    }
    // Full jitter: many conversations that failed together do not come back together.
    await wait((options.random ?? Math.random)() * pauseMilliseconds * 2 ** attempt, undefined, { signal })
  }
}

const limitedText = async (action: string, response: Response): Promise<string> => {
  const text = await boundedText(response, limits.bytes)
  if (text === null) throw new ActionFailed(action, 'too-large', `the answer of the action server is larger than ${limits.bytes} bytes`)
  return text
}

const refusals: Readonly<Record<number, readonly [FailureReason, string]>> = {
  404: ['unknown-action', 'the action server does not know it'],
  449: ['server-error', 'the action server asked for the domain again although it was sent'],
}

const answerOf = (project: Project, action: string, { status, text }: Reply): ActionAnswer => {
  if (status === 400) throw new ActionRejected(action, 'status 400')
  if (status !== 200) throw new ActionFailed(action, ...(refusals[status] ?? ['server-error', `the action server answered with status ${status}`] as const))
  const parsed = parseJson(text, limits)
  if ('fault' in parsed) throw new ActionFailed(action, 'invalid-answer', `the answer of the action server cannot be read: ${parsed.fault}`)
  return checkedAnswer(project, action, responsesAsMessages(parsed.value))
}

const codeOf = (error: unknown): string => {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return inner instanceof Error && 'code' in inner && typeof inner.code === 'string' ? inner.code : 'no reason given'
}
