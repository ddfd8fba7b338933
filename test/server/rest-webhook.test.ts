import { describe, expect, it, vi } from 'vitest'
import { StoreFull, StoreUnavailable } from '../../src/store/errors.js'
import { openMemoryStore } from '../../src/store/memory.js'
import { restMessages } from '../../src/server/routes/rest-messages.js'
import { words } from '../assistant/bank.js'
import { gated } from '../assistant/scripted.js'
import { openServer, type Called, type TestServer } from './server.js'

const webhook = '/webhooks/rest/webhook'
const said = (server: TestServer, message: string, more: Readonly<Record<string, unknown>> = {}, headers: Readonly<Record<string, string>> = {}): Promise<Called> =>
  server.call('POST', webhook, { body: { sender: 'ann', message, ...more }, headers })

describe('the REST channel', () => {
  it('answers in bubbles, as Rasa does', async () => {
    const server = await openServer()
    expect(await said(server, 'pay Ann 50')).toMatchObject({
      status: 200, json: [{ recipient_id: 'ann', text: 'Send 50 to Ann?', buttons: [{ title: 'Yes', payload: '/SetSlots(confirmed=true)' }] }],
    })
    expect((await said(server, '/SetSlots(confirmed=true)')).json).toEqual([{ recipient_id: 'ann', text: 'Sent, R1.' }])
    expect((await server.call('GET', '/webhooks/rest/')).json).toEqual({ status: 'ok' })
  })

  it('takes metadata and channel into the history', async () => {
    const server = await openServer()
    await said(server, 'hello', { metadata: { page: 'start' }, input_channel: 'web' })
    expect((await server.parts.store.read('ann')).find(({ event }) => event === 'user')).toMatchObject({ input_channel: 'web', metadata: { page: 'start' } })
  })

  it('streams one object a line where that is asked for', async () => {
    const server = await openServer()
    const { text, headers } = await server.call('POST', `${webhook}?stream=true`, { body: { sender: 'ann', message: 'what are the fees' } })
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(text.trim().split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([{ recipient_id: 'ann', text: 'No fees at all.' }])
  })

  it('answers the same key with the same bytes, by header or message_id', async () => {
    const server = await openServer()
    await said(server, 'pay Ann 50')
    const first = await said(server, 'yes', {}, { 'idempotency-key': 'k1' })
    const again = await said(server, 'yes', { message_id: 'k1' })
    expect(again.text).toBe(first.text)
    expect(server.payments).toHaveLength(1)
    expect(await said(server, 'no', {}, { 'idempotency-key': 'k1' })).toMatchObject({ status: 422, json: { reason: 'MessageKeyReused', code: 422, status: 'failure' } })
  })

  it.each<readonly [string, unknown, object]>([
    ['no JSON', 'hello', { message: expect.stringContaining('it is not JSON') as string, details: { position: 0, line: 1, column: 1 } }],
    ['JSON that stops', '{\n "sender": "a",\n "message": ', { message: expect.stringMatching(/line 3, column \d+/) as string, details: { line: 3 } }],
    ['JSON with a mistake', '{"sender": "a",, "message": "x"}', { details: { position: 15 } }],
    ['nothing', '', { message: expect.stringContaining('it is empty') as string }],
    ['a list', '[]', { message: 'The request body must be object.' }],
    ['no sender', { message: 'hi' }, { message: 'The request body needs the field "sender".', details: { field: 'sender' } }],
    ['no message', { sender: 'a' }, { message: 'The request body needs the field "message".', details: { field: 'message' } }],
    ['a message that is no text', { sender: 'a', message: 5 }, { message: 'The field "message" must be string.', details: { field: 'message' } }],
    ['an empty sender', { sender: '', message: 'hi' }, { details: { field: 'sender' } }],
    ['a sender with control characters', { sender: 'a\u0000b', message: 'hi' }, { details: { field: 'sender' } }],
    ['an endless sender', { sender: 'x'.repeat(257), message: 'hi' }, { details: { field: 'sender' } }],
    ['metadata that is no object', { sender: 'a', message: 'hi', metadata: 'x' }, { details: { field: 'metadata' } }],
    ['a hidden prototype', '{"sender": "a", "message": "hi", "metadata": {"__proto__": {"admin": true}}}', { message: expect.stringContaining('__proto__') as string }],
    ['deep metadata', `{"sender": "a", "message": "hi", "metadata": ${'{"a":'.repeat(40)}1${'}'.repeat(40)}}`, { message: expect.stringContaining('nested') as string }],
  ])('refuses %s with 400 and says where', async (_, body, expected) => {
    const server = await openServer()
    const { status, json } = await server.call('POST', webhook, { body })
    expect(status).toBe(400)
    expect(json).toMatchObject({ version: '0.0.1', status: 'failure', reason: 'BadRequest', code: 400, ...expected })
    expect(await server.parts.store.conversations(10, 0)).toEqual([])
  })

  it('refuses what is not UTF-8, and a wrong Idempotency-Key', async () => {
    const server = await openServer()
    const response = await server.app.request(webhook, { method: 'POST', body: Buffer.from([0x7b, 0xff, 0xfe]) })
    expect([response.status, await response.json()]).toMatchObject([400, { reason: 'BadEncoding' }])
    expect((await said(server, 'hi', {}, { 'idempotency-key': 'x'.repeat(256) })).status).toBe(400)
  })

  it('refuses a message of a megabyte with 413, told or not told its length', async () => {
    const server = await openServer()
    const body = JSON.stringify({ sender: 'a', message: 'x'.repeat(1_000_000) })
    expect(await server.call('POST', webhook, { body })).toMatchObject({ status: 413, json: { reason: 'BodyTooLarge', details: { maximum_bytes: 65_536 } } })
    expect(await server.call('POST', webhook, { body, headers: { 'content-length': '1000000' } })).toMatchObject({ status: 413 })
    let sent = 0
    const endless = new ReadableStream({ pull: (controller) => { sent += 1; controller.enqueue(Buffer.alloc(16_384, 'x')) } })
    const response = await server.app.request(webhook, { method: 'POST', body: endless, duplex: 'half' })
    expect(response.status).toBe(413)
    expect(sent).toBeLessThan(20)
  })

  it('leaves overlong and empty messages to the patterns', async () => {
    const server = await openServer()
    for (const message of ['', 'x'.repeat(5_000)]) {
      const { status, json } = await said(server, message)
      expect(status).toBe(200)
      expect(json).toHaveLength(1)
    }
  })

  it('says 503 with Retry-After while a turn cannot be kept, and never 500', async () => {
    for (const [error, reason] of [[new StoreFull('/secret/path'), 'StoreFull'], [new StoreUnavailable('/secret/path', 'busy'), 'StoreUnavailable']] as const) {
      const server = await openServer({}, { store: { ...openMemoryStore(), append: () => Promise.reject(error) } })
      const { status, json, headers, text } = await said(server, 'hello')
      expect(status).toBe(503)
      expect(json).toMatchObject({ reason, code: 503 })
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      expect(text).not.toContain('secret')
    }
  })

  it('tells nothing of a mistake of its own', async () => {
    const server = await openServer({}, { store: { ...openMemoryStore(), read: () => Promise.reject(new TypeError('customer Ann at /src/x.ts')) } })
    const { status, text } = await said(server, 'hello')
    expect(status).toBe(500)
    expect(text).not.toMatch(/Ann|src|TypeError|at /)
    expect(server.log).toContainEqual(expect.objectContaining({ event: 'request-failed', error: 'TypeError' }))
  })

  it('tells a client that waits too long to come back, and keeps the turn', async () => {
    const { understander, open } = gated(words)
    const server = await openServer({ limits: { bodyBytes: 65_536, answerMilliseconds: 200 } }, { understander })
    expect(await said(server, 'pay somebody', { message_id: 'k' })).toMatchObject({ status: 503, json: { reason: 'AnswerLate' } })
    open()
    await vi.waitFor(async () => expect(await server.parts.store.receipt('ann', 'k')).not.toBeNull(), { timeout: 10_000 })
    expect(await said(server, 'pay somebody', { message_id: 'k' })).toMatchObject({ status: 200, json: [{ text: 'To whom?' }] })
  })

  it('refuses more when too many messages of one sender wait, and everything while stopping', async () => {
    const { understander, open } = gated(words)
    const server = await openServer({}, { limits: { waiting: 2 }, understander })
    const sent = Array.from({ length: 6 }, () => said(server, 'pay somebody'))
    const busy = await Promise.race(sent)
    expect(busy).toMatchObject({ status: 429, json: { reason: 'ConversationBusy' } })
    expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0)
    open()
    expect((await Promise.all(sent)).filter(({ status }) => status === 429)).toHaveLength(3)
    await server.assistant.stop(100)
    expect(await said(server, 'hello')).toMatchObject({ status: 503, json: { reason: 'Stopping' } })
    expect((await server.call('GET', '/health')).status).toBe(503)
    expect((await server.call('GET', '/health/live')).status).toBe(200)
  })

  it('writes no word of a user into the log', async () => {
    const server = await openServer()
    for (const message of ['pay Ann 50', 'my PIN is 4711', '{"sender"']) await said(server, message)
    await server.call('POST', webhook, { body: '{"sender": "ann", "message": "PIN 4711' })
    expect(server.log.filter(({ event }) => event === 'request')).toHaveLength(4)
    expect(JSON.stringify(server.log)).not.toMatch(/4711|Ann|ann/)
  })
})

