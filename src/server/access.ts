import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { RequestRefused } from './failure.js'

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Checks who asks: `Authorization: Bearer <token>` or `?token=<token>`, as Rasa does. Compared in constant time. */
export const accessCheck = (token: string | null): ((context: Context) => void) => {
  if (token === null) return () => { /* whoever started the server said so */ }
  const wanted = digest(token)
  return (context) => {
    const bearer = /^Bearer +(.+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
    const given = bearer ?? context.req.query('token')
    if (given === undefined || !timingSafeEqual(digest(given), wanted)) {
      throw new RequestRefused(401, 'NotAuthenticated', 'A valid token is needed: send "Authorization: Bearer <token>".')
    }
  }
}

/**
 * Another site's page must not speak for the person who looks at it: a browser says where a page came from, and only the
 * server's own pages and the listed origins may change anything.
 */
export const originCheck = (origins: readonly string[]): ((context: Context) => void) => (context) => {
  const origin = context.req.header('origin')
  if (origin === undefined || origins.includes(origin) || origins.includes('*')) return
  if (origin !== 'null' && URL.canParse(origin) && new URL(origin).host === context.req.header('host')) return
  throw new RequestRefused(403, 'ForeignOrigin', 'Pages of this origin may not call the assistant. Allow it with --cors.')
}
