import type { SlotValue } from '../project/types.js'

/** A slot value on a command line: the rest of the line, with line breaks and backslashes escaped. */
export const valueText = (value: SlotValue): string => {
  if (value === null) return 'null'
  if (typeof value === 'object') return JSON.stringify(value)
  if (typeof value !== 'string') return String(value)
  const plain = value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  // Quotes keep what reading would otherwise take for something else: blanks at the ends, quotes, the word for nothing, the empty text.
  return plain !== plain.trim() || plain === '' || /^["'`]|^(?:null|None|undefined)$/.test(plain) ? `"${plain.replaceAll('"', '\\"')}"` : plain
}

/** The value that a line says: text, or null for the words that mean nothing. */
export const unquoted = (text: string): SlotValue => {
  const trimmed = text.trim()
  const quote = trimmed[0]
  const isQuoted = trimmed.length >= 2 && (quote === '"' || quote === '\'' || quote === '`') && trimmed.endsWith(quote)
  if (!isQuoted) return trimmed === '' || /^(?:null|None|undefined)$/.test(trimmed) ? null : unescaped(trimmed)
  return unescaped(trimmed.slice(1, -1))
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(.)/gs, (whole, character: string) => (character === 'n' ? '\n' : character === 'r' ? '\r' : /["'`\\]/.test(character) ? character : whole))
