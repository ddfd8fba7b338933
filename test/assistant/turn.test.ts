import { describe, expect, it } from 'vitest'
import { setSlot, type Action, type ActionAnswer } from '../../src/actions/action.js'
import { openActions } from '../../src/actions/runner.js'
import type { AssistantParts } from '../../src/assistant/parts.js'
import type { LogEntry } from '../../src/assistant/log.js'
import { legalCommands } from '../../src/dialogue/legal.js'
import { emptyTracker, foldAll } from '../../src/dialogue/tracker.js'
import type { Understander } from '../../src/understand/understanding.js'
import { bankFiles, bankProject, bankProjectWith, openBank, say, words, type Bank } from './bank.js'
import { scripted } from './scripted.js'

const failing = 'Something went wrong.'
/** An understander that fails in this way for every message. */
const broken = (understand: Understander['understand']): Understander => ({ ...scripted(words), understand })

describe('a turn', () => {
  it('goes from a message over flow, action and response to an answer, and all of it is stored', async () => {
    const { assistant, parts, payments } = await openBank()
    expect(await say(assistant, 'pay Ann 50')).toEqual(['Send 50 to Ann?'])
    const { messages, tracker } = await assistant.handle({ conversation: 'c', text: 'yes', channel: 'rest' })
    expect(messages).toEqual([{ text: 'Sent, R1.', data: {}, metadata: { utter_action: 'utter_paid' } }])
    expect(payments).toMatchObject([{ payee: 'Ann', amount: 50 }])
    const events = await parts.store.read('c')
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
    expect(foldAll(emptyTracker(bankProject), events)).toEqual(tracker)
    expect(await assistant.tracker('c')).toEqual(tracker)
  })

  it('records with the message why it was understood so', async () => {
    const { assistant } = await openBank()
    const { events } = await assistant.handle({ conversation: 'c', text: 'pay somebody', channel: 'rest', messageKey: 'm1', metadata: { page: 3 } })
    expect(events.find(({ event }) => event === 'user')).toMatchObject({
      text: 'pay somebody', input_channel: 'rest', message_id: 'm1', metadata: { page: 3 },
      parse_data: {
        commands: [{ command: 'start flow', flow: 'pay' }], source: 'model', understanding: { probability: 1, candidates: [{ text: 'start flow pay' }] },
        model_version: 'scripted', project_version: bankProject.version, milliseconds: { actions: 0 },
      },
    })
  })

  it('takes rules and buttons without asking the model', async () => {
    const { assistant } = await openBank({ understander: broken(() => { throw new Error('it was asked') }) })
    expect((await assistant.handle({ conversation: 'c', text: 'hello', channel: 'rest' })).events.at(3)).toMatchObject({ event: 'user', parse_data: { source: 'shortcut', understanding: null } })
    const other = await openBank()
    await say(other.assistant, 'pay Ann 50')
    expect(await say(other.assistant, '/SetSlots(confirmed=true)')).toEqual(['Sent, R1.'])
  })

  it('answers from knowledge, then asks the open question again; or says that it knows nothing', async () => {
    const { assistant } = await openBank()
    await say(assistant, 'pay somebody')
    expect(await say(assistant, 'what are the fees')).toEqual(['No fees at all.', 'To whom?'])
    expect(await say(assistant, 'who are you')).toEqual(['I have found no answer to that.', 'To whom?'])
  })

  it('is answered by patterns when the message is empty or too long, not by an error', async () => {
    const { assistant, parts } = await openBank()
    for (const text of ['', '   ', 'x'.repeat(421)]) expect(await say(assistant, text)).toHaveLength(1)
    expect((await parts.store.read('c')).filter(({ event }) => event === 'flow_started')).toMatchObject(Array(3).fill({ flow_id: 'pattern_internal_error' }))
  })

  it('chooses variations differently along a conversation, and the same again when replayed', async () => {
    const greetings = async (): Promise<readonly unknown[]> => {
      const { assistant } = await openBank()
      const said: unknown[] = []
      for (let turn = 0; turn < 12; turn += 1) said.push(...await say(assistant, 'hello'))
      return said
    }
    const first = await greetings()
    expect(new Set(first).size).toBe(3)
    expect(await greetings()).toEqual(first)
  })
})

describe('a model that says nothing', () => {
  it('has not understood', async () => {
    const silent = scripted({ hm: '' })
    const { assistant } = await openBank({ understander: silent })
    expect((await assistant.handle({ conversation: 'c', text: 'hm', channel: 'rest' })).visited).toContainEqual(expect.objectContaining({ flow: 'pattern_cannot_handle' }))
  })
})

