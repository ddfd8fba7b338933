import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { verify } from 'hono/jwt'
import { RequestRefused } from './failure.js'

export const jwtMethods = ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const
/** Signed tokens that say who asks: `{"user": {"username": ..., "role": "admin" | "user"}}`, as Rasa reads them. */
export type JwtKey = { readonly secret: string; readonly method: (typeof jwtMethods)[number] }
export type AccessKeys = { readonly token: string | null; readonly jwt?: JwtKey | null }

const digest = (token: string): Buffer => createHash('sha256').update(token).digest()
const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted))

/**
 * Checks who asks: `Authorization: Bearer <token>` or `?token=<token>`, compared in constant time, or a signed token.
 * Whoever comes with the role `user` may talk as themselves and see their own conversation, which has their name as id.
 */
export const accessCheck = ({ token, jwt = null }: AccessKeys): ((context: Context) => Promise<void>) => async (context) => {
  if (token === null && jwt === null) return // whoever started the server said so
  const bearer = /^Bearer +(.+)$/i.exec(context.req.header('authorization') ?? '')?.[1]
  const given = bearer ?? context.req.query('token')
  if (given !== undefined && token !== null && isSame(given, token)) return
  const user = bearer === undefined || jwt === null ? null : await userOf(bearer, jwt)
  if (user === null) throw new RequestRefused(401, 'NotAuthenticated', 'A valid token is needed: send "Authorization: Bearer <token>".')
  if (user.role === 'admin') return
  const isOwn = /^\/+webhooks\//.test(context.req.path) || (/^\/+conversations\//.test(context.req.path) && context.req.param('id') === user.username)
  if (user.role !== 'user' || !isOwn) throw new RequestRefused(403, 'NotAuthorized', 'This token allows only its own conversation.')
  context.set(speaker, user.username)
}

const speaker = 'speaker'
/** Refuses a message in somebody else's name. */
export const onlyAsOneself = (context: Context, sender: string): void => {
  const name = context.get(speaker) as string | undefined
  if (name !== undefined && name !== sender) throw new RequestRefused(403, 'NotAuthorized', 'This token allows only its own conversation.')
}

type User = { readonly username: unknown; readonly role: unknown }
const userOf = async (signed: string, { secret, method }: JwtKey): Promise<User | null> => {
  try {
    const { user } = await verify(signed, secret, method)
    return typeof user === 'object' && user !== null ? { username: null, role: null, ...user } : null
  } catch {
    return null // out of date, signed by somebody else, or no such token at all: who asks is told no more
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
