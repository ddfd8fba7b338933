import { whereOf } from '../assistant/log.js'
import type { ServerParts } from './route.js'
import type { RestMessage } from './routes/rest-messages.js'

const attempts = 3
const timeoutMilliseconds = 5_000

/**
 * Posts bubbles to the address of the callback channel, one after the other; other channels have none. One that cannot be delivered
 * after three tries is logged and the rest still sent: the turn itself is kept, and GET .../tracker shows it.
 */
export const delivered = async ({ assistant, log }: Pick<ServerParts, 'assistant' | 'log'>, channel: string, bubbles: readonly RestMessage[]): Promise<void> => {
  const url = assistant.project.config.callbackUrl
  if (channel !== 'callback' || url === null) return
  for (const bubble of bubbles) {
    const error = await failureOfPost(url, JSON.stringify(bubble))
    if (error !== null) log({ level: 'error', event: 'callback-failed', ...error })
  }
}

const failureOfPost = async (url: string, body: string): Promise<Readonly<Record<string, unknown>> | null> => {
  let failure: Readonly<Record<string, unknown>> | null = null
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    try {
      const { ok, status, body: rest } = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body, redirect: 'manual', signal: AbortSignal.timeout(timeoutMilliseconds) })
      await rest?.cancel()
      if (ok) return null
      failure = { status }
    } catch (error) {
      failure = whereOf(error)
    }
  }
  return failure
}
