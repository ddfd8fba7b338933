import { createHash } from 'node:crypto'
import type { Memory } from '../dialogue/monitor.js'
import type { Tracker } from '../dialogue/tracker.js'
import type { Classes } from './classes.js'

/**
 * Names a state by what can still matter: two conversations with the same key go on alike, however they came here. The history is not
 * in it; frames go by their place on the stack instead of by ids that never come twice, and values by their class.
 */
export const stateKey = (values: Classes['values'], { tracker, memories }: { readonly tracker: Tracker; readonly memories: readonly Memory[] }): string => {
  const { stack, slots, initialSlots, session, paused, rejected, transcript, answers } = tracker
  const places = new Map(stack.map(({ frame_id }, at) => [frame_id, at]))
  const filled: unknown[] = []
  for (const [name, value] of slots) if (value !== initialSlots.get(name)) filled.push(name, values.get(name)?.find(({ other }) => other !== null && other === value)?.value ?? value)
  const text = JSON.stringify([
    stack, filled, session.state, Math.min(session.messages, 2), paused, rejected,
    // "Say it again" is legal once something was said, and repeats the last answers.
    transcript.some(({ who }) => who === 'bot'), answers.length > 0, memories,
  ], (_key, value: unknown) => (typeof value === 'string' && places.has(value) ? { place: places.get(value) } : value))
  // Texts of a million states do not fit in memory; two of them with one hash are less likely than a broken machine.
  return createHash('sha1').update(text).digest('base64')
}
