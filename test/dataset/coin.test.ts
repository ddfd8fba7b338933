import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alike, coined, isCoinable } from '../../src/dataset/coin.js'
import { randomOf } from '../../src/dataset/random.js'
import type { Sample } from '../../src/dataset/said.js'
import { numbersIn } from '../../src/language/numbers.js'
import type { Slot, SlotType } from '../../src/project/types.js'

const slot = (type: SlotType, bounds: Partial<Pick<Slot, 'minimum' | 'maximum'>> = {}): Slot => ({
  name: 's', type, values: [], initialValue: null, minimum: null, maximum: null, mappings: [], validation: null,
  place: { file: 'domain.yml', line: 1, column: 1 }, ...bounds,
})
const literal = (said: string): Sample => ({ said, value: said })

describe('coined values', () => {
  it.each(['Ann', 'Tom Becker', '14 Mill Lane', '+353 87 123 4567', "Jack O'Neill", '0899123456'])('keep the shape of "%s"', (text) => {
    fc.assert(fc.property(fc.nat(), (seed) => {
      const made = coined(text, randomOf(seed))
      expect(made.split(' ')).toHaveLength(text.split(' ').length)
      expect(made.replace(/[\p{L}']+/gu, 'x').replace(/\d/g, '9')).toBe(text.replace(/[\p{L}']+/gu, 'x').replace(/\d/g, '9'))
    }), { numRuns: 100 })
  })
  it('mean what they say', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { said, value } = alike(slot('text'), literal('Tom Becker'), randomOf(seed))
      expect(value).toBe(said)
    }
  })
  it.each(['next Friday', 'my brother', 'the end of May'])('leave "%s" alone, whose words mean something', (said) => {
    expect(alike(slot('text'), literal(said), randomOf(1))).toEqual(literal(said))
  })
  it('are numbers the reader reads as they are meant, within the bounds of the slot', () => {
    fc.assert(fc.property(fc.nat(), fc.constantFrom('50 euros', '€20', '99.99', '7', '2400 euro'), (seed, said) => {
      const value = Number(/[\d.]+/.exec(said)?.[0])
      const other = alike(slot('float', { minimum: 5, maximum: 3000 }), { said, value }, randomOf(seed))
      expect(numbersIn(other.said)).toContain(other.value)
      expect(other.value).toBeGreaterThanOrEqual(5)
      expect(other.value).toBeLessThanOrEqual(3000)
    }), { numRuns: 500 })
  })
  it('are made only for slots whose values are mostly names or numbers', () => {
    expect(isCoinable(slot('text'), ['Ann', 'Bo Li', 'mum'].map(literal))).toBe(true)
    expect(isCoinable(slot('text'), ['Friday', 'next week', 'in two weeks'].map(literal))).toBe(false)
    expect(isCoinable(slot('categorical'), ['Ann'].map(literal))).toBe(false)
  })
})
