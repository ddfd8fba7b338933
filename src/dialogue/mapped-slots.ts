import type { Project, Slot, SlotMapping, SlotValue } from '../project/types.js'
import type { Command } from './commands.js'
import { askedSlot } from './stack.js'
import { isInForce, standing } from './standing.js'
import type { Tracker } from './tracker.js'

/** An intent that is known without a classifier: from `/intent{...}`, or from a rule that matched. */
export type KnownIntent = { readonly name: string; readonly entities: Readonly<Record<string, SlotValue>>; readonly isTrigger: boolean }

/** Slots that mappings of Rasa's NLU side fill from an intent and its entities (calm-spec section 7). Whether they may is for the clean-up to say. */
export const slotsOfIntent = (project: Project, intent: KnownIntent): readonly Command[] =>
  [...project.slots.values()].flatMap(({ name, mappings }): readonly Command[] => {
    for (const mapping of mappings) {
      const value = valueFrom(mapping, intent)
      if (value !== undefined) return [{ command: 'set slot', name, value, extractor: 'nlu' }]
    }
    return []
  })

const valueFrom = (mapping: SlotMapping, intent: KnownIntent): SlotValue | undefined => {
  const { type, entity, value = null } = mapping
  if (!suits(mapping, intent.name)) return undefined
  if (type === 'from_entity') return typeof entity === 'string' && Object.hasOwn(intent.entities, entity) ? intent.entities[entity] : undefined
  return type === 'from_intent' || (type === 'from_trigger_intent' && intent.isTrigger) ? value : undefined
}

/** `intent` and `not_intent` of a mapping. Null: a message whose intent nobody knows. */
const suits = ({ intent, not_intent }: SlotMapping, name: string | null): boolean =>
  (intent === undefined || intent === null || namesOf(intent).includes(name)) && !namesOf(not_intent).includes(name)
const namesOf = (given: SlotValue | undefined): readonly unknown[] => (given === undefined ? [] : Array.isArray(given) ? given : [given])

/** The asked slot, where its mapping takes whatever is said: as with Rasa's adapter, the model is then not asked (calm-spec 4.2, row 30). */
export const slotOfText = (project: Project, tracker: Tracker, text: string): Command | null => {
  const slot = project.slots.get(askedSlot(tracker.stack) ?? '')
  if (slot === undefined || !takesText(slot, project, tracker)) return null
  return { command: 'set slot', name: slot.name, value: text, extractor: 'nlu' }
}
const takesText = ({ mappings }: Slot, project: Project, tracker: Tracker): boolean =>
  mappings.some((mapping) => mapping.type === 'from_text' && suits(mapping, null) && isInForce(mapping, standing(project, tracker)))
