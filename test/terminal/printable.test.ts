import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable } from '../../src/terminal/printable.js'

describe('text on its way to a terminal', () => {
  it.each([
    ['clears the screen', 'a\u001b[2Jb', 'ab'],
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a link (OSC 8)', '\u001b]8;;http://x\u0007click\u001b]8;;\u0007', 'click'],
    ['the clipboard (OSC 52), closed by ST', '\u001b]52;c;AAAA\u001b\\x', 'x'],
    ['a device control string', '\u001bPpayload\u001b\\x', 'x'],
    ['a C1 control sequence', '\u009b2Jx', 'x'],
    ['a carriage return that overwrites', 'ok\rno', 'okno'],
    ['bidirectional overrides', 'a\u202eb\u2066c', 'abc'],
  ])('loses %s', (_, given, shown) => {
    expect(printable(given)).toBe(shown)
  })
  it('keeps ordinary text of any language, line feeds and tabs', () => {
    expect(printable('Grüße, 你好 🎉\n\tok')).toBe('Grüße, 你好 🎉\n\tok')
  })
  it('never lets a control byte through', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
      const controls = Array.from(printable(text)).filter((character) => {
        const code = character.codePointAt(0) ?? 0
        return (code < 32 && code !== 9 && code !== 10) || (code >= 127 && code <= 159)
      })
      expect(controls).toEqual([])
    }), { numRuns: 2000 })
  })
})
