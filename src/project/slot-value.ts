import { nearest } from './nearest.js'
import type { Slot, SlotValue } from './types.js'

type ValueFault = { readonly found: string; readonly expected: string; readonly suggestion: string | null }
export type Coerced = { readonly value: SlotValue; readonly fault: null } | { readonly value: null; readonly fault: ValueFault }

const yes = new Set(['true', 'yes', 'on', 'y'])
const no = new Set(['false', 'no', 'off', 'n'])

/**
 * The value as its slot keeps it: categorical values in the casing of the domain, numbers and truth values as such.
 * Null empties any slot. A value the slot cannot have comes back as a fault, in words.
 */
export const coerced = (slot: Pick<Slot, 'type' | 'values' | 'minimum' | 'maximum'>, value: SlotValue): Coerced => {
  if (value === null) return { value: null, fault: null }
  switch (slot.type) {
    case 'any': return { value, fault: null }
    case 'list': return Array.isArray(value) ? { value, fault: null } : refused(value, 'a list')
    case 'text': return typeof value === 'object' ? refused(value, 'a text') : { value: String(value), fault: null }
    case 'bool': return truth(value)
    case 'float': return number(slot, value)
    case 'categorical': return category(slot.values, value)
    default: return slot.type satisfies never
  }
}

const refused = (value: SlotValue, expected: string, suggestion: string | null = null): Coerced =>
  ({ value: null, fault: { found: typeof value === 'object' ? JSON.stringify(value).slice(0, 80) : String(value), expected, suggestion } })

const truth = (value: SlotValue): Coerced => {
  if (typeof value === 'boolean') return { value, fault: null }
  const word = typeof value === 'string' ? value.trim().toLowerCase() : ''
  if (yes.has(word) || no.has(word)) return { value: yes.has(word), fault: null }
  return refused(value, 'true or false')
}

const number = ({ minimum, maximum }: Pick<Slot, 'minimum' | 'maximum'>, value: SlotValue): Coerced => {
  const text = typeof value === 'string' ? value.trim() : ''
  const found = typeof value === 'number' ? value : /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(found)) return refused(value, 'a number')
  if (minimum !== null && found < minimum) return refused(value, `a number from ${minimum} on`)
  if (maximum !== null && found > maximum) return refused(value, `a number up to ${maximum}`)
  return { value: found, fault: null }
}

const category = (values: readonly string[], value: SlotValue): Coerced => {
  if (typeof value === 'object') return refused(value, `one of ${values.join(', ')}`)
  const word = String(value).trim().toLowerCase()
  const match = values.find((candidate) => candidate.toLowerCase() === word)
  return match === undefined ? refused(value, `one of ${values.join(', ')}`, nearest(word, values)) : { value: match, fault: null }
}
