import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { bankProject } from '../assistant/bank.js'
import { openServer, type TestServer } from './server.js'

let receiver: Server | null = null
afterEach(() => { receiver?.closeAllConnections(); receiver?.close() })

/** A server whose callback goes to a receiver that answers with these statuses in turn, the last one for ever. */
const withReceiver = async (...statuses: readonly number[]): Promise<{ readonly server: TestServer; readonly received: unknown[] }> => {
  const received: unknown[] = []
  let count = 0
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => { body += chunk.toString() })
    request.on('end', () => {
      const status = statuses[Math.min(count++, statuses.length - 1)] ?? 200
      if (status === 200) received.push(JSON.parse(body))
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => receiver?.listen(0, '127.0.0.1', resolve))
  const callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/bot`
  return { server: await openServer({}, { project: { ...bankProject, config: { ...bankProject.config, callbackUrl } } }), received }
}
const body = (message: string, more = {}) => ({ body: { sender: 'ann', message, ...more } })

describe('the callback channel (11.5)', () => {
  it('says success, and sends what the assistant says to its address, bubble by bubble', async () => {
    const { server, received } = await withReceiver(200)
    expect(await server.call('POST', '/webhooks/callback/webhook', body('pay Ann 50', { metadata: { page: 'start' } }))).toMatchObject({ status: 200, text: 'success' })
    expect(received).toEqual([{ recipient_id: 'ann', text: 'Send 50 to Ann?', buttons: [{ title: 'Yes', payload: '/SetSlots(confirmed=true)' }] }])
    expect((await server.call('GET', '/conversations/ann/tracker')).json).toMatchObject({ latest_input_channel: 'callback' })
    expect((await server.call('GET', '/webhooks/callback/')).json).toEqual({ status: 'ok' })
  })

  it('gets what a triggered intent, an executed response and a bot event say, where they are for it', async () => {
    const { server, received } = await withReceiver(200)
    await server.call('POST', '/webhooks/callback/webhook', body('pay somebody'))
    await server.call('POST', '/conversations/ann/execute?output_channel=latest', { body: { name: 'utter_not_paid' } })
    await server.call('POST', '/conversations/ann/tracker/events?output_channel=callback&execute_side_effects=true', { body: { event: 'bot', text: 'A colleague has joined.' } })
    await server.call('POST', '/conversations/ann/tracker/events?output_channel=callback', { body: { event: 'bot', text: 'Noted only.' } })
    await server.call('POST', '/conversations/ann/execute', { body: { name: 'utter_not_paid' } })
    expect(received).toMatchObject([{ text: 'To whom?' }, { text: 'Not sent.' }, { text: 'A colleague has joined.' }])
  })

  it('is tried three times; what cannot be delivered is logged without its words, and the turn is kept', async () => {
    const once = await withReceiver(503, 200)
    await once.server.call('POST', '/webhooks/callback/webhook', body('pay somebody'))
    expect(once.received).toMatchObject([{ text: 'To whom?' }])
    receiver?.close()
    const { server, received } = await withReceiver(500)
    expect((await server.call('POST', '/webhooks/callback/webhook', body('pay Ann 50'))).text).toBe('success')
    expect(received).toEqual([])
    expect(server.log).toContainEqual({ level: 'error', event: 'callback-failed', status: 500 })
    expect(JSON.stringify(server.log)).not.toContain('Ann')
    expect((await server.call('GET', '/conversations/ann/tracker')).json).toMatchObject({ slots: { payee: 'Ann' } })
  })

  it('is a 404 in a project that names no address', async () => {
    expect(await (await openServer()).call('POST', '/webhooks/callback/webhook', body('hello'))).toMatchObject({ status: 404, json: { message: expect.stringContaining('credentials.yml') as string } })
  })

  it('does a message once, however often it is sent', async () => {
    const { server } = await withReceiver(200)
    for (const message of ['pay Ann 50', 'yes', 'yes']) await server.call('POST', '/webhooks/callback/webhook', body(message, { message_id: message }))
    expect(server.payments).toHaveLength(1)
  })
})
