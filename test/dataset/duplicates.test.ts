import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { groupsOf, jaccard, normalised, shinglesOf, templateOf } from '../../src/dataset/duplicates.js'

describe('templates', () => {
  it.each([
    ['Send €50 to Ann!', 'send # to ann'],
    ["I'd  like\tto pay", 'id like to pay'],
    ['Zürich, bitte', 'zurich bitte'],
    ['1,200.50', '#'],
  ])('normalise "%s" to "%s"', (text, expected) => {
    expect(normalised(text)).toBe(expected)
  })
  it('mask values, so that other values are the same sentence', () => {
    const spans = [{ start: 5, end: 7, slot: 'amount' }, { start: 11, end: 14, slot: 'recipient' }]
    expect(templateOf('Send 50 to Ann', spans)).toBe('send <amount> to <recipient>')
  })
  it('keep bare values apart: two names are not near-duplicates', () => {
    expect(templateOf('Ann', [{ start: 0, end: 3, slot: 'recipient' }])).not.toBe(templateOf('Bob', [{ start: 0, end: 3, slot: 'recipient' }]))
  })
})

describe('groups of near-duplicates', () => {
  it('join sentences that differ in a word, and keep different requests apart', () => {
    const groups = groupsOf(['i lost my card', 'i have lost my card', 'send money to my sister', 'block my card'])
    expect(groups.get('i have lost my card')).toBe(groups.get('i lost my card'))
    expect(groups.get('block my card')).not.toBe(groups.get('i lost my card'))
    expect(groups.get('send money to my sister')).not.toBe(groups.get('i lost my card'))
  })
  it('do not depend on the order they come in', () => {
    const words = fc.constantFrom('send', 'money', 'card', 'my', 'to', 'lost', 'block', 'the')
    const sentences = fc.array(fc.array(words, { minLength: 1, maxLength: 6 }).map((list) => list.join(' ')), { maxLength: 40 })
    fc.assert(fc.property(sentences, (all) => {
      expect([...groupsOf([...all].reverse())].sort()).toEqual([...groupsOf(all)].sort())
    }), { numRuns: 200 })
  })
  it('never separate pairs at 0.8 and above, although only hashes are compared first', () => {
    const words = fc.constantFrom('send', 'money', 'card', 'my', 'to', 'lost', 'block', 'the', 'please', 'now')
    const sentence = fc.array(words, { minLength: 6, maxLength: 12 })
    fc.assert(fc.property(sentence, fc.nat(11), (list, at) => {
      const [a, b] = [list.join(' '), list.filter((_, index) => index !== at).join(' ')]
      fc.pre(jaccard(shinglesOf(a), shinglesOf(b)) >= 0.8)
      const groups = groupsOf([a, b])
      expect(groups.get(a)).toBe(groups.get(b))
    }), { numRuns: 500 })
  })
})
