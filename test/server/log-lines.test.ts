import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { logLines, type LogFormat } from '../../src/server/log-lines.js'
import type { LogEntry } from '../../src/assistant/log.js'

const linesOf = (format: LogFormat, entry: LogEntry, least: LogEntry['level'] = 'info'): string => {
  let text = ''
  logLines(format, (line) => { text += line }, () => new Date('2026-01-02T03:04:05.678Z'), least)(entry)
  return text
}

describe('log lines', () => {
  it('are for people or for machines', () => {
    const entry: LogEntry = { level: 'warn', event: 'fault', flow: 'pay', message: 'two words', place: null, count: 2 }
    expect(linesOf('pretty', entry)).toBe('03:04:05 warn  fault flow=pay message="two words" count=2\n')
    expect(JSON.parse(linesOf('json', entry))).toEqual({ time: '2026-01-02T03:04:05.678Z', level: 'warn', event: 'fault', flow: 'pay', message: 'two words', place: null, count: 2 })
    expect(linesOf('none', entry)).toBe('')
  })

  it('leave out small things unless asked', () => {
    expect(linesOf('pretty', { level: 'debug', event: 'x' })).toBe('')
    expect(linesOf('pretty', { level: 'debug', event: 'x' }, 'debug')).toBe('03:04:05 debug x \n')
  })

  it('are one line each, without a character that steers a terminal, whatever a field holds', () => {
    const hostile = fc.string({ unit: 'binary' }).map((text) => `${text}\r\n\u001b[2J\u009b31m\u202e"`)
    fc.assert(fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), hostile), fc.constantFrom<LogFormat>('pretty', 'json'), (fields, format) => {
      const line = linesOf(format, { ...fields, level: 'error', event: 'e' })
      expect(line.endsWith('\n')).toBe(true)
      expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
      if (format === 'json') expect(JSON.parse(line)).toMatchObject({ ...fields, level: 'error', event: 'e' })
    }))
  })
})
