import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Slot } from '../../src/project/types.js'
import { spokenLine, valueLimits, valuesIn } from '../../src/language/values.js'
import { arbitraryMessage, arbitrarySlot, slotOf } from './legal-arbitrary.js'

const valuesOf = (slot: Slot, message: string): readonly unknown[] => valuesIn(message)(slot).map(({ value }) => value)
const text = slotOf('recipient', 'text')
const number = slotOf('amount', 'float')

describe('values for a slot', () => {
  it('are true and false for a bool', () => expect(valuesOf(slotOf('ok', 'bool'), 'sure')).toEqual([true, false]))
  it('are the declared ones for a categorical slot, in the casing of the domain', () => {
    expect(valuesOf(slotOf('reason', 'categorical', { values: ['Lost', 'Stolen'] }), 'it was stolen')).toEqual(['Lost', 'Stolen'])
  })
  it('are the numbers said for a float, spelled one way', () => {
    expect(valuesIn('€1,250.50 or two hundred')(number)).toEqual([{ text: '1250.5', value: 1250.5 }, { text: '200', value: 200 }])
  })
  it.each([['fivty quid', [50]], ['two hundrd', [200]], ['thuosand', [1000]], ['that is right', []], ['the party is empty', []]])('mend one slip in a number word: %j', (message, values) => {
    expect(valuesOf(number, message)).toEqual(values.length > 0 ? expect.arrayContaining(values) : [])
  })
  it('are the whole of a small range where no number was said', () => {
    const rating = slotOf('rating', 'float', { minimum: 1, maximum: 5 })
    expect(valuesOf(rating, 'very happy')).toEqual([1, 2, 3, 4, 5])
    expect(valuesOf(rating, 'a 4')).toEqual([4])
    expect(valuesOf(slotOf('year', 'float', { minimum: 1900, maximum: 2100 }), 'very happy')).toEqual([])
  })
  it('are none for a list', () => expect(valuesOf(slotOf('items', 'list'), 'bread')).toEqual([]))

  const spans: readonly (readonly [message: string, values: readonly string[]])[] = [
    ['Ann', ['Ann']],
    ['"Ann", please.', ['Ann', 'Ann", please', 'please']],
    ['my  mum\n(Eva)', ['my', 'my mum', 'my mum (Eva)', 'mum', 'mum (Eva)', 'Eva']],
    ["Ann's card", ["Ann's", 'Ann', "Ann's card", 'card']],
    ['O’Neil - 5%', ['O’Neil', 'O’Neil - 5%', '5%']],
    ['C++ #7', ['C++', 'C++ #7', '#7']],
    ['¿José?', ['José']],
    ['... !', []],
    ['', []],
  ]
  it.each(spans)('are the stretches of words of %j for a text slot', (message, values) => {
    expect([...valuesOf(text, message)].sort()).toEqual([...values].sort())
  })
  it('always fit on a line and were said, for any slot and any message', () => {
    fc.assert(fc.property(arbitrarySlot, arbitraryMessage, (slot, message) => {
      const candidates = valuesIn(message)(slot)
      expect(new Set(candidates.map((candidate) => candidate.text)).size).toBe(candidates.length)
      for (const candidate of candidates) {
        expect(candidate.text).toMatch(/^\S(?:[^\n\r]*\S)?$/u)
        if (slot.type === 'text' || slot.type === 'any') expect(spokenLine(message)).toContain(candidate.value)
      }
    }), { numRuns: 500 })
  })
  it('stay few for a message of any length', () => {
    for (const message of ['word '.repeat(20_000), 'x'.repeat(100_000), '1,'.repeat(50_000), '😀'.repeat(50_000), 'one '.repeat(20_000)]) {
      for (const slot of [text, number]) {
        expect(valuesOf(slot, message).length).toBeLessThanOrEqual(valueLimits.messageCharacters * valueLimits.spanWords)
      }
      expect(spokenLine(message).length).toBeLessThanOrEqual(valueLimits.messageCharacters)
    }
  })
})
