import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inWords } from '../../src/dataset/numbers.js'
import { numbersIn } from '../../src/language/numbers.js'

describe('numbers in words', () => {
  it.each([
    [0, 'zero'], [13, 'thirteen'], [20, 'twenty'], [45, 'forty-five'], [100, 'one hundred'], [850, 'eight hundred and fifty'],
    [1200, 'one thousand two hundred'], [1005, 'one thousand and five'], [2_000_000, 'two million'],
  ])('writes %d as %s', (value, words) => {
    expect(inWords(value)).toBe(words)
  })
  it.each([-1, 2.5, 1e9, Number.NaN])('has no words for %d', (value) => {
    expect(inWords(value)).toBeNull()
  })
  it('writes what the value reader reads back', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 10_000 }), (value) => {
      expect(numbersIn(`send ${inWords(value) ?? ''} euro`)).toContain(value)
    }), { numRuns: 2000 })
  })
})
