import { describe, expect, it } from 'vitest'
import type { Action } from '../../src/actions/action.js'
import { openActions } from '../../src/actions/runner.js'
import { Timekeeper } from '../../src/assistant/timekeeper.js'
import type { TrackerEvent } from '../../src/dialogue/events.js'
import { emptyTracker, foldAll } from '../../src/dialogue/tracker.js'
import { openMemoryStore } from '../../src/store/memory.js'
import type { TrackerStore } from '../../src/store/tracker-store.js'
import { bankFiles, bankProjectWith, openBank, say, type Bank } from './bank.js'

const project = (session = ''): ReturnType<typeof bankProjectWith> => bankProjectWith({
  'domain.yml': `${bankFiles['domain.yml']}${session}`,
  'flows/pay.yml': bankFiles['flows/pay.yml'].replace('    description: Sends money', '    nlu_trigger: [{intent: pay_again}]\n    description: Sends money'),
})
/** `later(seconds)` of the bank's clock as Rasa writes it. */
const later = (seconds: number): string => new Date((1_700_000_000 + seconds) * 1_000).toISOString()
const reminder = (fields: object = {}): object => ({ event: 'reminder', intent: 'pay_again', date_time: later(600), name: 'again', ...fields })

type Timed = Bank & { readonly look: () => Promise<readonly unknown[]>; readonly keeper: Timekeeper; readonly told: unknown[]; readonly logged: string[] }
const openTimed = async (events: readonly object[], { store = openMemoryStore(), session = '' }: { readonly store?: TrackerStore; readonly session?: string } = {}): Promise<Timed> => {
  const pay: Action = () => ({ events: events as readonly TrackerEvent[] })
  const loaded = project(session)
  const logged: string[] = []
  const bank = await openBank({
    store, project: loaded, actions: await openActions(loaded, { actions: new Map([['action_pay', pay]]) }), log: (entry) => void logged.push(entry.event),
  })
  const told: unknown[] = []
  const keeper = new Timekeeper({
    assistant: bank.assistant, store, now: () => bank.clock.seconds, log: (entry) => void logged.push(entry.event),
    deliver: async (conversation, channel, messages) => void told.push([conversation, channel, ...messages.map(({ text }) => text)]),
  })
  return { ...bank, keeper, told, logged, look: async () => { await keeper.look(); return told.splice(0) } }
}
/** Says what makes action_pay run, with its events. */
const paid = async ({ assistant }: Bank): Promise<void> => {
  await say(assistant, 'pay Ann 50')
  await say(assistant, 'yes')
}

