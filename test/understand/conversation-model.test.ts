import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ReadingPlace, TranscriptTurn } from '../../src/dataset/transcript.js'
import { shapesOf, slotHeadParts, type SlotHeadNumbers } from '../../src/model/encoder/slot-head.js'
import { readWordPieces, type WordPieces } from '../../src/model/encoder/word-piece.js'
import { conversationFigures, type ReadPlace } from '../../src/understand/conversation-figures.js'
import { contextsOf, exampleOf, planOf, readConversationModel, readingFrom, writeConversationModel, type ConversationQuestions } from '../../src/understand/conversation-model.js'
import { fixture, temporaryFolder } from '../model/fixtures.js'

const asked: ConversationQuestions = {
  encoder: 'all-minilm-l6-v2', hidden: 4, flows: ['ask', 'send'],
  slots: [
    { flow: 'ask', slot: 'Size', kind: 'choice', values: ['Long', 'Enough'] }, { flow: 'send', slot: 'Size', kind: 'choice', values: ['long'] },
    { flow: 'send', slot: 'Who', kind: 'words' }, { flow: 'ask', slot: 'Who', kind: 'words' },
  ],
}
const plan = planOf(asked)
let pieces: WordPieces
beforeAll(async () => { pieces = await readWordPieces(fixture('tiny-bert', 'tokenizer.json')) })
const before: readonly TranscriptTurn[] = [{ from: 'agent', text: 'Ana?', action: null }, { from: 'user', text: 'send euros to Ana, 1,000' }]
const place = (slots: Readonly<Record<string, string>> | null, flow = 'send'): ReadingPlace => ({ before, known: [], flow, slots })
const learned = (given: ReadingPlace) => exampleOf(asked, plan, pieces, contextsOf(asked, pieces)(before, []), given)

describe('questions about a conversation', () => {
  it('share what slots of one name have in common, each with the values of its own flow', () => {
    expect(plan.questions.choices).toEqual([{ name: 0, allowed: [1, 2] }, { name: 1, allowed: [0, 1, 2] }, { name: 1, allowed: [0, 1] }])
    expect(plan.questions.words).toEqual([{ name: 0 }, { name: 0 }])
    expect(plan.questions.classes).toBe(3)
  })

  it('learn the flow, the class of a choice, and every place where words stand', () => {
    const { choices, words } = learned(place({ Size: 'LONG', Who: 'ana' }))
    expect(choices).toEqual([{ question: 0, right: 2 }, { question: 2, right: 1 }])
    expect(words.map(({ question, places }) => [question, places.length])).toEqual([[0, 2]])
  })

  it('learn what was not said, and nothing from values that nobody can know', () => {
    expect(learned(place({}))).toMatchObject({ choices: [{ question: 0, right: 2 }, { question: 2, right: 0 }], words: [{ question: 0, places: [{ from: 0, to: 0 }] }] })
    expect(learned(place({ Size: 'tiny', Who: 'go' }))).toMatchObject({ choices: [{ question: 0, right: 2 }], words: [] })
    expect(learned(place(null))).toMatchObject({ choices: [{ question: 0, right: 2 }], words: [] })
  })
})

describe('what is read', () => {
  const read = (flow: number, words: { readonly from: number; readonly to: number }, size = 1) => {
    const context = contextsOf(asked, pieces)(before, [])
    const peak = (at: number): readonly number[] => context.map((_, place) => (place === at ? 5 : 0))
    const answer = { choices: [[-1e9, flow === 0 ? 4 : 0, flow === 1 ? 4 : 0], [0, 0, 3], size === 1 ? [0, 2, 0] : [2, 0, 0]], starts: [peak(words.from), peak(0)], ends: [peak(words.to), peak(0)] }
    return readingFrom(asked, plan, pieces, answer, context, before)
  }
  const at = (word: string): number => contextsOf(asked, pieces)(before, []).indexOf(pieces.encode(word, 9)[1] ?? -1)

  it('is the likeliest flow and its slots only, words as they were written', () => {
    const { probability, ...reading } = read(1, { from: at('ana'), to: at('ana') })
    expect(reading).toEqual({ flow: 'send', slots: { Size: 'long', Who: 'Ana' } })
    expect(probability).toBeCloseTo(Math.exp(4) / (Math.exp(4) + 1), 5)
    expect(read(0, { from: at('ana'), to: at('ana') })).toMatchObject({ flow: 'ask', slots: { Size: 'Enough' } })
  })

  it('leaves out what was not said', () => {
    expect(read(1, { from: 0, to: 0 }, 0).slots).toEqual({})
  })

  it('are words in their order, never an end before its start', () => {
    expect(read(1, { from: at('1'), to: at('1') + 2 }).slots['Who']).toBe('1,000')
    expect(read(1, { from: at('1'), to: at('1') - 3 }).slots['Who']).not.toBe(undefined)
  })
})