describe('a bot message as bubbles', () => {
  const bubbles = (text: string | null, data = {}): readonly unknown[] => restMessages('r', { text, data, metadata: {} }).map(({ recipient_id, ...rest }) => { expect(recipient_id).toBe('r'); return rest })
  it.each<readonly [string | null, object, readonly object[]]>([
    ['one\n\ntwo\nthree', {}, [{ text: 'one' }, { text: 'two\nthree' }]],
    [null, {}, []],
    [null, { image: 'i.png' }, [{ image: 'i.png' }]],
    ['see', { image: 'i.png', attachment: { a: 1 }, custom: { b: 2 } }, [{ text: 'see' }, { custom: { b: 2 } }, { image: 'i.png' }, { attachment: { a: 1 } }]],
    ['pick', { buttons: [{ title: 'a', payload: '/a' }] }, [{ text: 'pick', buttons: [{ title: 'a', payload: '/a' }] }]],
    ['pick', { quick_replies: [{ title: 'q', payload: '/q' }] }, [{ text: 'pick', buttons: [{ title: 'q', payload: '/q' }] }]],
    [null, { elements: [{ title: 't', subtitle: 's', buttons: [{ title: 'b', payload: '/b' }] }, 'odd'] }, [{ text: 't: s', buttons: [{ title: 'b', payload: '/b' }] }]],
  ])('%s %j', (text, data, expected) => {
    expect(bubbles(text, data)).toEqual(expected)
  })
})