describe('a reminder', () => {
  it('is heard at its time, once, as if the user had meant its intent', async () => {
    const bank = await openTimed([reminder({ entities: { amount: 5 } })])
    await paid(bank)
    expect(await bank.look()).toEqual([])
    bank.clock.seconds = 1_700_000_601
    expect(await bank.look()).toEqual([['c', 'rest', 'To whom?']])
    bank.clock.seconds += 600
    expect(await bank.look()).toEqual([])
    const heard = (await bank.parts.store.read('c')).filter((event) => event.event === 'user').at(-1)
    expect(heard).toMatchObject({ text: '/pay_again{"amount":5}', metadata: { reminder: 'again' } })
  })

  it('that came due while nothing ran is heard by the next process over the same store', async () => {
    const store = openMemoryStore()
    await paid(await openTimed([reminder()], { store }))
    const next = await openTimed([], { store })
    next.clock.seconds = 1_700_009_000
    expect(await next.look()).toEqual([['c', 'rest', 'To whom?']])
    const third = await openTimed([], { store })
    third.clock.seconds = 1_700_009_100
    expect(await third.look()).toEqual([])
  })

  it.each<[string, readonly object[], (bank: Bank) => Promise<unknown>, number]>([
    ['a message of the user, unless it outlives one', [reminder()], ({ assistant }) => say(assistant, 'hello'), 0],
    ['nothing, where it outlives a message', [reminder({ kill_on_user_msg: false })], ({ assistant }) => say(assistant, 'hello'), 1],
    ['its name', [reminder(), { event: 'cancel_reminder', name: 'again' }], async () => undefined, 0],
    ['another name: not', [reminder(), { event: 'cancel_reminder', name: 'other' }], async () => undefined, 1],
    ['its intent and entities', [reminder({ entities: { a: 1 } }), { event: 'cancel_reminder', intent: 'pay_again', entities: { a: 1 } }], async () => undefined, 0],
    ['its intent with other entities: not', [reminder({ entities: { a: 1 } }), { event: 'cancel_reminder', intent: 'pay_again', entities: { a: 2 } }], async () => undefined, 1],
    ['a cancellation of all', [reminder(), reminder({ name: 'b' }), { event: 'cancel_reminder' }], async () => undefined, 0],
    ['another of its name, which takes its place', [reminder(), reminder({ date_time: later(99_000) })], async () => undefined, 0],
    ['a restart', [reminder()], ({ assistant }) => assistant.note('c', [{ event: 'restart' }]), 0],
    ['the end of the session', [reminder()], ({ assistant }) => assistant.note('c', [{ event: 'session_ended' }]), 0],
  ])('is cancelled by %s', async (_name, events, then, times) => {
    const bank = await openTimed(events)
    await paid(bank)
    await then(bank)
    bank.clock.seconds = 1_700_000_700
    expect(await bank.look()).toHaveLength(times)
  })

  it('whose intent means nothing here is taken off the list, and told', async () => {
    const bank = await openTimed([reminder({ intent: 'unheard_of' })])
    await paid(bank)
    bank.clock.seconds = 1_700_000_700
    expect(await bank.look()).toEqual([])
    expect(bank.logged).toContain('reminder-without-meaning')
    expect((await bank.assistant.tracker('c')).reminders).toEqual([])
  })

  it.each([[{ date_time: 'soon' }], [{ date_time: undefined }], [{ intent: 'two words' }], [{ kill_on_user_msg: 'yes' }]])('with %o is refused: the action fails', async (fields) => {
    const bank = await openTimed([reminder(fields)])
    await paid(bank)
    expect(bank.logged).toContain('action-failed')
    expect((await bank.assistant.tracker('c')).reminders).toEqual([])
  })

  it('of a conversation that cannot be woken does not keep others waiting', async () => {
    const bank = await openTimed([])
    const woken: string[] = []
    const keeper = new Timekeeper({
      store: { due: async () => ['bad', 'good'] }, now: () => 5, log: () => undefined, deliver: async () => undefined,
      assistant: { wake: async (conversation) => { woken.push(conversation); if (conversation === 'bad') throw new Error('no'); return { messages: [], channel: 'rest' } } },
    })
    await keeper.look()
    await keeper.look()
    expect(woken).toEqual(['bad', 'good', 'good'])
    await bank.assistant.stop(0)
  })

  it('is heard without being asked for, by a clock that runs', async () => {
    const bank = await openTimed([reminder()])
    await paid(bank)
    bank.clock.seconds = 1_700_000_700
    bank.keeper.start(1)
    await expect.poll(() => bank.told).toEqual([['c', 'rest', 'To whom?']])
    await bank.keeper.stop()
  })
})

