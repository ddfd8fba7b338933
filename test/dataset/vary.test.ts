import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numbersIn } from '../../src/language/numbers.js'
import { phrasesOf } from '../../src/dataset/phrases.js'
import { randomOf } from '../../src/dataset/random.js'
import { joined, resampled, withSpan, type Said } from '../../src/dataset/said.js'
import { variations, varied } from '../../src/dataset/vary.js'

const transfer: Said = {
  text: "I'd like to send 1200 to Ann Miller",
  spans: [{ start: 17, end: 21, slot: 'amount', value: 1200 }, { start: 25, end: 35, slot: 'recipient', value: 'Ann Miller' }],
}
const english = phrasesOf('en')
const wordsOf = (said: Said): string[] => said.spans.map(({ start, end }) => said.text.slice(start, end))

describe('values in a message', () => {
  it('move along when one of them grows', () => {
    const said = withSpan(transfer, 0, 'one thousand two hundred', 1200)
    expect(wordsOf(said)).toEqual(['one thousand two hundred', 'Ann Miller'])
  })
  it('keep their places when messages are joined', () => {
    expect(wordsOf(joined('no, ', transfer, '!'))).toEqual(['1200', 'Ann Miller'])
  })
  it('are replaced together with what they mean', () => {
    const said = resampled(transfer, (slot) => (slot === 'recipient' ? [{ said: 'my mum', value: 'Mum' }] : []), randomOf(1), 1)
    expect(said.text).toBe("I'd like to send 1200 to my mum")
    expect(said.spans[1]?.value).toBe('Mum')
  })
})

describe('variations', () => {
  it.each(variations.map(({ name, vary }) => [name, vary] as const))('"%s" never loses a value or changes a number', (_, vary) => {
    fc.assert(fc.property(fc.nat(), (seed) => {
      const said = vary(transfer, randomOf(seed), english)
      expect(said.spans.map(({ slot }) => slot)).toEqual(['amount', 'recipient'])
      expect(said.spans[0]?.value).toBe(1200)
      expect(numbersIn(wordsOf(said)[0] ?? '')).toContain(1200)
      // A name means what was written: the model copies it.
      expect(said.spans[1]?.value).toBe(wordsOf(said)[1])
    }), { numRuns: 200 })
  })
  it('are the same for the same key and differ between keys', () => {
    const texts = (): string[] => Array.from({ length: 40 }, (_, index) => varied(transfer, 'request', randomOf('key', index), english).text)
    expect(texts()).toEqual(texts())
    expect(new Set(texts()).size).toBeGreaterThan(15)
  })
  it('put no polite opening before an answer', () => {
    const no: Said = { text: 'no', spans: [] }
    for (let index = 0; index < 200; index++) {
      expect(varied(no, 'answer', randomOf(index), english).text.toLowerCase().replace(/[.!]/g, '')).toBe('no')
    }
  })
  it('invent nothing in a language they do not know', () => {
    const bitte: Said = { text: 'Bitte Geld senden', spans: [] }
    const known = phrasesOf('de')
    for (let index = 0; index < 100; index++) {
      const text = varied(bitte, 'request', randomOf(index), known).text.toLowerCase()
      expect(text.split(' ')).toHaveLength(3)
    }
  })
})