describe('an action that fails', () => {
  it.each<readonly [string, () => ActionAnswer | Promise<ActionAnswer>, string]>([
    ['by throwing', () => { throw new Error('the customer said 1234') }, 'threw'],
    ['by hanging', () => new Promise<ActionAnswer>(() => { /* never */ }), 'timeout'],
    ['by a slot nobody knows', () => ({ events: [setSlot('refrence', 'R1')] }), 'invalid-answer'],
    ['by an answer nobody declared', () => ({ messages: [{ utter: 'utter_payd' }] }), 'invalid-answer'],
  ])('%s cancels its flow, leads into the error pattern, and the conversation goes on', async (_, pay, reason) => {
    const entries: LogEntry[] = []
    const { assistant, parts } = await openBank({ pay, log: (entry) => entries.push(entry) })
    await say(assistant, 'pay Ann 50')
    expect(await say(assistant, 'yes')).toEqual([failing])
    const { stack, slots, pending } = await assistant.tracker('c')
    expect({ stack, pending, payee: slots.get('payee') }).toEqual({ stack: [], pending: null, payee: null })
    expect(await say(assistant, 'pay somebody')).toEqual(['To whom?'])
    expect((await parts.store.read('c')).map(({ event }) => event)).toContain('action_execution_rejected')
    expect(entries).toMatchObject([{ level: 'error', event: 'action-failed', action: 'action_pay', reason }])
    expect(JSON.stringify(entries)).not.toMatch(/1234|Ann/)
  })
})

describe('a model that fails', () => {
  it.each<readonly [string, Understander['understand']]>([
    ['by throwing', () => { throw new Error('pay Ann 50') }],
    ['by rejecting', () => Promise.reject(new Error('pay Ann 50'))],
    ['by hanging', () => new Promise(() => { /* never */ })],
  ])('%s leads into the error pattern and keeps what was said', async (_, understand) => {
    const entries: LogEntry[] = []
    const { assistant, parts } = await openBank({ understander: broken(understand), limits: { understandMilliseconds: 30 }, log: (entry) => entries.push(entry) })
    expect(await say(assistant, 'pay Ann 50')).toEqual([failing])
    expect((await parts.store.read('c')).find(({ event }) => event === 'user')).toMatchObject({ text: 'pay Ann 50', parse_data: { source: 'failure', understanding: null } })
    expect(await say(assistant, 'hello')).toHaveLength(1)
    expect(entries).toMatchObject([{ event: 'understanding-failed' }])
    expect(JSON.stringify(entries)).not.toContain('Ann')
  })
})

describe('a mistake in our own code', () => {
  it('does not lose the conversation', async () => {
    const entries: LogEntry[] = []
    const { assistant, parts } = await openBank({ search: () => { throw new RangeError('a bug') }, log: (entry) => entries.push(entry) })
    await say(assistant, 'pay somebody')
    const before = (await parts.store.read('c')).length
    expect(await say(assistant, 'what are the fees')).toEqual([failing, 'To whom?'])
    expect((await parts.store.read('c', before))[0]).toMatchObject({ event: 'user', text: 'what are the fees', parse_data: { source: 'failure' } })
    expect(await say(assistant, 'to Bob')).toEqual(['How much to Bob?'])
    expect(entries).toMatchObject([{ event: 'turn-failed', error: 'RangeError' }])
  })
})

