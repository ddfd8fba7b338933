import type { SlotValue } from '../project/types.js'

/** What `{name}` stands for: undefined where nothing of that name exists. */
export type Lookup = (name: string) => SlotValue | undefined

/** A value as people read it. Python's words for nothing, true and false, which CALM projects expect in texts. */
export const shown = (value: SlotValue): string => {
  if (value === null) return 'None'
  if (value === true) return 'True'
  if (value === false) return 'False'
  if (Array.isArray(value)) return (value as readonly SlotValue[]).map(shown).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

const marks = /\{\{|\}\}|\{([^\n{}]+)\}/g

/**
 * Fills `{name}` in one pass, so braces inside a value stay what they are. Doubled braces are literal ones;
 * a name that nothing has is left as written (calm-spec section 8).
 */
export const filled = (text: string, lookup: Lookup, written: (value: SlotValue) => string = shown): string => {
  let result = ''
  for (const part of partsOf(text)) {
    if (typeof part === 'string') result += part
    else {
      const value = lookup(part.name)
      result += value === undefined ? part.mark : written(value)
    }
  }
  return result
}

type Parts = readonly (string | { readonly name: string; readonly mark: string })[]
const known = new Map<string, Parts>()

const partsOf = (text: string): Parts => {
  const found = known.get(text)
  if (found !== undefined) return found
  const parts: Parts[number][] = []
  let at = 0
  for (const { 0: mark, 1: name, index } of text.matchAll(marks)) {
    parts.push(text.slice(at, index), name === undefined ? mark.slice(1) : { name: name.trim(), mark })
    at = index + mark.length
  }
  parts.push(text.slice(at))
  // Texts come from project files, so there are few; the limit only guards against generated ones.
  if (known.size >= 10_000) known.clear()
  known.set(text, parts)
  return parts
}

/**
 * A value inside a button's payload, where it must not become syntax: no further pair in `/SetSlots(a={x})`,
 * no end of the JSON string in `/intent{{"a": "{x}"}}`.
 */
export const writtenInPayload = (payload: string): ((value: SlotValue) => string) => {
  if (payload.startsWith('/SetSlots(')) return (value) => shown(value).replace(/[(),=]/g, ' ')
  if (payload.startsWith('/')) return (value) => JSON.stringify(shown(value)).slice(1, -1)
  return shown
}

/** Every string inside a value, also deep in lists and maps; keys stay. */
export const mapStrings = (value: SlotValue, change: (text: string) => string): SlotValue => {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return (value as readonly SlotValue[]).map((item) => mapStrings(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapStrings(inner, change)]))
}
