import { generateKeyPairSync } from 'node:crypto'
import { sign } from 'hono/jwt'
import { describe, expect, it } from 'vitest'
import { openServer } from './server.js'

const secret = 'a key of at least thirty-two characters'
const bearer = async (payload: Parameters<typeof sign>[0], key = secret): Promise<{ readonly headers: Readonly<Record<string, string>> }> =>
  ({ headers: { authorization: `Bearer ${await sign(payload, key, 'HS256')}` } })
const admin = { user: { username: 'boss', role: 'admin' } }
const ann = { user: { username: 'ann', role: 'user' } }
const jwt = { secret, method: 'HS256' } as const

describe('signed tokens (11.4: auth by JWT bearer)', () => {
  it('of an admin open everything', async () => {
    const server = await openServer({ jwt })
    expect((await server.call('GET', '/conversations', await bearer(admin))).status).toBe(200)
    expect((await server.call('GET', '/conversations/ann/tracker', await bearer(admin))).status).toBe(200)
  })

  it('of a user open their own conversation and nothing else', async () => {
    const server = await openServer({ jwt })
    const as = await bearer(ann)
    expect((await server.call('GET', '/conversations/ann/tracker', as)).status).toBe(200)
    for (const path of ['/conversations/bob/tracker', '/conversations', '/status', '/domain']) expect(await server.call('GET', path, as)).toMatchObject({ status: 403, json: { reason: 'NotAuthorized' } })
    expect((await server.call('POST', '/webhooks/rest/webhook', { ...as, body: { sender: 'ann', message: 'hello' } })).status).toBe(200)
    expect(await server.call('POST', '/webhooks/rest/webhook', { ...as, body: { sender: 'bob', message: 'hello' } })).toMatchObject({ status: 403 })
    expect(await server.parts.store.conversations(5, 0)).toEqual(['ann'])
  })

  it.each<readonly [string, Parameters<typeof sign>[0], string]>([
    ['signed with another key', admin, 'another key of more than thirty-two characters'], ['out of date', { ...admin, exp: 1_000 }, secret], ['without a user', { role: 'admin' }, secret],
  ])('%s open nothing', async (_, payload, key) => {
    expect((await (await openServer({ jwt })).call('GET', '/status', await bearer(payload, key))).status).toBe(401)
  })

  it('of another role open nothing, and neither does one in the address', async () => {
    const server = await openServer({ jwt })
    expect((await server.call('GET', '/status', await bearer({ user: { username: 'x', role: 'owner' } }))).status).toBe(403)
    expect((await server.call('GET', `/status?token=${await sign(admin, secret, 'HS256')}`)).status).toBe(401)
    const [header = '', payload = ''] = (await sign(admin, secret, 'HS256')).split('.')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    for (const token of [`${none}.${payload}.`, `${header}.${payload}.`, 'x']) expect((await server.call('GET', '/status', { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
  })

  it('may be signed with a private key, and stand beside a plain token', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
    const server = await openServer({ token: 's3cret', jwt: { secret: publicKey, method: 'RS256' } })
    expect((await server.call('GET', '/status', { headers: { authorization: `Bearer ${await sign(admin, privateKey, 'RS256')}` } })).status).toBe(200)
    expect((await server.call('GET', '/status', await bearer(admin, publicKey))).status).toBe(401)
    expect((await server.call('GET', '/status?token=s3cret')).status).toBe(200)
  })
})
