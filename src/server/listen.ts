import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import type { Assistant } from '../assistant/assistant.js'
import { OpenToAll, PortTaken } from './errors.js'

export type ListenOptions = {
  readonly app: Hono
  readonly assistant: Assistant
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  readonly hasToken: boolean
  /** Somebody else checks who may come in, or nobody needs to. */
  readonly withoutToken: boolean
}
export type Listening = {
  readonly url: string
  /** Begins nothing new, finishes running turns for at most `graceMilliseconds`, then closes every connection. */
  readonly stop: (graceMilliseconds?: number) => Promise<void>
}

/** Throws OpenToAll where everybody on the network could come in. */
export const checkAccess = ({ host, hasToken, withoutToken }: Pick<ListenOptions, 'host' | 'hasToken' | 'withoutToken'>): void => {
  if (!hasToken && !withoutToken && !isLoopback(host)) throw new OpenToAll(host)
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)

/** Puts an app on a port. Throws OpenToAll and PortTaken. */
export const listen = async ({ app, assistant, host, port, hasToken, withoutToken }: ListenOptions): Promise<Listening> => {
  checkAccess({ host, hasToken, withoutToken })
  // Whoever sends slowly must not hold a connection for ever; answers may take as long as a turn takes.
  const serverOptions = { headersTimeout: 8_000, requestTimeout: 8_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 2_000 }
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions }) as Server
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new PortTaken(host, port, error.code ?? error.message, { cause: error })))
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    stop: async (graceMilliseconds = 9_000) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await assistant.stop(graceMilliseconds)
      // The last answers are on their way; what is still open after that is idle or stuck.
      const timer = setTimeout(() => server.closeAllConnections(), 500)
      server.closeIdleConnections()
      await closed
      clearTimeout(timer)
    },
  }
}
