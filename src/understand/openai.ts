import { setTimeout as pause } from 'node:timers/promises'
import { readCommands } from '../dialogue/command-text.js'
import { boundedText } from '../fetch/bounded-text.js'
import { endToken, promptText } from '../language/prompt.js'
import type { CommandModel, Question } from './command-model.js'
import type { Decoded } from './decoder.js'
import { ModelServerFailed } from './errors.js'
import { fullPrompt } from './full-prompt.js'
import { legalPart } from './legal-part.js'

type OpenAiOptions = {
  /** Address of the API, such as http://localhost:8000/v1. */
  readonly server: string
  readonly model: string
  readonly apiKey: string | null
  /** `full`: any chat model, with everything spelled out. `tuned`: a model with attune's adapter, through /completions. */
  readonly layout: 'full' | 'tuned'
  /** Time for one attempt. */
  readonly attemptMilliseconds: number
  /** Attempts after the first one, for failures that may pass. */
  readonly retries: number
  /** Pause before the first retry; it doubles each time. A server's Retry-After counts, up to `longestPauseMilliseconds`. */
  readonly pauseMilliseconds: number
  readonly longestPauseMilliseconds: number
  readonly maximumTokens: number
}
export type GivenOpenAiOptions = Pick<OpenAiOptions, 'server' | 'model'> & Partial<OpenAiOptions>

const openAiOptions = (given: GivenOpenAiOptions): OpenAiOptions => ({
  apiKey: null, layout: 'full', attemptMilliseconds: 10_000, retries: 2, pauseMilliseconds: 250, longestPauseMilliseconds: 5_000, maximumTokens: 256, ...given,
})

/**
 * Any server with OpenAI's API. Its text is read as commands and cut down to what is legal; such a server tells no
 * probabilities over legal commands, so 1 is reported and no candidates. Throws ModelServerFailed.
 */
export const openOpenAi = (given: GivenOpenAiOptions): CommandModel => {
  const options = openAiOptions(given)
  return {
    version: `${options.model}@${hostOf(options.server)}`,
    read: async (question, signal): Promise<Decoded> => {
      const { path, body } = requestFor(options, question)
      const text = await asked(options, path, body, signal)
      // What is no value of its slot is dropped by what is legal: here nothing has to be taken for the word for nothing.
      const commands = legalPart(question.start, readCommands(text, () => true))
      return { commands: commands.length > 0 ? commands : [{ command: 'cannot handle' }], probability: 1, candidates: [], calls: 1 }
    },
    dispose: async () => undefined,
  }
}

const hostOf = (server: string): string => {
  if (URL.canParse(server) && /^https?:$/.test(new URL(server).protocol)) return new URL(server).host
  throw new ModelServerFailed(server, 'its address is no http or https URL, such as http://localhost:8000/v1', 0)
}

const requestFor = ({ layout, model, maximumTokens }: OpenAiOptions, { project, situation, message, prompt, start }: Question): { readonly path: string; readonly body: unknown } => {
  const common = { model, temperature: 0, max_tokens: maximumTokens }
  if (layout === 'full') return { path: 'chat/completions', body: { ...common, messages: fullPrompt(project, situation, start.legal, message) } }
  // The prompt brings its own special tokens: a chat endpoint would put a template around it that the model was not tuned with.
  return { path: 'completions', body: { ...common, prompt: promptText(prompt), stop: [endToken], add_special_tokens: false } }
}

/** An attempt's text, or why there is none and whether another attempt may help. */
type Attempt = { readonly text: string } | { readonly failure: string; readonly mayPass: boolean; readonly after: number; readonly cause?: unknown }

const asked = async (options: OpenAiOptions, path: string, body: unknown, signal: AbortSignal): Promise<string> => {
  for (let attempts = 1; ; attempts++) {
    const attempt = await attempted(options, path, body, signal)
    if ('text' in attempt) return attempt.text
    if (!attempt.mayPass || attempts > options.retries) throw new ModelServerFailed(options.server, attempt.failure, attempts, { cause: attempt.cause })
    const wait = Math.max(attempt.after, options.pauseMilliseconds * 2 ** (attempts - 1))
    await pause(Math.min(wait, options.longestPauseMilliseconds), undefined, { signal }).catch(() => { signal.throwIfAborted() })
  }
}

const attempted = async ({ server, apiKey, attemptMilliseconds }: OpenAiOptions, path: string, body: unknown, signal: AbortSignal): Promise<Attempt> => {
  const limit = AbortSignal.timeout(attemptMilliseconds)
  try {
    const response = await fetch(`${server.replace(/\/+$/, '')}/${path}`, {
      method: 'POST', redirect: 'error', signal: AbortSignal.any([signal, limit]), body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) },
    })
    if (!response.ok) return await refusal(response)
    const text = contentOf(await limitedText(response))
    return text === null ? { failure: 'its answer holds no choices[0] with a text', mayPass: false, after: 0 } : { text }
  } catch (cause) {
    signal.throwIfAborted()
    const failure = limit.aborted ? `no answer within ${attemptMilliseconds} ms` : `it cannot be reached (${reasonOf(cause)})`
    return { failure, mayPass: true, after: 0, cause }
  }
}

const refusal = async (response: Response): Promise<Attempt> => {
  await response.body?.cancel()
  const after = Number(response.headers.get('retry-after') ?? 0)
  const advice = response.status === 401 || response.status === 403 ? '; check the API key' : response.status === 404 ? '; check address and model name' : ''
  return {
    failure: `it answered ${response.status} ${response.statusText}${advice}`,
    mayPass: [408, 409, 425, 429].includes(response.status) || response.status >= 500,
    after: Number.isFinite(after) ? after * 1000 : 0,
  }
}

const answerLimit = 1 << 20

/** The body as text; what goes beyond the limit is no answer of ours. */
const limitedText = async (response: Response): Promise<string> => {
  const text = await boundedText(response, answerLimit)
  if (text === null) throw new Error(`its answer is longer than ${answerLimit} bytes`)
  return text
}

const contentOf = (body: string): string | null => {
  try {
    const { choices } = JSON.parse(body) as { readonly choices?: readonly { readonly text?: unknown; readonly message?: { readonly content?: unknown } }[] }
    const content = choices?.[0]?.message?.content ?? choices?.[0]?.text
    return typeof content === 'string' ? content : null
  } catch {
    return null
  }
}

const reasonOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return 'unknown reason'
  const inner = cause.cause
  return inner instanceof Error && 'code' in inner ? String(inner.code) : cause.message
}
