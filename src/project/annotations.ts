import type { SlotValue } from './types.js'

export type Mark = {
  /** Offsets in the text without marks. */
  readonly start: number
  readonly end: number
  /** Null where only a value is given, as examples of one slot may. */
  readonly slot: string | null
  /** What part the words play, and which others they go with, where two entities are of one kind. */
  readonly role: string | null
  readonly group: string | null
  /** Undefined where the words themselves are the value. */
  readonly value: SlotValue | undefined
  /** Offsets of the whole mark in the line as written. */
  readonly from: number
  readonly to: number
}
type AnnotationFault = { readonly message: string; readonly from: number; readonly to: number; readonly expected: string }
export type Annotated = { readonly text: string; readonly marks: readonly Mark[]; readonly faults: readonly AnnotationFault[] }

/** Reads `send [50 euros]{"slot": "amount", "value": 50} to [Ann](recipient)`. A backslash before a bracket makes it an ordinary one. */
export const readAnnotations = (line: string): Annotated => {
  const marks: Mark[] = []
  const faults: AnnotationFault[] = []
  let text = ''
  let at = 0
  while (at < line.length) {
    const character = line[at] ?? ''
    const next = line[at + 1] ?? ''
    if (character === '\\' && (next === '[' || next === ']')) {
      text += next
      at += 2
    } else if (character === '[') {
      const mark = markAt(line, at)
      if ('message' in mark) {
        faults.push(mark)
        text += line.slice(at, mark.to)
      } else {
        marks.push({ start: text.length, end: text.length + mark.said.length, slot: mark.slot, role: mark.role ?? null, group: mark.group ?? null, value: mark.value, from: at, to: mark.to })
        text += mark.said
      }
      at = mark.to
    } else {
      text += character
      at++
    }
  }
  return { text, marks, faults }
}

type RawMark = { readonly said: string; readonly slot: string | null; readonly role?: string | null; readonly group?: string | null; readonly value: SlotValue | undefined; readonly to: number }

const form = '[words](slot) or [words]{"slot": "name", "value": ...}'

const markAt = (line: string, from: number): RawMark | AnnotationFault => {
  const close = closing(line, from)
  if (close === null) return { message: 'A square bracket opens here and never closes.', from, to: line.length, expected: form }
  const raw = line.slice(from + 1, close)
  const said = raw.replace(/\\([[\]])/g, '$1')
  if (said.trim() === '' || /(?<!\\)\[/.test(raw)) return { message: 'Marked words must not be empty nor hold another mark.', from, to: close + 1, expected: form }
  const after = line[close + 1]
  if (after === '(') {
    const end = line.indexOf(')', close)
    const [slot = '', value] = end < 0 ? [] : line.slice(close + 2, end).split(/:(.*)/s)
    if (/^[^\s(){}[\]]+$/.test(slot)) return { said, slot, value, to: end + 1 }
    return { message: 'The name of a slot is missing in the round brackets.', from, to: end < 0 ? line.length : end + 1, expected: form }
  }
  if (after === '{') return withJson(line, from, close, said)
  return { message: 'Words in square brackets are marked with a slot right after them.', from, to: close + 1, expected: `${form}, or \\[ for an ordinary bracket` }
}

const closing = (line: string, from: number): number | null => {
  for (let at = from + 1; at < line.length; at++) {
    if (line[at] === '\\') at++
    else if (line[at] === ']') return at
  }
  return null
}

const withJson = (line: string, from: number, close: number, said: string): RawMark | AnnotationFault => {
  const end = closingBrace(line, close + 1)
  const parsed = end === null ? null : parsedObject(line.slice(close + 1, end + 1))
  if (end === null || parsed === null) return { message: 'The braces after marked words do not hold readable JSON.', from, to: end === null ? line.length : end + 1, expected: form }
  const named = parsed.slot ?? parsed.entity ?? null
  if (named !== null && typeof named !== 'string') return { message: 'The name of a slot must be a text.', from, to: end + 1, expected: form }
  const word = (given: SlotValue | undefined): string | null => (typeof given === 'string' ? given : null)
  return { said, slot: named, role: word(parsed.role), group: word(parsed.group), value: parsed.value, to: end + 1 }
}

/** Where the brace that opens at `from` closes: braces in quotes do not count. */
const closingBrace = (line: string, from: number): number | null => {
  let depth = 0
  let isQuoted = false
  for (let at = from; at < line.length; at++) {
    const character = line[at]
    if (isQuoted && character === '\\') at++
    else if (character === '"') isQuoted = !isQuoted
    else if (!isQuoted && character === '{') depth++
    else if (!isQuoted && character === '}' && --depth === 0) return at
  }
  return null
}

type Marking = { readonly [K in 'slot' | 'entity' | 'role' | 'group' | 'value']?: SlotValue }

const parsedObject = (json: string): Marking | null => {
  try {
    return JSON.parse(json) as Marking
  } catch {
    return null
  }
}
