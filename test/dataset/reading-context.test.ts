import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { contextReader, longestReading, spellingOf, standsAt } from '../../src/dataset/reading-context.js'
import type { Known, TranscriptTurn } from '../../src/dataset/transcript.js'
import { readWordPieces, type WordPieces } from '../../src/model/encoder/word-piece.js'
import { fixture } from '../model/fixtures.js'

let pieces: WordPieces
beforeAll(async () => { pieces = await readWordPieces(fixture('tiny-bert', 'tokenizer.json')) })

const user = (text: string): TranscriptTurn => ({ from: 'user', text })
const agent = (text: string): TranscriptTurn => ({ from: 'agent', text, action: null })
/** Without the marks of who speaks, which the small vocabulary does not have. */
const read = (turns: readonly TranscriptTurn[], slots: readonly string[] = [], known: readonly Known[] = []): string =>
  pieces.text(contextReader(pieces, new Set(slots))(turns, known)).replace(/\[UNK\] ?/g, '').trim()

describe('a conversation in word pieces', () => {
  it('has the newest turn first', () => {
    expect(read([user('send euros'), agent('how long?'), user('ana')])).toBe('ana how long send euros')
  })

  it('shows of a result what is named like a slot, and the message', () => {
    expect(read([{ from: 'result', fields: { Name: 'ana', Other: 'euros', Message: 'enough', List: ['long'] } }], ['Name', 'List'])).toBe('ana , message enough')
  })

  it('has before all else what was known from earlier calls, not longer than a third of it', () => {
    expect(read([user('send')], [], [{ flow: 'go_on', slots: { HowLong: 'enough' } }, { flow: 'then', slots: { Euros: '250' } }])).toBe('go on how long enough , then euros 250 , send')
    const much = contextReader(pieces, new Set())([user('ana '.repeat(300))], [{ flow: 'go', slots: { A: 'send '.repeat(300) } }])
    expect(pieces.text(much).match(/send/g)?.length).toBeLessThan(longestReading / 2)
    expect(pieces.text(much).match(/ana/g)?.length).toBeGreaterThan(longestReading / 2)
  })

  it('leaves out the oldest of a long one, and the end of a long answer', () => {
    const context = contextReader(pieces, new Set())([user('ana'), ...Array.from({ length: 100 }, () => user('send euros to')), agent('long '.repeat(100))], [])
    expect(context).toHaveLength(longestReading)
    expect(pieces.text(context)).not.toContain('ana')
    expect(pieces.text(context).match(/long/g)).toHaveLength(32)
  })
})

describe('a value in a conversation', () => {
  it('is found in every place where its pieces stand', () => {
    expect(standsAt([1, 5, 6, 2, 5, 6, 7], [5, 6])).toEqual([{ from: 1, to: 2 }, { from: 4, to: 5 }])
    expect(standsAt([1, 5], [])).toEqual([])
  })

  it('is found wherever it was put', () => {
    fc.assert(fc.property(fc.array(fc.nat(9)), fc.array(fc.nat(9), { minLength: 1 }), fc.array(fc.nat(9)), (before, value, after) => {
      expect(standsAt([...before, ...value, ...after], value)).toContainEqual({ from: before.length, to: before.length + value.length - 1 })
    }))
  })

  it.each([
    ['dr . who', [user('with Dr. Who please')], 'Dr. Who'],
    ['5 pm', [user('at 5 PM'), user('or at 5pm')], '5pm'],
    ['ana', [user('Ana'), agent('Thanks, ANA.')], 'ANA'],
    ['an', [user('banana')], 'an'],
    ['31 / 06', [user('on 31/06')], '31/06'],
  ])('%s is spelt as in what was said', (value, turns, spelling) => {
    expect(spellingOf(value, turns)).toBe(spelling)
  })
})
