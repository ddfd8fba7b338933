import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadChannels, type Channel } from '../../src/server/channel.js'
import { bankProjectWith, bankFiles } from '../assistant/bank.js'
import { openServer, type TestServer } from './server.js'

const folder = mkdtempSync(join(tmpdir(), 'attune-channels-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const projectWith = (modules: Readonly<Record<string, string>>): string => {
  const root = join(folder, `${++count}`)
  for (const [name, text] of Object.entries({ 'shared/none.ts': '', ...modules })) {
    mkdirSync(dirname(join(root, 'channels', name)), { recursive: true })
    writeFileSync(join(root, 'channels', name), text)
  }
  return root
}
/** A server with one channel: the code of its `receive`. */
const withChannel = async (receive: Channel['receive'], changes: Parameters<typeof openServer>[0] = {}): Promise<TestServer> =>
  openServer({ channels: [{ channel: { name: 'shop', receive }, credentials: { key: 's3cret' } }], ...changes })
const text = async (server: TestServer, path: string, init: RequestInit = {}): Promise<readonly [number, string]> => {
  const response = await server.app.request(path, init)
  return [response.status, await response.text()]
}
const post = (body: string | Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): RequestInit => ({ method: 'POST', body, headers })

describe('a channel of the project', () => {
  it('is a TypeScript module whose handler gets the request, its credentials, and the assistant to talk to', async () => {
    const root = projectWith({
      'shared/words.ts': 'export const joined = (parts: readonly (string | null)[]): string => parts.join(" | ")',
      'shop.ts': `
        import { joined } from './shared/words.js'
        type Heard = { readonly who: string; readonly says: string }
        export const channel = {
          name: 'shop' as const,
          greeting: 'shop',
          async receive(request: Request, talk: (message: object) => Promise<readonly { text: string | null }[]>, credentials: { key: string }): Promise<Response> {
            if (request.method === 'GET') return new Response(new URL(request.url).searchParams.get('challenge'), { status: 202 })
            if (request.headers.get('x-key') !== credentials.key) return new Response('who are you?', { status: 401 })
            const { who, says } = await request.json() as Heard
            return new Response(this.greeting + ': ' + joined((await talk({ sender_id: who, text: says, metadata: { page: 7 } })).map(({ text }) => text)))
          },
        }`,
    })
    const [channel] = await loadChannels(root)
    const project = bankProjectWith({ 'domain.yml': bankFiles['domain.yml'].replace('[{text: "To whom?"}]', '[{text: "To whom?"}, {text: "Who gets it?", channel: shop}]') })
    const server = await openServer({ channels: [{ channel: channel!, credentials: { key: 's3cret' } }] }, { project })
    expect(await text(server, '/webhooks/shop/webhook?challenge=42')).toEqual([202, '42'])
    expect(await text(server, '/webhooks/shop/webhook', post('{}'))).toEqual([401, 'who are you?'])
    expect(await text(server, '/webhooks/shop/webhook', post('{"who": "ann", "says": "pay somebody"}', { 'x-key': 's3cret' }))).toEqual([200, 'shop: Who gets it?'])
    expect(await text(server, '/webhooks/shop/')).toEqual([200, '{"status":"ok"}'])
    const { json } = await server.call('GET', '/conversations/ann/tracker')
    expect(json).toMatchObject({ latest_input_channel: 'shop', latest_message: { text: 'pay somebody', metadata: { page: 7 } } })
    expect((await server.call('GET', '/openapi.json')).json).toMatchObject({ paths: { '/webhooks/shop/webhook': { get: {}, post: {} } } })
  })

  it('gets the same answer for the same message_id, and its body byte for byte', async () => {
    const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0xff, 0)
    const seen: Uint8Array[] = []
    const server = await withChannel(async (request, talk) => {
      seen.push(new Uint8Array(await request.arrayBuffer()))
      const answers = [await talk({ sender_id: 'ann', text: 'pay Ann 50', message_id: 'k' }), await talk({ sender_id: 'ann', text: 'pay Ann 50', message_id: 'k' })]
      return Response.json(answers[0]?.[0]?.text === answers[1]?.[0]?.text)
    })
    expect(await text(server, '/webhooks/shop/webhook', post(bytes))).toEqual([200, 'true'])
    expect(seen).toEqual([bytes])
    expect((await server.parts.store.read('ann')).filter(({ event }) => event === 'user')).toHaveLength(1)
  })

  it('asks for the token like every other, and lets nobody speak in another\'s name', async () => {
    const server = await withChannel(async (_, talk) => Response.json(await talk({ sender_id: 'ann', text: 'hello' })), { token: 's3cret' })
    expect((await text(server, '/webhooks/shop/webhook', post('')))[0]).toBe(401)
    expect((await text(server, '/webhooks/shop/webhook?token=s3cret', post('')))[0]).toBe(200)
  })

  it.each<readonly [string, Channel['receive']]>([
    ['throws', async () => { throw new Error('Ann said 4711') }],
    ['throws at once', () => { throw new Error('Ann said 4711') }],
    ['gives no Response', async () => 'Ann said 4711' as unknown as Response],
    ['hands over no message', async (_, talk) => { await talk({ sender_id: '', text: 'Ann said 4711' }); return new Response() }],
    ['hands over metadata that are none', async (_, talk) => { await talk({ sender_id: 'ann', text: 'hello', metadata: [] as unknown as Record<string, string> }); return new Response() }],
  ])('that %s is a 500 with an id, under which the log has it without what was said', async (_, receive) => {
    const server = await withChannel(receive)
    const [status, answer] = await text(server, '/webhooks/shop/webhook', post('{}'))
    const { reason, message, details } = JSON.parse(answer) as { readonly reason: string; readonly message: string; readonly details: { readonly id: string } }
    expect([status, reason]).toEqual([500, 'ChannelFailed'])
    expect(message).toContain(details.id)
    expect(server.log).toContainEqual({ level: 'error', event: 'channel-failed', channel: 'shop', id: details.id, error: expect.stringMatching(/Error$/) as string, at: expect.any(Array) as string[] })
    expect(answer + JSON.stringify(server.log)).not.toContain('4711')
  })

  it('need not know why the assistant refuses: the status says it', async () => {
    const server = await withChannel(async (_, talk) => Response.json(await talk({ sender_id: 'ann', text: 'hello' })), { limits: { bodyBytes: 10, answerMilliseconds: 1_000 } })
    expect((await text(server, '/webhooks/shop/webhook', post('x'.repeat(11))))[0]).toBe(413)
    await server.assistant.stop(10)
    expect((await text(server, '/webhooks/shop/webhook', post('')))[0]).toBe(503)
  })
})

