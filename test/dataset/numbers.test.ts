import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inWords, numbersIn } from '../../src/dataset/numbers.js'

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
  it('reads back every number it writes', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 999_999_999 }), (value) => {
      expect(numbersIn(`send ${inWords(value) ?? ''} euro`).map((found) => found.value)).toEqual([value])
    }), { numRuns: 2000 })
  })
})

describe('numbers in a message', () => {
  it.each([
    ['650 euro please', [650]],
    ['€1,200.50 to Ann', [1200.5]],
    ['about 1.5k', [1500]],
    ['two hundred and fifty dollars', [250]],
    ['twenty five and then ten', [25, 10]],
    ['a thousand', [1000]],
    ['five six', [5, 6]],
    ['one and two', [1, 2]],
    ['flat 3b has no number of its own', []],
    ['fifty to Ann and 20 to Bo', [50, 20]],
    ['for the summer', []],
  ])('finds them in "%s"', (text, values) => {
    expect(numbersIn(text).map((found) => found.value)).toEqual(values)
  })
  it('says where each one stands', () => {
    const text = 'pay fifty-two or 60'
    expect(numbersIn(text).map(({ start, end }) => text.slice(start, end))).toEqual(['fifty-two', '60'])
  })
})
