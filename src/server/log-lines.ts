import type { Log, LogEntry } from '../assistant/log.js'

export type LogFormat = 'pretty' | 'json' | 'none'
const order: readonly LogEntry['level'][] = ['debug', 'info', 'warn', 'error']

/** One parseable line per entry. Control characters of any field are escaped, so that no field can forge a line or steer a terminal. */
export const logLines = (format: LogFormat, write: (line: string) => void, now: () => Date, least: LogEntry['level'] = 'info'): Log => (entry) => {
  if (format === 'none' || order.indexOf(entry.level) < order.indexOf(least)) return
  const { level, event, ...fields } = entry
  const time = now().toISOString()
  if (format === 'json') {
    write(`${escaped(JSON.stringify({ time, level, event, ...fields }))}\n`)
    return
  }
  const written = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${name}=${typeof value === 'string' && /^[\w./:-]+$/.test(value) ? value : JSON.stringify(value)}`)
  write(`${time.slice(11, 19)} ${level.padEnd(5)} ${event} ${escaped(written.join(' '))}\n`)
}

/** JSON leaves DEL, C1 controls and the bidirectional marks as they are; terminals do not. */
const escaped = (line: string): string =>
  line.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
