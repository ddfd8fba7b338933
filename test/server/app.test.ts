import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openApiOf } from '../../src/server/openapi.js'
import { routes } from '../../src/server/routes/all.js'
import { openMemoryStore } from '../../src/store/memory.js'
import { StoreCorrupt } from '../../src/store/errors.js'
import { bankProject } from '../assistant/bank.js'
import { openServer, type TestServer } from './server.js'

const talk = async (server: TestServer, ...messages: readonly string[]): Promise<void> => {
  for (const message of messages) await server.call('POST', '/webhooks/rest/webhook', { body: { sender: 'ann', message } })
}

describe('the OpenAPI document', () => {
  it('and the server have the same routes', async () => {
    const { app, call } = await openServer()
    const { json } = await call('GET', '/openapi.json')
    const document = json as { readonly openapi: string; readonly paths: Readonly<Record<string, object>> }
    const documented = Object.entries(document.paths).flatMap(([path, operations]) => Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/(?<=.)\/$/, '')}`))
    const served = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(documented.sort()).toEqual([...new Set(served)].sort())
    expect(document.openapi).toBe('3.1.0')
    expect(document).toEqual(openApiOf(routes, '0.0.1'))
  })

  it('describes every answer and parameter, and names each operation once', () => {
    expect(new Set(routes.map(({ operation }) => operation)).size).toBe(routes.length)
    for (const route of routes) {
      expect(route.summary).not.toBe('')
      const named = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(route.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)).toEqual(named)
      for (const { description } of Object.values(route.answers)) expect(description).not.toBe('')
    }
  })
})

describe('facts', () => {
  it('are told: version, model, project, health', async () => {
    const server = await openServer()
    expect((await server.call('GET', '/')).text).toBe('Hello from attune: 0.0.1')
    expect((await server.call('GET', '/version')).json).toEqual({ version: '0.0.1', minimum_compatible_version: '0.0.1' })
    expect((await server.call('GET', '/status')).json).toMatchObject({ model_id: 'scripted', num_active_training_jobs: 0, assistant_id: 'tiny', project_version: bankProject.version })
    expect(await server.call('GET', '/health')).toMatchObject({ status: 200, json: { status: 'ok', model: { ready: true, version: 'scripted' }, store: { ready: true } } })
  })

  it('about health turn bad with the store', async () => {
    const server = await openServer({ store: { ...openMemoryStore(), conversations: () => Promise.reject(new StoreCorrupt('x', 'y')) } })
    expect(await server.call('GET', '/health')).toMatchObject({ status: 503, json: { status: 'unavailable', store: { ready: false } } })
  })

  it('about the project: domain and flows', async () => {
    const server = await openServer()
    expect((await server.call('GET', '/domain')).json).toMatchObject({ slots: { amount: { type: 'float' } }, actions: ['action_pay'], responses: { utter_paid: [{ text: 'Sent, {reference}.' }] } })
    const yaml = await server.call('GET', '/domain', { headers: { accept: 'application/yaml' } })
    expect(parse(yaml.text)).toMatchObject({ actions: ['action_pay'] })
    const flows = (await server.call('GET', '/flows')).json as readonly { readonly id: string; readonly steps: readonly object[] }[]
    expect(flows.map(({ id }) => id)).toEqual(['pay'])
    expect(flows[0]?.steps[2]).toMatchObject({ collect: 'confirmed', next: [{ if: 'slots.confirmed', then: 'go' }, { else: expect.any(String) as string }] })
    expect((await server.call('GET', '/flows?include_patterns=true')).json).toContainEqual(expect.objectContaining({ id: 'pattern_search' }))
  })
})

describe('a conversation over HTTP', () => {
  it('is shown in Rasa\'s form', async () => {
    const server = await openServer()
    await talk(server, 'pay somebody')
    const { json } = await server.call('GET', '/conversations/ann/tracker')
    expect(json).toMatchObject({
      sender_id: 'ann', slots: { payee: null }, paused: false, latest_input_channel: 'rest', latest_action_name: 'action_listen', active_loop: {},
      latest_message: { text: 'pay somebody', commands: [{ command: 'start flow', flow: 'pay' }], intent: { name: null }, entities: [] },
      stack: [{ flow_id: 'pay', type: 'flow' }, { flow_id: 'pattern_collect_information', collect: 'payee' }],
    })
    expect((json as { readonly events: readonly object[] }).events).toContainEqual(expect.objectContaining({ event: 'bot', text: 'To whom?', timestamp: expect.any(Number) as number }))
  })

  it('shows as many events as are asked for, and the past', async () => {
    const server = await openServer()
    await talk(server, 'pay somebody', '/restart', 'hello')
    const events = async (query: string): Promise<readonly { readonly event: string }[]> =>
      ((await server.call('GET', `/conversations/ann/tracker${query}`)).json as { readonly events: readonly { readonly event: string }[] }).events
    const all = await events('?include_events=ALL')
    expect(all).toHaveLength((await server.parts.store.read('ann')).length)
    const after = await events('')
    expect(after.length).toBeLessThan(all.length)
    expect(await events('?include_events=APPLIED')).toEqual(after)
    expect(await events('?include_events=NONE')).toEqual([])
    const stored = await server.parts.store.read('ann')
    const asked = stored.findIndex(({ event }) => event === 'bot')
    const { json } = await server.call('GET', `/conversations/ann/tracker?include_events=ALL&until=${stored[asked]?.timestamp}`)
    expect((json as { readonly events: readonly object[] }).events).toHaveLength(asked + 1)
    expect(json).toMatchObject({ latest_message: { text: 'pay somebody' } })
  })

  it('that nobody began is empty, and one can be forgotten', async () => {
    const server = await openServer()
    expect((await server.call('GET', '/conversations/nobody/tracker')).json).toMatchObject({ sender_id: 'nobody', events: [], latest_message: {}, latest_action: {} })
    await talk(server, 'pay somebody')
    expect((await server.call('GET', '/conversations')).json).toEqual({ conversations: ['ann'], limit: 100, offset: 0 })
    expect((await server.call('DELETE', '/conversations/ann/tracker')).status).toBe(204)
    expect(await server.call('DELETE', '/conversations/ann/tracker')).toMatchObject({ status: 404, json: { reason: 'NotFound' } })
    expect((await server.call('GET', '/conversations?limit=5&offset=0')).json).toEqual({ conversations: [], limit: 5, offset: 0 })
    await talk(server, 'to Bob')
    expect((await server.call('GET', '/conversations/ann/tracker')).json).toMatchObject({ slots: { payee: null } })
  })

  it.each(['/conversations?limit=-1', '/conversations?limit=x', '/conversations?limit=1001', '/conversations?offset=1e3', '/conversations/a/tracker?include_events=SOME', '/conversations/a/tracker?until=yesterday', '/conversations/a/tracker?until=', `/conversations/${'x'.repeat(300)}/tracker`, '/conversations/a%00b/tracker'])('refuses %s', async (path) => {
    expect(await (await openServer()).call('GET', path)).toMatchObject({ status: 400, json: { reason: 'BadRequest' } })
  })

  it('keeps odd ids apart', async () => {
    const server = await openServer()
    for (const sender of ['a/b', 'a%2Fb', '*', 'ä', '__proto__', '..']) await server.call('POST', '/webhooks/rest/webhook', { body: { sender, message: 'pay somebody' } })
    for (const sender of ['a/b', 'a%2Fb', '*', 'ä', '__proto__']) {
      expect((await server.call('GET', `/conversations/${encodeURIComponent(sender)}/tracker`)).json).toMatchObject({ sender_id: sender, latest_message: { text: 'pay somebody' } })
    }
  })
})

describe('events from outside', () => {
  const post = (server: TestServer, body: unknown) => server.call('POST', '/conversations/ann/tracker/events', { body })

  it('are added to a conversation, one or several', async () => {
    const server = await openServer()
    await talk(server, 'pay somebody')
    expect((await post(server, { event: 'slot', name: 'payee', value: 'Zoe' })).json).toMatchObject({ slots: { payee: 'Zoe' } })
    expect((await post(server, [{ event: 'slot', name: 'amount', value: 3 }, { event: 'bot', text: 'A colleague has joined.' }])).json).toMatchObject({ slots: { payee: 'Zoe', amount: 3 } })
    await talk(server, 'to Bob')
    const events = await server.parts.store.read('ann')
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    expect((await server.call('GET', '/conversations/ann/tracker')).json).toMatchObject({ slots: { payee: 'Bob', amount: 3 } })
  })

  it.each<readonly [string, unknown]>([
    ['an unknown kind', { event: 'teleported' }], ['an unknown slot', { event: 'slot', name: 'x', value: 1 }], ['the stack', { event: 'stack', update: '[]' }],
    ['no event', {}], ['a text', '"slot"'], ['one wrong among right ones', [{ event: 'slot', name: 'payee', value: 'Zoe' }, { event: 'nothing' }]],
  ])('are refused whole with %s', async (_, body) => {
    const server = await openServer()
    expect(await post(server, body)).toMatchObject({ status: 400, json: { reason: 'BadRequest' } })
    expect(await server.parts.store.read('ann')).toEqual([])
  })

  it('are refused once the session has ended for good', async () => {
    const server = await openServer()
    await talk(server, 'hello', '/session_end')
    expect(await post(server, { event: 'slot', name: 'payee', value: 'Zoe' })).toMatchObject({ status: 409, json: { reason: 'SessionIsOver' } })
  })
})

describe('an intent from outside', () => {
  it('acts like a message', async () => {
    const server = await openServer()
    expect((await server.call('POST', '/conversations/ann/trigger_intent', { body: { name: 'greet' } })).json).toMatchObject({ tracker: { sender_id: 'ann' }, messages: [{ recipient_id: 'ann', text: expect.any(String) as string }] })
    expect((await server.call('POST', '/conversations/ann/trigger_intent', { body: { name: 'two words' } })).status).toBe(400)
  })
})

describe('understanding without a conversation', () => {
  it('is shown and not kept', async () => {
    const server = await openServer()
    expect((await server.call('POST', '/model/parse', { body: { text: 'pay Ann 50' } })).json).toMatchObject({ source: 'model', commands: [{ command: 'start flow', flow: 'pay' }, { command: 'set slot', name: 'payee' }, {}] })
    expect((await server.call('POST', '/model/parse', { body: { text: 'hello' } })).json).toMatchObject({ source: 'shortcut', understanding: null })
    expect(await server.parts.store.conversations(5, 0)).toEqual([])
  })
})

describe('access', () => {
  const closed = routes.filter(({ isOpen }) => !isOpen)

  it('needs the token on every route but those that tell nothing', async () => {
    const server = await openServer({ token: 'a very secret token' })
    expect(routes.filter(({ isOpen }) => isOpen).map(({ path }) => path)).toEqual(['/', '/version', '/license', '/health', '/health/live', '/openapi.json', '/webhooks/rest/', '/webhooks/callback/'])
    for (const { method, path } of closed) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic YTpi' }, { authorization: 'a very secret token' }, { authorization: 'Bearer' }]) {
        const { status, json, headers: answered } = await server.call(method.toUpperCase(), path.replace('{id}', 'ann'), { headers })
        expect([method, path, status]).toEqual([method, path, 401])
        expect(json).toMatchObject({ reason: 'NotAuthenticated', status: 'failure' })
        expect(answered.get('www-authenticate')).toBe('Bearer')
      }
    }
    expect(JSON.stringify(server.log)).not.toContain('secret')
  })

  it.each<readonly [string, Readonly<Record<string, string>>]>([['', { authorization: 'Bearer s3cret' }], ['', { authorization: 'bearer  s3cret' }], ['?token=s3cret', {}]])('opens with the token: %s %j', async (query, headers) => {
    const server = await openServer({ token: 's3cret' })
    expect((await server.call('GET', `/conversations${query}`, { headers })).status).toBe(200)
    expect(JSON.stringify(server.log)).not.toContain('s3cret')
  })

  it.each(['//conversations', '/conversations//', '/./conversations', '/x/../conversations', '/%63onversations', '/conversations%2F', '/conversations/ann%2Ftracker', '/Conversations', '/conversations;x', '/conversations\\'])('is not to be had by %s', async (path) => {
    const server = await openServer({ token: 's3cret' })
    expect([401, 404]).toContain((await server.app.request(path)).status)
  })

  it('is refused to pages of other sites, unless they are allowed', async () => {
    const body = { sender: 'a', message: 'hello' }
    const at = (origin: string): { readonly body: object; readonly headers: Readonly<Record<string, string>> } => ({ body, headers: { origin, host: 'localhost:5005' } })
    const server = await openServer()
    expect((await server.call('POST', '/webhooks/rest/webhook', at('http://localhost:5005'))).status).toBe(200)
    for (const origin of ['https://evil.example', 'null', 'not an origin']) expect((await server.app.request('/webhooks/rest/webhook', { method: 'POST', body: JSON.stringify(body), headers: { origin, host: 'localhost:5005' } })).status).toBe(403)
    const open = await openServer({ origins: ['https://shop.example'] })
    const { status, headers } = await open.call('POST', '/webhooks/rest/webhook', at('https://shop.example'))
    expect([status, headers.get('access-control-allow-origin')]).toEqual([200, 'https://shop.example'])
    const preflight = await open.app.request('/webhooks/rest/webhook', { method: 'OPTIONS', headers: { 'origin': 'https://shop.example', 'access-control-request-method': 'POST' } })
    expect(preflight.status).toBe(204)
  })
})

describe('a path nobody knows', () => {
  it.each([['GET', '/nothing'], ['POST', '/conversations'], ['PUT', '/'], ['GET', '/webhooks/facebook/webhook'], ['GET', '/%E0%A4%A']])('%s %s is a 404 in JSON', async (method, path) => {
    expect(await (await openServer()).call(method, path)).toMatchObject({ status: 404, json: { status: 'failure', reason: 'NotFound', code: 404, version: '0.0.1' } })
  })
})
