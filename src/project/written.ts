import type { Problem } from './problem.js'
import type { Sources } from './read-files.js'

export type WrittenOptions = { readonly colour?: boolean }

const widest = 100

/** One problem for people: where and what, the line with the guilty part marked, what was found, what belongs there, what to do. */
export const written = (problem: Problem, sources: Sources, { colour = false }: WrittenOptions = {}): string => {
  const paint = (style: keyof typeof styles, text: string): string => (colour ? `\u001b[${styles[style]}m${text}\u001b[0m` : text)
  const { place, severity, code, message } = problem
  const where = place === null ? '' : `${visible(place.file)}:${place.line}:${place.column}: `
  const lines = [`${paint('bold', where)}${paint(severity, severity)}: ${visible(message)} ${paint('dim', `[${code}]`)}`]
  const picture = pictureOf(problem, sources)
  if (picture !== null) lines.push('', `${paint('dim', `${picture.number} | `)}${picture.line}`, `${paint('dim', `${' '.repeat(picture.number.length)} | `)}${paint(severity, picture.carets)}`)
  const details = (['found', 'expected', 'suggestion'] as const).flatMap((key) => {
    const text = problem[key]
    return text === undefined ? [] : [`  ${paint('dim', `${labels[key]}:`.padEnd(10))}${visible(text)}`]
  })
  if (details.length > 0) lines.push('', ...details)
  return `${lines.join('\n')}\n`
}

const styles = { bold: '1', dim: '2', error: '31', warning: '33' } as const
const labels = { found: 'found', expected: 'expected', suggestion: 'try' } as const

/** Characters that would move the cursor, colour the screen or turn the text around are shown as one harmless sign each. */
const visible = (text: string): string => text.replaceAll('\t', ' ').replace(/[\p{Cc}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu, '\ufffd')

/** The guilty line, cut to a readable width around the fault, and the carets below it. */
const pictureOf = ({ place, length = 1 }: Problem, sources: Sources): { readonly number: string; readonly line: string; readonly carets: string } | null => {
  const source = place === null ? undefined : sources.get(place.file)
  if (place === null || source === undefined) return null
  const whole = lineOf(source, place.line)
  const from = place.column - 1
  const left = from > widest - 20 ? from - 40 : 0
  const shown = whole.slice(left, left + widest)
  const before = left === 0 ? '' : '... '
  const after = whole.length > left + widest ? ' ...' : ''
  const marked = Math.max(1, Math.min(length, left + shown.length - from))
  return { number: String(place.line).padStart(4), line: `${before}${visible(shown)}${after}`, carets: `${' '.repeat(before.length + from - left)}${'^'.repeat(marked)}` }
}

const lineOf = (source: string, line: number): string => {
  let start = 0
  for (let at = 1; at < line; at++) {
    const end = source.indexOf('\n', start)
    if (end < 0) return ''
    start = end + 1
  }
  const end = source.indexOf('\n', start)
  return source.slice(start, end < 0 ? undefined : end).replace(/\r$/, '')
}
