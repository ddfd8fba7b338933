import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placesOf, readTranscripts, sameAs, withoutRepeats, type Transcript, type TranscriptTurn } from '../../src/dataset/transcript.js'
import { temporaryFolder } from '../model/fixtures.js'

const read = async (...rows: readonly unknown[]): Promise<readonly Transcript[]> => {
  const file = join(await temporaryFolder(), 'talks.jsonl')
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'))
  return readTranscripts(file)
}
const user = (text: string): TranscriptTurn => ({ from: 'user', text })
const agent = (text: string, action: string | null = null): TranscriptTurn => ({ from: 'agent', text, action })
const call = (flow: string, slots: Readonly<Record<string, string>>): TranscriptTurn => ({ from: 'call', flow, slots })

describe('a transcript', () => {
  it('is what was said, called and found', async () => {
    const [talk] = await read({ id: 7, tasks: ['weather'], turns: [
      { from: 'user', text: 'Rain?' }, { from: 'agent', text: 'Where?', action: 'ask_city' }, { from: 'agent', text: 'Hm.' },
      { from: 'agent', query: 'weather', constraints: { City: '"Graz"' } }, { from: 'api', item: { City: 'Graz' }, total: 1 }, { from: 'api', item: null, total: 0 },
    ] })
    expect(talk).toEqual({ id: '7', tasks: ['weather'], turns: [
      user('Rain?'), agent('Where?', 'ask_city'), agent('Hm.'), call('weather', { City: 'Graz' }), { from: 'result', fields: { City: 'Graz' } }, { from: 'result', fields: {} },
    ] })
  })

  it.each([
    ['"Friday"', 'Friday'], ['api.is_equal_to("Dr. Who")', 'Dr. Who'], ['api.is_at_least(15)', '15'], ['007', '007'], ['["b","a"]', 'a, b'], ['api.is_one_of(["a"])', 'a'],
    ['True', 'True'], [' "Han " ', 'Han'], ['"half', '"half'], ['api.is_not("a (b)")', 'a (b)'],
  ])('has for %s the value %s', async (written, value) => {
    const [talk] = await read({ id: 1, tasks: [], turns: [{ from: 'agent', query: 'x', constraints: { Slot: written } }] })
    expect(talk?.turns).toEqual([call('x', { Slot: value })])
  })

  it.each(['null', '""', 'api.is_equal_to(null)', ''])('leaves out a slot that is %j', async (written) => {
    const [talk] = await read({ id: 1, tasks: [], turns: [{ from: 'agent', query: 'x', constraints: { Slot: written } }] })
    expect(talk?.turns).toEqual([call('x', {})])
  })

  it.each([
    [{ id: 1, tasks: [] }, "must have required property 'turns'"],
    [{ id: 1, tasks: [], turns: [{ from: 'bot', text: 'x' }] }, 'turns/0/from: must be equal to one of the allowed values'],
    [{ id: 1, tasks: [], turns: [{ from: 'user' }] }, "turns/0: must have required property 'text'"],
    [{ id: 1, tasks: [], turns: [{ from: 'agent', query: 'x' }] }, "turns/0: must have required property 'constraints'"],
    [{ id: 1, tasks: [], turns: [{ from: 'agent', query: 'x', constraints: { Slot: 3 } }] }, 'turns/0/constraints/Slot: must be string'],
  ])('like %j is refused with its line', async (row, message) => {
    await expect(read(row)).rejects.toThrow(message)
    await expect(read(row)).rejects.toThrow('talks.jsonl:1: ')
  })
})

describe('places to read at', () => {
  const turns = [agent('Hello', 'hello'), user('I want to book'), agent('Name?', 'ask_name'), user('Ana'), call('book', { Name: 'Ana' })]

  it('are the first request, and each call with all before it', () => {
    expect(placesOf({ id: '1', tasks: ['book'], turns })).toEqual([
      { before: turns.slice(0, 2), known: [], flow: 'book', slots: null },
      { before: turns.slice(0, 4), known: [], flow: 'book', slots: { Name: 'Ana' } },
    ])
  })

  it('know what earlier calls held, the newest first and the last of each flow only', () => {
    const calls = [call('book', { Name: 'Ana' }), call('ask', { Day: 'today' }), call('book', { Name: 'Bob' }), call('ask', {})]
    expect(placesOf({ id: '1', tasks: [], turns: calls }).map(({ known }) => known.map(({ flow, slots }) => [flow, ...Object.values(slots)].join(' ')))).toEqual([
      [], ['book Ana'], ['ask today', 'book Ana'], ['book Bob', 'ask today'],
    ])
  })

  it.each([
    ['several tasks', { id: '1', tasks: ['book', 'weather'], turns }],
    ['an agent who asks before the user has said anything', { id: '1', tasks: ['book'], turns: turns.slice(2) }],
  ])('are calls only with %s', (_what, transcript) => {
    expect(placesOf(transcript).map(({ slots }) => slots)).toEqual([{ Name: 'Ana' }])
  })

  it('are not repeated where a call is made again before the user speaks', () => {
    const again = [...turns, { from: 'result', fields: {} } as const, call('book', { Name: 'Ana' }), user('and now?'), call('book', { Name: 'Ana' })]
    const places = placesOf({ id: '1', tasks: [], turns: again })
    expect([places.length, withoutRepeats(places).length]).toEqual([3, 2])
  })
})

it.each([['5 PM', '5 pm'], ['Dr. Who', 'dr who'], ['  Élan—vital ', 'élan vital'], ['?!', '?!']])('%j counts as %j', (value, same) => {
  expect(sameAs(value)).toBe(same)
})
