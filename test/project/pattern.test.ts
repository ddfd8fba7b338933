import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { occursIn, patternFault, splitFlags } from '../../src/project/pattern.js'

describe('patterns', () => {
  it.each([
    ['^a+$', 'aaa', true],
    ['^a+$', 'aab', false],
    ['b', 'abc', true],
    ['(?i)^HELLO$', 'hello', true],
    ['(?i)größe', 'GRÖSSE GRÖßE', true],
    ['^[0-9]{4} ?[0-9]{4}$', '1234 5678', true],
    ['\\bcat\\b', 'a cat sat', true],
    ['\\p{L}+', 'é', true],
    ['^.$', '\u{1f600}', true],
    ['', 'anything', true],
  ])('%s in %j: %s', (source, text, occurs) => {
    const pattern = splitFlags(source)
    expect(patternFault(pattern)).toBeNull()
    expect(occursIn(pattern, text)).toBe(occurs)
  })

  it.each([
    ['(?=a)', 'Look-ahead'], ['(?!a)', 'Look-ahead'], ['(?<=a)', 'look-behind'], ['(?<!a)', 'look-behind'], ['(a)\\1', 'References back'], ['\\\\\\1', 'References back'],
    ['(', 'cannot be read'], ['[z-a]', 'cannot be read'], ['a**', 'cannot be read'], ['x{1001}', 'cannot be read'], ['x'.repeat(1_001), 'longer than'],
  ])('refuse %s', (source, reason) => expect(patternFault(splitFlags(source))).toContain(reason))

  it('take flags from the front and from outside, each once', () => {
    expect(splitFlags('(?im)a', 'is')).toEqual({ source: 'a', flags: 'ims' })
    expect(splitFlags('a(?i)b')).toEqual({ source: 'a(?i)b', flags: '' })
  })

  // These take centuries in a backtracking engine. Here the test ends, which is the proof.
  it.each([['(a*)*b'], ['(a+)+$'], ['(a|a)*c'], ['(.*)(.*)(.*)(.*)x$'], ['^(([a-z])+.)+[A-Z]([a-z])+$']])('answer for %s whatever the text', (source) => {
    expect(occursIn({ source, flags: '' }, `${'a'.repeat(50_000)}!`)).toBe(false)
  })

  it('agree with JavaScript on simple patterns', () => {
    const atom = fc.constantFrom('a', 'b', '.', '[ab]', '(a|b)', 'a?', 'b*', '(ab)+', '^a', 'b$', 'a{2}')
    fc.assert(fc.property(fc.array(atom, { minLength: 1, maxLength: 5 }), fc.stringMatching(/^[abc]{0,8}$/), (atoms, text) => {
      const source = atoms.join('')
      expect(occursIn({ source, flags: '' }, text)).toBe(new RegExp(source).test(text))
    }), { numRuns: 1_000 })
  })
})
