import { createHash } from 'node:crypto'
import { Hono, type Context } from 'hono'
import { cors } from 'hono/cors'
import { whereOf } from '../assistant/log.js'
import { accessCheck, originCheck } from './access.js'
import { failureOf, RequestRefused } from './failure.js'
import type { Route, ServerParts } from './route.js'
import { routes } from './routes/all.js'
import { channelRoutes } from './routes/channels.js'

export const defaultLimits = { bodyBytes: 65_536, answerMilliseconds: 60_000 } as const

/** A slash at the end of a request makes no difference. */
const honoPath = ({ path }: Route): string => path.replace(/\{(\w+)\}/g, ':$1').replace(/(?<=.)\/$/, '')

/** The whole server as a function from request to response; `listen` puts it on a port. */
export const createApp = (parts: ServerParts): Hono => {
  const app = new Hono({ strict: false })
  const mayCome = accessCheck(parts)
  const mayChange = originCheck(parts.origins)
  if (parts.origins.length > 0) app.use(cors({ origin: [...parts.origins], allowHeaders: ['authorization', 'content-type', 'idempotency-key'], maxAge: 600 }))

  const failed = (context: Context, error: unknown): Response => {
    const { failure, headers } = failureOf(error, parts.version)
    if (failure.code >= 500) parts.log({ level: 'error', event: 'request-failed', code: failure.code, reason: failure.reason, ...whereOf(error) })
    return context.json(failure, failure.code as 500, headers)
  }
  for (const each of [...routes, ...channelRoutes(parts.channels)]) {
    const handle = each.handler(parts)
    app.on(each.method, honoPath(each), async (context) => {
      const started = performance.now()
      let response: Response
      try {
        if (!each.isOpen) await mayCome(context)
        if (each.method !== 'get') mayChange(context)
        response = await handle(context)
      } catch (error) {
        response = failed(context, error)
      }
      parts.log({
        level: each.isOpen ? 'debug' : 'info', event: 'request', method: each.method, path: each.path, status: response.status,
        milliseconds: Math.round(performance.now() - started), ...conversationMark(context),
      })
      return response
    })
  }
  app.notFound((context) => failed(context, notFound(context)))
  app.onError((error, context) => failed(context, error))
  return app
}

const notFound = ({ req }: Context): RequestRefused =>
  new RequestRefused(404, 'NotFound', `There is no route ${req.method} at this path. GET /openapi.json lists all routes.`)

/** Ids of conversations are often phone numbers or names: the log gets a mark that is the same for the same id. */
const conversationMark = ({ req }: Context): { readonly conversation?: string } => {
  const id = req.param('id')
  return id === undefined ? {} : { conversation: createHash('sha256').update(id).digest('hex').slice(0, 8) }
}