describe('a module in channels/', () => {
  const good = (name: string): string => `// talks\nexport const channel = { name: '${name}', receive: async () => new Response('') }\n`

  it('is a channel each, in any of three kinds; folders, tests and types are none', async () => {
    const root = projectWith({ 'a.ts': good('a'), 'b.mjs': good('b'), 'my_channel-2.js': good('my_channel-2'), 'a.test.ts': '', 'a.d.ts': '', 'notes.md': '' })
    expect((await loadChannels(root)).map(({ name }) => name)).toEqual(['a', 'b', 'my_channel-2'])
    expect(await loadChannels(join(folder, 'nowhere'))).toEqual([])
  })

  it.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['that exports no channel', { 'shop.ts': 'export const chanel = {}\n' }, "/shop.ts:1:1: it exports no channel. Expected: export const channel = { name: 'shop', "],
    ['whose channel has no handler', { 'shop.ts': "\nexport const channel = { name: 'shop' }\n" }, '/shop.ts:2:14: it exports no channel.'],
    ['whose channel is named otherwise', { 'shop.ts': good('store') }, "/shop.ts:2:14: its channel is named \"store\". Expected: 'shop'"],
    ['with a name of attune', { 'rest.ts': good('rest') }, "/rest.ts:2:14: the name 'rest' is taken by attune itself."],
    ['with the name of another', { 'shop.mjs': good('shop'), 'shop.ts': good('shop') }, "/shop.ts:2:14: the name 'shop' is taken by "],
    ['with a name that fits no address', { 'a b.ts': good('a b') }, "'a b' cannot stand in an address."],
    ['that cannot be compiled', { 'shop.ts': 'export const = 1' }, '/shop.ts: it cannot be loaded: '],
    ['that fails', { 'shop.ts': 'throw new Error("no key")' }, '/shop.ts: it cannot be loaded: no key'],
  ])('%s is told with its place', async (_, modules, words) => {
    await expect(loadChannels(projectWith(modules))).rejects.toMatchObject({ name: 'ChannelModuleBroken', message: expect.stringContaining(words) as string })
  })
})
