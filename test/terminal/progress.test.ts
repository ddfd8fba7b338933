import { describe, expect, it } from 'vitest'
import { bar, bytes, duration, progressLine } from '../../src/terminal/progress.js'

describe('progress in words', () => {
  it.each([[0, '░░░░'], [0.5, '██░░'], [1, '████'], [7, '████'], [-1, '░░░░']])('draws %d', (fraction, drawn) => {
    expect(bar(fraction, 4)).toBe(drawn)
  })
  it.each([[0, '0 B'], [999, '999 B'], [1500, '1.5 kB'], [98_123_456, '98.1 MB'], [273_829_956, '274 MB']])('counts %d bytes', (count, said) => {
    expect(bytes(count)).toBe(said)
  })
  it.each([[0.4, '0 s'], [59, '59 s'], [60, '1 min'], [200, '3 min 20 s'], [3900, '1 h 5 min'], [7200, '2 h']])('says %d seconds', (seconds, said) => {
    expect(duration(seconds)).toBe(said)
  })
})

describe('a progress line', () => {
  const drawn = (isTty: boolean, use: (line: ReturnType<typeof progressLine>, wait: (seconds: number) => void) => void): string => {
    let written = ''
    let clock = 0
    use(progressLine((text) => void (written += text), isTty, () => 40, () => clock), (seconds) => void (clock += seconds * 1000))
    return written
  }
  it('is written over on a terminal and leaves nothing behind', () => {
    expect(drawn(true, (line) => {
      line.show('1 of 2')
      line.show('2 of 2')
      line.keep('Done.')
    })).toBe('\r\u001b[2K1 of 2\r\u001b[2K2 of 2\r\u001b[2KDone.\n')
  })
  it('never wraps', () => {
    expect(drawn(true, (line) => line.show('x'.repeat(100)))).toBe(`\r\u001b[2K${'x'.repeat(39)}`)
  })
  it('is a line now and then in a log, without escape sequences', () => {
    expect(drawn(false, (line, wait) => {
      line.show('1')
      line.show('2')
      wait(11)
      line.show('3')
      line.keep('Done.')
    })).toBe('1\n3\nDone.\n')
  })
})