describe('a model of conversations', () => {
  const shapes = shapesOf(plan.questions)
  const numbers = Object.fromEntries(slotHeadParts.map((part) => [part, Float32Array.from({ length: shapes[part][0] * shapes[part][1] }, (_, at) => at / 8)])) as unknown as SlotHeadNumbers

  it('is read as it was written', async () => {
    const folder = await temporaryFolder()
    await writeConversationModel(folder, asked, numbers)
    expect(await readConversationModel(folder)).toEqual({ asked, numbers })
    expect(await readConversationModel(join(folder, 'elsewhere'))).toBeNull()
  })

  it.each([
    ['no JSON', '{', 'found no JSON'],
    ['another version', '{"version": 7}', 'found version 7'],
    ['an unknown encoder', '{"version": 1, "encoder": "gpt"}', 'found "gpt" for encoder'],
    ['a choice without values', JSON.stringify({ version: 1, ...asked, slots: [{ flow: 'ask', slot: 'Size', kind: 'choice' }] }), 'other flows or slots'],
    ['more slots than numbers', JSON.stringify({ version: 1, ...asked, slots: [...asked.slots, { flow: 'send', slot: 'More', kind: 'words' }] }), 'wordShared of 1 x 8 numbers'],
  ])('with %s is refused', async (_what, text, message) => {
    const folder = await temporaryFolder()
    await writeConversationModel(folder, asked, numbers)
    await writeFile(join(folder, 'conversation.json'), text)
    await expect(readConversationModel(folder)).rejects.toThrow(message)
  })
})

describe('figures of what was read', () => {
  const one = (given: ReadingPlace, flow: string, slots: Readonly<Record<string, string>> = {}): ReadPlace => ({ place: given, reading: { flow, probability: 1, slots } })
  const called: ReadingPlace = { ...place({ Who: 'Ana' }), before: [...before, { from: 'call', flow: 'send', slots: {} }] }
  const figures = conversationFigures([
    one(place(null), 'send'), one(place(null), 'ask'),
    one(place({ Who: 'Ana', Size: 'long' }), 'send', { Who: 'ANA', Size: 'Long' }), // all right
    one(place({ Who: 'Ana' }), 'send', { Who: 'Bob', Size: 'long' }), // one wrong, one too many
    one(called, 'ask', { Who: 'Ana' }), // another flow: nothing counts
  ])

  it('count requests, calls, slots and whole calls', () => {
    expect([figures.requests, figures.calls, figures.newCalls, figures.slots, figures.filled, figures.whole].map(({ of, share }) => [of, Number(share.toFixed(3))])).toEqual([
      [2, 0.5], [3, 0.667], [2, 1], [4, 0.5], [5, 0.4], [3, 0.333],
    ])
  })

  it('name the slots and flows that are most often wrong first', () => {
    expect(figures.bySlot.map(({ flow, slot, of, share }) => [flow, slot, of, Number(share.toFixed(2))])).toEqual([['send', 'Who', 3, 0.33], ['send', 'Size', 1, 1]])
    expect(figures.confusions).toEqual([{ flow: 'send', given: 'ask', count: 2 }])
  })

  it('of nothing are of nothing', () => {
    expect(conversationFigures([]).calls).toEqual({ of: 0, share: 0, margin: 0 })
  })
})
