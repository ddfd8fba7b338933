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
export const filled = (text: string, lookup: Lookup, written: (value: SlotValue) => string = shown): string =>
  !/[{}]/.test(text) ? text : text.replace(marks, (mark, name: string | undefined) => {
    if (name === undefined) return mark === '{{' ? '{' : '}'
    const value = lookup(name.trim())
    return value === undefined ? mark : written(value)
  })

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