describe('a session in which nobody speaks', () => {
  it('becomes inactive at its time; the next message opens another', async () => {
    const bank = await openTimed([])
    await say(bank.assistant, 'pay somebody')
    bank.clock.seconds = 1_700_003_500
    await bank.look()
    expect((await bank.assistant.tracker('c')).session.state).toBe('open')
    bank.clock.seconds = 1_700_003_700
    await bank.look()
    await bank.look()
    const events = await bank.parts.store.read('c')
    expect(events.filter(({ event }) => event === 'conversation_inactive')).toHaveLength(1)
    expect((await bank.assistant.tracker('c')).session.state).toBe('inactive')
    expect(await say(bank.assistant, 'hello')).toHaveLength(1)
    expect((await bank.assistant.tracker('c')).session).toMatchObject({ state: 'open', number: 2 })
  })

  it('goes on in the same session under a new id where no new one is wanted', async () => {
    const bank = await openTimed([], { session: 'session_config: {session_expiration_time: 10, start_session_after_expiry: false}\n' })
    await say(bank.assistant, 'pay somebody')
    bank.clock.seconds = 1_700_000_700
    await bank.look()
    expect(await say(bank.assistant, 'to Bob')).toEqual(['How much to Bob?'])
    const events = await bank.parts.store.read('c')
    const ids = events.flatMap((event) => (event.event === 'session_started' || event.event === 'conversation_resumed' ? [event.metadata?.session_id] : []))
    expect(new Set(ids).size).toBe(2)
    expect(foldAll(emptyTracker(bank.assistant.project), events)).toEqual(await bank.assistant.tracker('c'))
  })

  it.each([['with 0 minutes', 'session_config: {session_expiration_time: 0}\n'], ['before 3.16', '']])('never does %s', async (name, session) => {
    const bank = await openTimed([], { session })
    const { assistant } = name === 'before 3.16' ? await openBank({ store: bank.parts.store, project: bankProjectWith({ 'config.yml': 'language: en\ncompat: "3.13"\n' }) }) : bank
    await say(assistant, 'pay somebody')
    bank.clock.seconds = 1_800_000_000
    await bank.look()
    expect((await bank.parts.store.read('c')).some(({ event }) => event === 'conversation_inactive')).toBe(false)
  })

  it('may be paused and called inactive by hand', async () => {
    const bank = await openTimed([])
    await say(bank.assistant, 'pay somebody')
    await bank.assistant.note('c', [{ event: 'session_paused', reason: 'lunch' }, { event: 'conversation_inactive' }])
    expect((await bank.parts.store.read('c')).slice(-2)).toMatchObject([{ event: 'session_paused', reason: 'lunch' }, { event: 'conversation_inactive' }])
    expect((await bank.assistant.tracker('c')).session.state).toBe('inactive')
  })
})

describe('what an action takes back', () => {
  it('rewind: the message counts as not said, and the open question comes again', async () => {
    const bank = await openTimed([{ event: 'rewind' }])
    await say(bank.assistant, 'pay Ann 50')
    expect(await say(bank.assistant, 'yes')).toEqual(['Send 50 to Ann?'])
    const tracker = await bank.assistant.tracker('c')
    expect(tracker.slots.get('confirmed')).toBeNull()
    expect(foldAll(emptyTracker(bank.assistant.project), await bank.parts.store.read('c'))).toEqual(tracker)
    expect(await say(bank.assistant, 'no')).toEqual(['Not sent.'])
  })

  it('undo: what the action itself did, and the flow goes on behind it', async () => {
    const bank = await openTimed([{ event: 'slot', name: 'reference', value: 'R1' }, { event: 'undo' }])
    await say(bank.assistant, 'pay Ann 50')
    expect(await say(bank.assistant, 'yes')).toEqual(['Sent, None.'])
  })

  it('rewind from outside: the conversation stands where it stood, also for a process that begins afterwards', async () => {
    const bank = await openTimed([])
    await say(bank.assistant, 'pay somebody')
    await say(bank.assistant, 'to Bob')
    await bank.assistant.note('c', [{ event: 'rewind' }])
    const { assistant } = await openBank({ store: bank.parts.store, project: bank.assistant.project })
    for (const each of [bank.assistant, assistant]) expect((await each.tracker('c')).slots.get('payee')).toBeNull()
    expect(await say(assistant, 'to Bob')).toEqual(['How much to Bob?'])
  })
})
