import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { setSlot, type Action, type ActionAnswer } from '../../src/actions/action.js'
import { openActions } from '../../src/actions/runner.js'
import { loadActions } from '../../src/actions/load-actions.js'
import { bookings, projectFrom } from './small-project.js'

const project = projectFrom(bookings)
const folder = mkdtempSync(join(tmpdir(), 'attune-actions-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const projectFolder = (modules: Readonly<Record<string, string>>): string => {
  const root = join(folder, `${++count}`)
  mkdirSync(join(root, 'actions'), { recursive: true })
  for (const [name, text] of Object.entries(modules)) writeFileSync(join(root, 'actions', name), text)
  return root
}

const request = (signal = new AbortController().signal) => ({
  action: 'action_book', conversation: 'c', slots: { seats: 4, place: null }, idempotencyKey: 'k', signal,
  tracker: async () => { throw new Error('an action in process needs no tracker') },
})
const answered = async (action: Action, timeoutMilliseconds = 1_000): Promise<ActionAnswer> => {
  const runner = await openActions(project, { timeoutMilliseconds, actions: new Map([['action_book', action], ['action_price', () => ({})]]) })
  return runner.run(request())
}

describe('an action in process', () => {
  it('gets slots and one idempotency key, and answers with events and messages', async () => {
    const answer = await answered(({ slots, idempotencyKey, conversation }) => ({
      events: [setSlot('place', `${JSON.stringify(slots['seats'])} at ${idempotencyKey} for ${conversation}`)],
      messages: [{ utter: 'utter_booked', variables: { number: 7 } }, { text: 'Bye', data: { buttons: [{ title: 'a', payload: 'b' }] } }],
    }))
    expect(answer).toEqual({
      events: [{ event: 'slot', name: 'place', value: '4 at k for c' }],
      messages: [{ utter: 'utter_booked', variables: { number: 7 } }, { text: 'Bye', data: { buttons: [{ title: 'a', payload: 'b' }] } }],
    })
  })

  it('may answer nothing at all', async () => {
    expect(await answered(() => undefined as unknown as ActionAnswer)).toEqual({ events: [], messages: [] })
  })

  it.each<readonly [string, string, unknown]>([
    ['an unknown slot', 'the slot "plce", which the domain does not declare', { events: [{ event: 'slot', name: 'plce', value: 1 }] }],
    ['an unknown event', 'may not make the event "teleported"', { events: [{ event: 'teleported' }] }],
    ['an event that is the engine\'s own', 'may not make the event "stack"', { events: [{ event: 'stack', update: '[]' }] }],
    ['a follow-up action', 'may not make the event "followup"', { events: [{ event: 'followup', name: 'action_book', metadata: { step_key: 'x' } }] }],
    ['an unknown response', 'the response "utter_bokked"', { messages: [{ utter: 'utter_bokked' }] }],
    ['a message without text', 'needs "utter" or "text"', { messages: [{ data: {} }] }],
    ['buttons of the wrong shape', 'needs "utter" or "text"', { messages: [{ text: 'x', data: { buttons: [{ title: 1 }] } }] }],
    ['a wrong shape', 'wrong shape: answer/events must be array', { events: 'none' }],
    ['too many events', 'must NOT have more than 256 items', { events: Array.from({ length: 257 }, () => ({ event: 'reset_slots' })) }],
    ['a function', 'not plain JSON', () => 1],
    ['a number too large for JSON', 'not plain JSON', { events: [{ event: 'slot', name: 'place', value: 1n }] }],
    ['a hidden prototype', '"__proto__" is not allowed', { events: [{ event: 'slot', name: 'place', value: JSON.parse('{"__proto__": {"admin": true}}') as unknown }] }],
    ['deep nesting', 'nested more than 64 levels', { events: [{ event: 'slot', name: 'place', value: JSON.parse('['.repeat(70) + ']'.repeat(70)) as unknown }] }],
  ])('is refused with %s', async (_, detail, answer) => {
    const refusal = expect(answered(() => answer as ActionAnswer)).rejects
    await refusal.toMatchObject({ name: 'ActionFailed', reason: 'invalid-answer', action: 'action_book' })
    await expect(answered(() => answer as ActionAnswer)).rejects.toThrow(detail)
  })

  it('is refused with an answer of more than a mebibyte', async () => {
    await expect(answered(() => ({ messages: [{ text: 'x'.repeat(1_100_000) }] }))).rejects.toMatchObject({ reason: 'too-large' })
  })

  it('fails by throwing, without its message in ours: that may quote a user', async () => {
    class SlotMissing extends Error { override readonly name = 'SlotMissing' }
    const failure = await answered(() => { throw new SlotMissing('customer said: my PIN is 1234') }).catch((error: unknown) => error as Error)
    expect(failure).toMatchObject({ name: 'ActionFailed', reason: 'threw', message: 'action_book failed (threw): SlotMissing.' })
    await expect(answered(() => Promise.reject(new Error('x')))).rejects.toMatchObject({ reason: 'threw' })
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- actions are other people's code
    await expect(answered(() => { throw 'a text' })).rejects.toMatchObject({ reason: 'threw', detail: 'something that is no Error' })
  })

  it('fails when it takes too long, and is told so', async () => {
    let wasTold = false
    const slow = answered(({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => { wasTold = true; reject(new Error('x')) })), 20)
    await expect(slow).rejects.toMatchObject({ reason: 'timeout' })
    expect(wasTold).toBe(true)
    await expect(answered(() => new Promise(() => { /* never */ }), 20)).rejects.toMatchObject({ reason: 'timeout' })
  })

  it('stops with its turn', async () => {
    const turn = new AbortController()
    const runner = await openActions(project, { actions: new Map([['action_book', () => new Promise(() => { /* never */ })], ['action_price', () => ({})]]) })
    const running = runner.run(request(turn.signal))
    turn.abort()
    await expect(running).rejects.toMatchObject({ reason: 'stopped' })
  })
})

describe('modules in actions/', () => {
  it('may be TypeScript or JavaScript, and may share code', async () => {
    const root = projectFolder({
      'book.ts': `import { price } from './price.js'\nexport const actions: Record<string, () => unknown> = { action_book: () => ({ messages: [{ text: String(price satisfies number) }] }) }`,
      'price.ts': 'export const price = 12',
      'more.mjs': 'export const actions = { action_price: () => ({}) }',
      'types.d.ts': 'export type A = 1',
      'notes.md': 'nothing',
    })
    const loaded = await loadActions(root)
    expect([...loaded.keys()].sort()).toEqual(['action_book', 'action_price'])
    expect(await openActions(projectFrom(bookings, root)).then((runner) => runner.run(request()))).toEqual({ events: [], messages: [{ text: '12', data: {} }] })
  })

  it.each<readonly [string, Readonly<Record<string, string>>, RegExp]>([
    ['one that does not parse', { 'a.ts': 'export const actions = {' }, /actions\/a\.ts: it cannot be loaded/],
    ['one that throws', { 'a.ts': 'throw new Error("no database")' }, /a\.ts: it cannot be loaded: no database/],
    ['an export that is no object', { 'a.ts': 'export const actions = 5' }, /must be an object/],
    ['an action that is no function', { 'a.ts': 'export const actions = { action_book: 5 }' }, /"action_book" in its "actions" is no function/],
    ['one action twice', { 'a.ts': 'export const actions = { x: () => ({}) }', 'b.ts': 'export const actions = { x: () => ({}) }' }, /b\.ts: "x" is also in .*a\.ts/],
  ])('are refused: %s', async (_, modules, message) => {
    await expect(loadActions(projectFolder(modules))).rejects.toThrow(message)
    await expect(loadActions(projectFolder(modules))).rejects.toMatchObject({ name: 'ActionModuleBroken' })
  })

  it('that lack declared actions stop the start, all named at once; undeclared ones are told', async () => {
    await expect(openActions(projectFrom(bookings, projectFolder({})))).rejects.toMatchObject({ name: 'ActionsMissing', missing: ['action_book', 'action_price'] })
    await expect(openActions(projectFrom(bookings, join(folder, 'no-such-folder')))).rejects.toMatchObject({ name: 'ActionsMissing' })
    const root = projectFolder({ 'a.ts': 'export const actions = { action_book: () => ({}), action_price: () => ({}), action_prize: () => ({}) }' })
    expect((await openActions(projectFrom(bookings, root))).undeclared).toEqual(['action_prize'])
  })
})
