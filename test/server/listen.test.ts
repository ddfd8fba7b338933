import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { listen, type Listening } from '../../src/server/listen.js'
import type { Understander } from '../../src/understand/understanding.js'
import { words } from '../assistant/bank.js'
import { scripted } from '../assistant/scripted.js'
import { openServer } from './server.js'

let listening: Listening | null = null
afterEach(async () => { await listening?.stop(100); listening = null })

const start = async (understander: Understander = scripted(words)): Promise<Listening & { readonly post: (body: string) => Promise<Response> }> => {
  const { app, assistant } = await openServer({}, { understander })
  const opened = await listen({ app, assistant, host: '127.0.0.1', port: 0, hasToken: false, withoutToken: false })
  listening = opened
  return { ...opened, post: (body) => fetch(`${opened.url}/webhooks/rest/webhook`, { method: 'POST', body, headers: { 'content-type': 'application/json' } }) }
}
/** Tells when it is asked, and answers after so long, or never. */
const slow = (milliseconds: number | null): Understander & { readonly asked: Promise<void> } => {
  let tell: () => void = () => { /* set below */ }
  const asked = new Promise<void>((resolve) => { tell = resolve })
  return { ...scripted(words), asked, understand: async (...of) => {
    tell()
    await new Promise((resolve) => { if (milliseconds !== null) setTimeout(resolve, milliseconds) })
    return scripted(words).understand(...of)
  } }
}

describe('a server on a port', () => {
  it('answers messages', async () => {
    const { post } = await start()
    const response = await post('{"sender": "a", "message": "pay somebody"}')
    expect([response.status, await response.json()]).toEqual([200, [{ recipient_id: 'a', text: 'To whom?' }]])
  })

  it('answers a message of a megabyte with 413, and goes on', async () => {
    const { post } = await start()
    const response = await post(JSON.stringify({ sender: 'a', message: 'x'.repeat(1_000_000) }))
    expect([response.status, await response.json()]).toMatchObject([413, { reason: 'BodyTooLarge' }])
    expect((await post('{"sender": "a", "message": "hello"}')).status).toBe(200)
  })

  it.each([['a path that cannot be decoded', 'GET /conversations/%E0%A4%A/tracker HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'], ['no HTTP at all', 'hello\r\n\r\n'], ['two lengths', 'POST /webhooks/rest/webhook HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n']])('survives %s', async (_, request) => {
    const { url, post } = await start()
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(request))
      let text = ''
      socket.on('data', (data) => { text += data.toString() })
      socket.on('close', () => resolve(text))
      socket.on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1\.1 [24]\d\d /)
    expect((await post('{"sender": "a", "message": "hello"}')).status).toBe(200)
  })

  it('finishes running turns when it stops, and takes no more', async () => {
    const understander = slow(150)
    const { post, stop, url } = await start(understander)
    const running = post('{"sender": "a", "message": "pay somebody"}')
    await understander.asked
    const stopped = stop(5_000)
    expect(await (await running).json()).toEqual([{ recipient_id: 'a', text: 'To whom?' }])
    await stopped
    await expect(fetch(url)).rejects.toThrow()
  })

  it('does not wait for turns that never end', async () => {
    const understander = slow(null)
    const { post, stop } = await start(understander)
    const running = post('{"sender": "a", "message": "pay somebody"}').then((response) => response.status, () => 'cut')
    await understander.asked
    await stop(50)
    expect([503, 'cut']).toContain(await running)
  })

  it('refuses to be open to a network without a token', async () => {
    const { app, assistant } = await openServer()
    const at = (host: string, more = {}): Promise<Listening> => listen({ app, assistant, host, port: 0, hasToken: false, withoutToken: false, ...more })
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.org']) await expect(at(host)).rejects.toMatchObject({ name: 'OpenToAll', host })
    for (const more of [{ hasToken: true }, { withoutToken: true }]) await (await at('0.0.0.0', more)).stop(10)
    await (await at('localhost')).stop(10)
  })

  it('says that a port is taken', async () => {
    const { url } = await start()
    const { app, assistant } = await openServer()
    await expect(listen({ app, assistant, host: '127.0.0.1', port: Number(new URL(url).port), hasToken: false, withoutToken: false })).rejects.toMatchObject({ name: 'PortTaken', reason: 'EADDRINUSE' })
  })
})
