import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync, inflateSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { runOnServer, type ActionServerOptions } from '../../src/actions/action-server.js'
import type { ActionAnswer } from '../../src/actions/action.js'
import { rasaTracker } from '../../src/actions/tracker-json.js'
import { emptyTracker } from '../../src/dialogue/tracker.js'
import { bookings, projectFrom } from './small-project.js'

const project = projectFrom(bookings)
type Seen = { readonly headers: IncomingMessage['headers']; readonly body: Readonly<Record<string, unknown>> }
type Reply = (response: ServerResponse, seen: Seen) => void
const json = (status: number, value: unknown): Reply => (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))

let server: Server | null = null
afterEach(() => { server?.closeAllConnections(); server?.close() })
/** A real server that gives these replies in turn, the last one for ever. */
const serverWith = async (...replies: readonly Reply[]): Promise<{ readonly url: string; readonly seen: Seen[] }> => {
  const seen: Seen[] = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const text = request.headers['content-encoding'] === 'deflate' ? inflateSync(bytes) : bytes
      seen.push({ headers: request.headers, body: JSON.parse(text.toString()) as Seen['body'] })
      replies[Math.min(seen.length, replies.length) - 1]?.(response, seen[seen.length - 1]!)
    })
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook`, seen }
}

const run = (url: string, options: Partial<ActionServerOptions> = {}, signal = new AbortController().signal): Promise<ActionAnswer> =>
  runOnServer(project, {
    action: 'action_book', conversation: 'c7', slots: {}, idempotencyKey: 'key-1', signal,
    tracker: async () => rasaTracker(project, 'c7', emptyTracker(project), [{ event: 'slot', name: 'seats', value: 2, sequence: 1, timestamp: 3.5 }]),
  }, { url, timeoutMilliseconds: 20_000, random: () => 0, ...options })

const good = { events: [{ event: 'slot', name: 'place', value: 'A', timestamp: null }], responses: [] }

describe('an action on an action server', () => {
  it('is asked for in Rasa\'s words', async () => {
    const { url, seen } = await serverWith(json(200, good))
    expect(await run(url)).toEqual({ events: [{ event: 'slot', name: 'place', value: 'A' }], messages: [] })
    expect(seen).toHaveLength(1)
    expect(seen[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'key-1' })
    expect(seen[0]?.body).toMatchObject({
      next_action: 'action_book', sender_id: 'c7', domain_digest: project.version,
      tracker: { sender_id: 'c7', slots: { seats: null, place: null }, paused: false, stack: [], events: [{ event: 'slot', name: 'seats', value: 2, timestamp: 3.5 }] },
    })
    expect(seen[0]?.body).not.toHaveProperty('domain')
  })

  it('answers with texts, parts and responses of the domain', async () => {
    const { url } = await serverWith(json(200, {
      events: null,
      responses: [
        { text: 'Hello', buttons: [{ title: 'Yes', payload: '/yes' }], elements: [], custom: {}, template: null, response: null, image: null, attachment: null },
        { text: null, response: 'utter_booked', number: 12, buttons: [] },
        { template: 'utter_booked', number: 13 },
        { image: 'https://x/y.png' },
      ],
    }))
    expect((await run(url)).messages).toEqual([
      { text: 'Hello', data: { buttons: [{ title: 'Yes', payload: '/yes' }] } },
      { utter: 'utter_booked', variables: { number: 12 } },
      { utter: 'utter_booked', variables: { number: 13 } },
      { text: '', data: { image: 'https://x/y.png' } },
    ])
  })

  it('gets the domain when it asks for it with 449, once', async () => {
    const { url, seen } = await serverWith(json(449, { error: 'no domain' }), json(200, good))
    await run(url)
    expect(seen.map(({ body }) => 'domain' in body)).toEqual([false, true])
    expect(seen[1]?.body['domain']).toMatchObject({ actions: ['action_book', 'action_price'], slots: { seats: { type: 'float' } }, responses: { utter_ask_seats: [{ text: 'How many seats?' }] } })
    const stubborn = await serverWith(json(449, {}))
    await expect(run(stubborn.url)).rejects.toMatchObject({ reason: 'server-error' })
    expect(stubborn.seen).toHaveLength(2)
  })

  it.each<readonly [number, object, object]>([
    [400, { error: 'rejected', action_name: 'action_book' }, { name: 'ActionRejected', action: 'action_book' }],
    [404, { error: 'no such action', action_name: 'action_book' }, { name: 'ActionFailed', reason: 'unknown-action' }],
    [500, { error: 'x', request_body: {} }, { name: 'ActionFailed', reason: 'server-error' }],
    [302, {}, { name: 'ActionFailed', reason: 'server-error' }],
  ])('with status %i fails at once, without a repeat', async (status, body, expected) => {
    const { url, seen } = await serverWith(json(status, body))
    await expect(run(url)).rejects.toMatchObject(expected)
    expect(seen).toHaveLength(1)
  })

  it('repeats with the same key where the work was not done, three times at most', async () => {
    const { url, seen } = await serverWith(json(503, {}), (response) => void response.destroy(), json(200, good))
    expect((await run(url)).events).toHaveLength(1)
    expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['key-1', 'key-1', 'key-1'])
    const down = await serverWith(json(502, {}))
    await expect(run(down.url)).rejects.toMatchObject({ reason: 'server-error', detail: 'the action server answered with status 502' })
    expect(down.seen).toHaveLength(3)
  })

  it('says that nobody listens', async () => {
    const { url } = await serverWith(json(200, good))
    await new Promise((resolve) => server?.close(resolve))
    await expect(run(url)).rejects.toMatchObject({ name: 'ActionFailed', reason: 'unreachable', message: expect.stringContaining('ECONNREFUSED') as string })
  })

  it('ends when it takes too long or the turn is stopped, also in the middle of an answer', async () => {
    const silent = await serverWith(() => { /* never answers */ })
    await expect(run(silent.url, { timeoutMilliseconds: 50 })).rejects.toMatchObject({ reason: 'timeout' })
    const half = await serverWith((response) => void response.writeHead(200).write('{"events":'))
    await expect(run(half.url, { timeoutMilliseconds: 50 })).rejects.toMatchObject({ reason: 'timeout' })
    const turn = new AbortController()
    setTimeout(() => turn.abort(), 20)
    await expect(run(half.url, {}, turn.signal)).rejects.toMatchObject({ reason: 'stopped' })
  })

  it('can be sent compressed', async () => {
    const { url, seen } = await serverWith(json(200, good))
    await run(url, { deflate: true })
    expect(seen[0]?.headers['content-encoding']).toBe('deflate')
    expect(seen[0]?.body).toMatchObject({ next_action: 'action_book' })
  })

  it('follows no redirect: the address was named by the project', async () => {
    const { url, seen } = await serverWith((response) => void response.writeHead(307, { location: '/elsewhere' }).end())
    await expect(run(url)).rejects.toMatchObject({ name: 'ActionFailed', reason: 'server-error', detail: 'the action server answered with status 307' })
    expect(seen).toHaveLength(1)
  })

  it.each<readonly [string, Reply, object]>([
    ['no JSON', (response) => void response.end('<html>'), { reason: 'invalid-answer' }],
    ['nothing', (response) => void response.end(), { reason: 'invalid-answer' }],
    ['NaN', (response) => void response.end('{"events":[{"event":"slot","name":"place","value":NaN}]}'), { reason: 'invalid-answer' }],
    ['a list', json(200, []), { reason: 'invalid-answer' }],
    ['an unknown slot', json(200, { events: [{ event: 'slot', name: 'secret', value: 1 }] }), { reason: 'invalid-answer' }],
    ['an unknown event', json(200, { events: [{ event: 'agent_started' }] }), { reason: 'invalid-answer' }],
    ['responses of the wrong kind', json(200, { responses: ['hello'] }), { reason: 'invalid-answer' }],
    ['a hidden prototype', (response) => void response.end('{"events":[{"event":"slot","name":"place","value":{"\\u005f_proto__":1}}]}'), { reason: 'invalid-answer' }],
    ['nesting without end', (response) => void response.end('['.repeat(100_000)), { reason: 'invalid-answer' }],
    ['2 MiB', (response) => void response.end(`{"events":[],"x":"${'y'.repeat(2_097_152)}"}`), { reason: 'too-large' }],
    ['50 MB that were packed to 50 kB', (response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb), { reason: 'too-large' }],
  ])('that answers with %s is refused', async (_, reply, expected) => {
    const { url } = await serverWith(reply)
    await expect(run(url)).rejects.toMatchObject({ name: 'ActionFailed', ...expected })
  })
})

const bomb = gzipSync(Buffer.alloc(50_000_000, ' '))