describe('an action of every turn', () => {
  const files = {
    'domain.yml': bankFiles['domain.yml'].replace('actions: [action_pay]', 'actions: [action_pay, action_clock]')
      .replace('reference: {type: text, mappings: [{type: controlled}]}', 'reference: {type: text, mappings: [{type: controlled, run_action_every_turn: action_clock}]}'),
  }
  const openClock = async (clock: Action, changes: Partial<typeof bankFiles> = {}, parts: Partial<AssistantParts> = {}): Promise<Bank> => {
    const project = bankProjectWith({ ...files, ...changes })
    return openBank({ ...parts, project, actions: await openActions(project, { actions: new Map([['action_pay', () => ({})], ['action_clock', clock]]) }) })
  }

  it('fills its slot before the commands are carried out, with a key of its own each turn', async () => {
    const keys = new Set<string>()
    const { assistant, parts } = await openClock(({ idempotencyKey }) => { keys.add(idempotencyKey); return { events: [setSlot('reference', `T${keys.size}`)] } })
    await say(assistant, 'pay somebody')
    await say(assistant, 'to Bob')
    expect((await assistant.tracker('c')).slots.get('reference')).toBe('T2')
    expect(keys.size).toBe(2)
    const kinds = (await parts.store.read('c')).map((event) => (event.event === 'action' ? event.name : event.event))
    expect(kinds.slice(kinds.indexOf('user'), kinds.indexOf('flow_started'))).toEqual(['user', 'action_clock', 'slot'])
  })

  it('has run before guards are asked, rules are matched and the model is shown the state', async () => {
    const seen: unknown[] = []
    const watching: Understander = {
      ...scripted({}),
      understand: async (project, tracker, message) => {
        const { transcript, session } = tracker
        seen.push({ reference: tracker.slots.get('reference'), flows: [...legalCommands(project, tracker).startable], said: transcript.map(({ text }) => text), turns: session.messages })
        return scripted({}).understand(project, tracker, message)
      },
    }
    const guarded = {
      'flows/pay.yml': 'flows:\n  night:\n    description: Only at night.\n    if: slots.reference == "night"\n    steps:\n      - action: utter_greet\n',
      'data/rules.yml': 'nlu:\n  - intent: night\n    examples: |\n      - is it dark\nrules:\n  - rule: at night\n    steps:\n      - intent: night\n      - flow: night\n',
    }
    const { assistant, parts } = await openClock(() => ({ messages: [{ text: 'Tock.' }], events: [setSlot('reference', 'night')] }), guarded, { understander: watching })
    await say(assistant, 'how late is it')
    expect(seen).toMatchObject([{ reference: 'night', flows: ['night'], said: ['Tock.'], turns: 0 }])
    expect((await parts.store.read('c')).find(({ event }) => event === 'user')).toMatchObject({ parse_data: { source: 'model', commands: [{ command: 'cannot handle' }] } })
    expect((await assistant.tracker('c')).latestCommands).toMatchObject([{ command: 'cannot handle' }])
    const { visited } = await assistant.handle({ conversation: 'other', text: 'is it dark', channel: 'rest' })
    expect(visited).toContainEqual(expect.objectContaining({ flow: 'night' }))
  })

  it('may fail without harm to the turn', async () => {
    const { assistant } = await openClock(() => { throw new Error('no time') })
    expect(await say(assistant, 'pay somebody')).toEqual(['To whom?'])
  })
})

describe('a session', () => {
  it('keeps what the channel knew about its first message', async () => {
    const { assistant } = await openBank()
    await assistant.handle({ conversation: 'c', text: 'hello', channel: 'rest', metadata: { caller: '+353' } })
    await assistant.handle({ conversation: 'c', text: 'hello', channel: 'rest', metadata: { caller: 'other' } })
    expect((await assistant.tracker('c')).slots.get('session_started_metadata')).toEqual({ caller: '+353' })
  })

  it('begins with the first message and anew after an hour of silence, and slots are carried over', async () => {
    const { assistant, parts, clock } = await openBank()
    await say(assistant, 'pay Ann 50')
    clock.seconds += 3_500
    expect(await say(assistant, 'no')).toEqual(['Not sent.'])
    await say(assistant, 'pay Ann 50')
    clock.seconds += 3_700
    await say(assistant, 'hello')
    expect((await parts.store.read('c')).filter(({ event }) => event === 'session_started')).toHaveLength(2)
    expect((await assistant.tracker('c')).slots.get('payee')).toBe('Ann')
    expect((await assistant.tracker('c')).stack).toEqual([])
  })

  it('that has ended for good gets no answer and keeps nothing', async () => {
    const { assistant, parts } = await openBank()
    await say(assistant, 'hello')
    await say(assistant, '/session_end')
    const ended = (await parts.store.read('c')).length
    expect((await assistant.tracker('c')).session.state).toBe('ended')
    expect(await say(assistant, 'hello')).toEqual([])
    expect(await parts.store.read('c')).toHaveLength(ended)
  })
})

describe('a project that changed under a live conversation', () => {
  it('goes on with the old events', async () => {
    const { assistant, parts } = await openBank()
    await say(assistant, 'pay Ann 50')
    const project = bankProjectWith({ 'flows/pay.yml': 'flows:\n  other:\n    description: Something else altogether.\n    steps:\n      - action: utter_greet\n' })
    const { assistant: later } = await openBank({ project, store: parts.store })
    const answers = await say(later, 'yes')
    expect(answers.length).toBeGreaterThan(0)
    expect(answers).not.toContain('Sent, R1.')
    expect(foldAll(emptyTracker(project), await parts.store.read('c'))).toEqual(await later.tracker('c'))
  })
})
