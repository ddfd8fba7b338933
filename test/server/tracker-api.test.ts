import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { setSlot } from '../../src/actions/action.js'
import { openServer, type TestServer } from './server.js'

type Event = { readonly event: string; readonly metadata?: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>
type Tracker = { readonly events: readonly Event[]; readonly current_session_id: string | null } & Readonly<Record<string, unknown>>

const talk = async (server: TestServer, ...messages: readonly string[]): Promise<void> => {
  for (const message of messages) await server.call('POST', '/webhooks/rest/webhook', { body: { sender: 'ann', message } })
}
const tracker = async (server: TestServer, query = '?include_events=ALL'): Promise<Tracker> =>
  (await server.call('GET', `/conversations/ann/tracker${query}`)).json as Tracker

describe('the tracker (11.3)', () => {
  it('has one id per session, on every event of it, with what served it', async () => {
    const server = await openServer()
    await talk(server, 'pay somebody', '/session_start', 'hello')
    const { events, current_session_id: current } = await tracker(server)
    const ids = events.map(({ metadata }) => metadata?.['session_id'])
    expect(new Set(ids).size).toBe(2)
    expect(ids.at(-1)).toBe(current)
    expect(events.every(({ metadata }) => metadata?.['assistant_id'] === 'tiny' && metadata['model_id'] === 'scripted' && metadata['model_name'] === 'scripted')).toBe(true)
    // The second session begins with the action that opens it, and so do the first one's ids.
    expect(ids.findLastIndex((id) => id !== current) + 1).toBe(events.findLastIndex(({ event, name }) => event === 'action' && name === 'action_session_start'))
    expect(ids[0]).toBe(ids[1])
  })

  it('keeps the id over a restart, and has none before the first session', async () => {
    const server = await openServer()
    await server.call('POST', '/conversations/ann/tracker/events', { body: { event: 'slot', name: 'payee', value: 'Zoe' } })
    const before = await tracker(server)
    expect([before.current_session_id, before.events[0]?.metadata]).toEqual([null, undefined])
    await talk(server, 'pay somebody')
    const { current_session_id: id } = await tracker(server)
    await talk(server, '/restart')
    expect([(await tracker(server)).current_session_id, (await tracker(server)).events.at(-1)?.metadata]).toEqual([id, expect.objectContaining({ session_id: id })])
  })

  it('says who the user is, once a channel has said so', async () => {
    const server = await openServer()
    await talk(server, 'hello')
    expect(await tracker(server)).not.toHaveProperty('user_id')
    await server.call('POST', '/webhooks/rest/webhook', { body: { sender: 'ann', message: 'hello', metadata: { user_id: 'u-1' } } })
    expect(await tracker(server)).toMatchObject({ sender_id: 'ann', user_id: 'u-1' })
  })

  it('has the fields of each event as Rasa writes them', async () => {
    const server = await openServer()
    await talk(server, 'pay Ann 50', 'yes', '/session_end')
    const { events } = await tracker(server)
    const of = (kind: string): Event | undefined => events.find(({ event }) => event === kind)
    expect(of('user')).toMatchObject({ text: 'pay Ann 50', input_channel: 'rest', parse_data: { text: 'pay Ann 50', intent: { name: null }, entities: [], intent_ranking: [], metadata: {}, commands: [{ command: 'start flow', flow: 'pay' }, {}, {}] } })
    expect(of('action')).toMatchObject({ name: 'action_session_start', policy: 'FlowPolicy', confidence: 1, action_text: null, hide_rule_turn: false })
    expect(of('bot')).toMatchObject({ data: { buttons: [{ title: 'Yes' }] }, metadata: { utter_action: 'utter_ask_confirmed' } })
    expect(of('session_ended')).toMatchObject({ metadata: { _reason: expect.any(String) as string } })
    expect(events.find(({ event, name }) => event === 'action' && name === 'action_pay')?.metadata).toMatchObject({ active_flow: 'pay', step_id: 'go' })
    expect(events.every((event) => !('sequence' in event) && typeof event['timestamp'] === 'number')).toBe(true)
  })
})

describe('PUT .../tracker/events (11.4)', () => {
  const put = (server: TestServer, body: unknown, query = '?include_events=ALL') => server.call('PUT', `/conversations/ann/tracker/events${query}`, { body })

  it('takes what GET gave, into another conversation of another server, which goes on from there', async () => {
    const server = await openServer()
    await talk(server, 'hello', 'pay Ann 50', '/session_start', 'pay somebody', 'to Bob')
    const before = await tracker(server)
    const other = await openServer()
    expect(await put(other, before.events)).toMatchObject({ status: 200 })
    expect(await tracker(other)).toEqual(before)
    await talk(other, '20')
    expect(await tracker(other)).toMatchObject({ slots: { payee: 'Bob', amount: 20 }, current_session_id: before.current_session_id, stack: [{ flow_id: 'pay' }, {}] })
  })

  it('replaces a history, and what was answered once stays answered', async () => {
    const server = await openServer()
    await server.call('POST', '/webhooks/rest/webhook', { body: { sender: 'ann', message: 'pay Ann 50', message_id: 'm1' } })
    const { events } = await tracker(server)
    const cut = events.slice(0, events.findIndex(({ event }) => event === 'user'))
    expect((await put(server, cut)).json).toMatchObject({ slots: { payee: null }, stack: [] })
    expect((await put(server, cut, '?include_events=NONE')).json).toMatchObject({ events: [] })
    await server.call('POST', '/webhooks/rest/webhook', { body: { sender: 'ann', message: 'pay Ann 50', message_id: 'm1' } })
    expect((await tracker(server)).events).toEqual(cut)
  })

  it.each<readonly [string, unknown, RegExp]>([
    ['an unknown kind', [{ event: 'teleported', timestamp: 1 }], /Event 1 is of no kind/], ['no time', [{ event: 'restart' }], /Event 1 \(restart\) is wrong: it must have required property 'timestamp'/],
    ['a slot without a name', [{ event: 'restart', timestamp: 1 }, { event: 'slot', timestamp: 1 }], /Event 2 \(slot\)/], ['a stack patch that does not fit', [{ event: 'stack', timestamp: 1, update: '[{"op":"remove","path":"/5"}]' }], /cannot be applied at "\/5"/],
    ['a follow-up without its step', [{ event: 'followup', timestamp: 1, name: 'action_pay' }], /Event 1 \(followup\)/],
  ])('refuses %s and leaves the old history', async (_, body, message) => {
    const server = await openServer()
    await talk(server, 'pay somebody')
    const before = await tracker(server)
    expect(await put(server, body)).toMatchObject({ status: 400, json: { message: expect.stringMatching(message) as string } })
    expect(await tracker(server)).toEqual(before)
  })

  it('is a 503 where another process was faster, and takes the second try', async () => {
    const server = await openServer()
    await talk(server, 'pay somebody')
    const { events } = await tracker(server)
    await server.parts.store.append('ann', events.length, [{ event: 'slot', name: 'payee', value: 'Zoe', sequence: events.length + 1, timestamp: 1_700_000_099 }])
    expect(await put(server, events)).toMatchObject({ status: 503, json: { reason: 'ConversationContended' } })
    expect(await put(server, events)).toMatchObject({ status: 200, json: { slots: { payee: null } } })
  })

  it('may be long: a history is larger than a message', async () => {
    const server = await openServer()
    const events = Array.from({ length: 2_000 }, (_, at) => ({ event: 'slot', name: 'payee', value: `somebody ${at}`, timestamp: 1_700_000_000 + at }))
    expect((await put(server, events, '?include_events=NONE')).json).toMatchObject({ slots: { payee: 'somebody 1999' }, latest_event_time: 1_700_001_999 })
  })
})

describe('changes from outside (11.4)', () => {
  it('POST .../messages keeps what was said and answers nothing', async () => {
    const server = await openServer()
    await talk(server, 'pay somebody')
    const { status, json } = await server.call('POST', '/conversations/ann/messages', { body: { text: 'Is anybody there?', sender: 'user' } })
    expect([status, json]).toMatchObject([200, { latest_message: { text: 'Is anybody there?', commands: [] }, stack: [{ flow_id: 'pay' }, {}] }])
    expect((json as Tracker).events.at(-1)?.event).toBe('user')
    await talk(server, 'to Bob')
    expect(await tracker(server)).toMatchObject({ slots: { payee: 'Bob' } })
    expect((await server.call('POST', '/conversations/ann/messages', { body: { text: 'x', sender: 'bot' } })).status).toBe(400)
  })

  it('POST .../execute says a response or runs an action, and no flow moves', async () => {
    const server = await openServer()
    await talk(server, 'pay somebody')
    const execute = (name: string) => server.call('POST', '/conversations/ann/execute', { body: { name, policy: null, confidence: 1 } })
    expect((await execute('utter_not_paid')).json).toMatchObject({ messages: [{ recipient_id: 'ann', text: 'Not sent.' }], tracker: { stack: [{ flow_id: 'pay' }, {}], latest_action_name: 'utter_not_paid' } })
    expect((await execute('action_pay')).json).toMatchObject({ messages: [], tracker: { slots: { reference: 'R1' }, latest_action_name: 'action_pay' } })
    for (const name of ['action_nothing', 'action_restart']) expect(await execute(name)).toMatchObject({ status: 404, json: { reason: 'NotFound' } })
    await talk(server, 'to Bob')
    expect(await tracker(server)).toMatchObject({ slots: { payee: 'Bob' } })
  })

  it('POST .../execute keeps nothing of an action that fails', async () => {
    const server = await openServer({}, { pay: () => { throw new Error('no') } } as object)
    await talk(server, 'hello')
    const before = await tracker(server)
    expect(await server.call('POST', '/conversations/ann/execute', { body: { name: 'action_pay' } })).toMatchObject({ status: 400, json: { reason: 'ActionFailed' } })
    expect(await tracker(server)).toEqual(before)
  })

  it('take include_events and the channel of the last message', async () => {
    const server = await openServer()
    await server.call('POST', '/webhooks/rest/webhook', { body: { sender: 'ann', message: 'hello', input_channel: 'web' } })
    expect((await server.call('POST', '/conversations/ann/tracker/events?include_events=NONE', { body: setSlot('payee', 'Zoe') })).json).toMatchObject({ slots: { payee: 'Zoe' }, events: [] })
    const { json } = await server.call('POST', '/conversations/ann/trigger_intent?output_channel=latest&include_events=ALL', { body: { name: 'greet' } })
    expect(json).toMatchObject({ tracker: { latest_input_channel: 'web' } })
  })
})

describe('GET .../story (11.4)', () => {
  it('tells the newest session, or each', async () => {
    const server = await openServer()
    await talk(server, 'pay Ann 50', '/session_start', 'hello')
    const story = async (query = ''): Promise<{ readonly stories: readonly { readonly story: string; readonly steps: readonly object[] }[] }> =>
      parse((await server.call('GET', `/conversations/ann/story${query}`)).text) as { readonly stories: [] }
    expect((await story()).stories).toMatchObject([{ story: 'ann', steps: expect.arrayContaining([{ user: 'hello' }, { action: 'utter_greet' }]) as object[] }])
    const { stories } = await story('?all_sessions=true')
    expect(stories.map((each) => each.story)).toEqual(['ann, session 1', 'ann, session 2'])
    expect(stories[0]?.steps).toEqual(expect.arrayContaining([{ user: 'pay Ann 50' }, { slot_was_set: [{ payee: 'Ann' }] }, { action: 'utter_ask_confirmed' }]))
    expect((await story('?until=5')).stories).toEqual([])
  })
})

describe('the next action (11.4)', () => {
  type Predicted = { readonly scores: readonly { readonly action: string; readonly score: number }[]; readonly policy: string; readonly tracker: Tracker }
  const predicted = async (server: TestServer): Promise<Predicted> => (await server.call('POST', '/conversations/ann/predict')).json as Predicted

  it('is to listen after a turn, and what the answer would begin with for a message without one; nothing is kept', async () => {
    const server = await openServer()
    await talk(server, 'pay Ann 50')
    const listening = await predicted(server)
    expect(listening).toMatchObject({ policy: 'FlowPolicy', confidence: 1 })
    expect(listening.scores[0]).toEqual({ action: 'action_listen', score: 1 })
    expect(listening.scores.filter(({ score }) => score > 0)).toHaveLength(1)
    expect(listening.scores.map(({ action }) => action)).toEqual(expect.arrayContaining(['action_pay', 'utter_paid']))
    await server.call('POST', '/conversations/ann/messages', { body: { text: 'yes', sender: 'user' } })
    const before = await tracker(server)
    expect((await predicted(server)).scores[0]).toEqual({ action: 'action_pay', score: 1 })
    expect(await tracker(server)).toEqual(before)
    expect(server.payments).toEqual([])
  })

  it('is told of a history in the request alone', async () => {
    const server = await openServer()
    const events = [{ event: 'session_started', timestamp: 1 }, { event: 'user', text: 'hello', timestamp: 2 }]
    expect(((await server.call('POST', '/model/predict', { body: events })).json as Predicted).scores[0]).toEqual({ action: 'utter_greet', score: 1 })
    expect(await server.call('POST', '/model/predict', { body: [{ event: 'slot', name: 'no_such_slot', value: 1, timestamp: 1 }, { event: 'stack', update: 'x', timestamp: 2 }] })).toMatchObject({ status: 400 })
    expect((await server.call('GET', '/conversations')).json).toMatchObject({ conversations: [] })
  })
})

describe('the conversations of a user (11.4)', () => {
  it('are found by what the channel said of them, newest first, page by page', async () => {
    const server = await openServer()
    const from = async (sender: string, user: string): Promise<unknown> => server.call('POST', '/webhooks/rest/webhook', { body: { sender, message: 'hello', metadata: { user_id: user } } })
    for (const sender of ['one', 'two', 'three']) await from(sender, 'u-1')
    await from('other', 'u-2')
    await talk(server, 'hello')
    const page = async (query = ''): Promise<unknown> => (await server.call('GET', `/users/u-1/trackers${query}`)).json
    expect(await page()).toMatchObject({ conversations: [{ sender_id: 'three', user_id: 'u-1' }, { sender_id: 'two' }, { sender_id: 'one' }], limit: 20, offset: 0 })
    expect(await page('?limit=1&offset=1')).toMatchObject({ conversations: [{ sender_id: 'two', events: expect.arrayContaining([expect.objectContaining({ event: 'user' })]) as object[] }], limit: 1, offset: 1 })
    expect((await server.call('GET', '/users/nobody/trackers')).json).toEqual({ conversations: [], limit: 20, offset: 0 })
    expect(await server.call('GET', '/users/u-1/trackers?limit=101')).toMatchObject({ status: 400 })
  })
})

describe('the licence (11.4)', () => {
  it('is free and ends on no day', async () => {
    expect((await (await openServer()).call('GET', '/license')).json).toEqual({ id: 'Apache-2.0', company: null, scope: 'attune', email: null, expires: null })
  })
})

describe('routes of Rasa that attune does not have (11.4)', () => {
  it.each([
    ['POST', '/model/train', 'attune train'],
    ['POST', '/model/test/stories', 'attune test'], ['POST', '/model/test/intents', 'attune evaluate'],
    ['POST', '/cancel_background_tasks/ann', 'no background agents'],
  ])('%s %s says why, and what there is instead', async (method, path, words) => {
    expect(await (await openServer()).call(method, path)).toMatchObject({ status: 404, json: { reason: 'NotSupported', message: expect.stringContaining(words) as string, code: 404, status: 'failure', version: '0.0.1', details: {} } })
  })
})
