import { coerced as fitted } from '../project/slot-value.js'
import type { Slot, SlotValue } from '../project/types.js'

/** A value made fit for its slot, or the built-in response that says why it is not. */
export type Coerced = { readonly ok: true; readonly value: SlotValue } | { readonly ok: false; readonly response: string }

const nothing = new Set(['null', 'none', 'undefined', ''])

/**
 * A value of the wrong type never enters a slot: conditions and actions may rely on the type the domain declares
 * (calm-spec section 7; the built-in answers of 2.3). The words for nothing empty a slot, unless the domain gives them a meaning.
 */
export const coerced = (slot: Slot, value: SlotValue): Coerced => {
  if (typeof value === 'string' && meansNothing(slot, value)) return { ok: true, value: null }
  const fit = fitted(slot, value)
  if (fit.fault === null) return { ok: true, value: Object.is(fit.value, -0) ? 0 : fit.value }
  return { ok: false, response: `utter_${slot.type === 'bool' ? 'boolean' : slot.type === 'float' ? 'float' : 'categorical'}_slot_rejection` }
}

/** Whether a slot's domain gives this word a meaning, be it one of those for nothing: `values: [Gold, None]`. */
export const isDeclared = (slot: Slot | undefined, word: string): boolean => slot?.values.some((known) => known.toLowerCase() === word.trim().toLowerCase()) ?? false

/** In a text, "none" may be what somebody said; only blank is nothing there. */
const meansNothing = (slot: Slot, value: string): boolean => {
  const word = value.trim().toLowerCase()
  if (slot.type === 'text') return word === ''
  return slot.type !== 'any' && nothing.has(word) && !isDeclared(slot, word)
}
