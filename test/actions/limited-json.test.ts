import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/actions/limited-json.js'

describe('JSON from strangers', () => {
  it('is read as JSON.parse reads it', () => {
    fc.assert(fc.property(fc.json({ maxDepth: 5 }), (text) => {
      const parsed = parseJson(text, { depth: 64 })
      if ('value' in parsed) expect(parsed.value).toEqual(JSON.parse(text))
      else expect(parsed.fault).toContain('__proto__')
    }), { numRuns: 500 })
  })

  it.each<readonly [string, number]>([
    ['hello', 0], ['', 0], ['  ', 2], ['{', 1], ['[1,', 3], ['[1,]', 3], ['{"a" 1}', 5], ['{"a":1,}', 7], ['{a:1}', 1], ['[1 2]', 3], ['1 1', 2], ['"abc', 0], ['"a\nb"', 0],
    ['{"a":01}', 6], ['{"a":NaN}', 5], ['[1}', 2], ['{"a":"\\x"}', 5], ['{,}', 1], ['nul', 0], ['{"a":1}}', 7], ['[[[]]', 5], ["{'a':1}", 1],
  ])('that is none says where: %j at %i', (text, position) => {
    expect(parseJson(text, { depth: 64 })).toMatchObject({ position })
  })

  it('never says so of JSON, and always of what is none', () => {
    fc.assert(fc.property(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', ']', '{', '"', ':', 'x', '1', ' '), (text, cut, put) => {
      const at = cut % (text.length + 1)
      const broken = text.slice(0, at) + put + text.slice(at + 1)
      const isJson = ((): boolean => { try { JSON.parse(broken); return true } catch { return false } })()
      const parsed = parseJson(broken, { depth: 64 })
      if (isJson) return
      expect(parsed).toMatchObject({ position: expect.any(Number) as number })
      const { position } = parsed as { readonly position: number }
      expect(position).toBeGreaterThanOrEqual(0)
      expect(position).toBeLessThanOrEqual(broken.length)
    }), { numRuns: 2_000 })
  })

  it.each<readonly [string, string]>([['['.repeat(65), 'more than 64'], [`${'{"a":'.repeat(65)}1`, 'more than 64'], ['{"a":{"__proto__":1}}', '__proto__'], ['[{"\\u005f_proto__":1}]', '__proto__']])('is refused: %s', (text, fault) => {
    expect(parseJson(text, { depth: 64 })).toMatchObject({ fault: expect.stringContaining(fault) as string })
  })

  it('may hold brackets in texts as it likes', () => {
    expect(parseJson(JSON.stringify(['['.repeat(1_000), '"\\'.repeat(50)]), { depth: 2 })).toHaveProperty('value')
  })
})
