import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { responseServer } from '../../src/respond/response-server.js'
import { openBank, say } from '../assistant/bank.js'

let server: Server | null = null
afterEach(() => { server?.closeAllConnections(); server?.close() })
const serverWith = async (listener: RequestListener): Promise<string> => {
  server = createServer(listener)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/nlg`
}
const answering = (answer: unknown, status = 200): RequestListener => (request, response) => {
  request.resume()
  request.on('end', () => void response.writeHead(status, { 'content-type': 'application/json' }).end(typeof answer === 'string' ? answer : JSON.stringify(answer)))
}
const request = { response: 'utter_x', id: null, arguments: {}, channel: { name: 'rest' }, tracker: {} }
const worded = async (listener: RequestListener, timeoutMilliseconds = 5_000) =>
  responseServer({ url: await serverWith(listener), timeoutMilliseconds })(request, new AbortController().signal)

describe('a response server (8: text from NLG server)', () => {
  it('words what the assistant says, knowing the response, its variables and the conversation', async () => {
    const seen: unknown[] = []
    const url = await serverWith((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => { body += chunk.toString() })
      request.on('end', () => { seen.push(JSON.parse(body)); response.end('{"text": "Whom may I send it to?", "buttons": [{"title": "Ann", "payload": "/SetSlots(payee=Ann)"}]}') })
    })
    const { assistant } = await openBank({ responseServer: responseServer({ url, timeoutMilliseconds: 5_000 }) })
    const { messages } = await assistant.handle({ conversation: 'c', text: 'pay somebody', channel: 'web' })
    expect(messages).toEqual([{ text: 'Whom may I send it to?', data: { buttons: [{ title: 'Ann', payload: '/SetSlots(payee=Ann)' }] }, metadata: { utter_action: 'utter_ask_payee' } }])
    expect(seen).toMatchObject([{ response: 'utter_ask_payee', id: null, arguments: {}, channel: { name: 'web' }, tracker: { sender_id: 'c', latest_message: { text: 'pay somebody' } } }])
  })

  it('may give no text where there is something else to show', async () => {
    expect(await worded(answering({ text: null, custom: { map: 1 }, buttons: [] }))).toEqual({ text: null, data: { custom: { map: 1 } }, metadata: { utter_action: 'utter_x' } })
  })

  it('that fails gives way to the words of the domain', async () => {
    const log: string[] = []
    const { assistant } = await openBank({ responseServer: responseServer({ url: await serverWith(answering({}, 500)), timeoutMilliseconds: 5_000 }), log: ({ event, reason }) => void log.push(`${event}: ${String(reason)}`) })
    expect(await say(assistant, 'pay somebody')).toEqual(['To whom?'])
    expect(log).toContain('response-server-failed: it answered with status 500')
  })

  it.each<readonly [string, RequestListener, RegExp]>([
    ['no JSON', answering('<html>'), /is not JSON/], ['nothing to say', answering({ text: null, buttons: [] }), /says nothing/],
    ['a text of the wrong kind', answering({ text: 5 }), /answer\/text must be string,null/], ['a redirect', answering({}, 302), /status 302/],
    ['too much', answering({ text: 'x'.repeat(1_100_000) }), /larger than 1048576 bytes/], ['silence', () => undefined, /longer than 200 ms/],
  ])('is refused with %s', async (_, listener, reason) => {
    await expect(worded(listener, 200 + (reason.source.includes('200 ms') ? 0 : 5_000))).rejects.toMatchObject({ name: 'ResponseServerFailed', reason: expect.stringMatching(reason) as string })
  })
})
