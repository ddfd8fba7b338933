import type { Project, Slot, SlotMapping, SlotValue } from '../project/types.js'
import type { Command } from './commands.js'
import type { Mention } from './heard.js'
import { askedSlot } from './stack.js'
import { isInForce, standing } from './standing.js'
import type { Tracker } from './tracker.js'

/** An intent, from `/intent{...}`, from a rule that matched or from a classifier. */
export type KnownIntent = { readonly name: string | null; readonly entities: readonly Mention[]; readonly isTrigger: boolean }

/** Slots that mappings of Rasa's NLU side fill from an intent and its entities (calm-spec section 7). Whether they may is for the clean-up to say. */
export const slotsOfIntent = (project: Project, intent: KnownIntent): readonly Command[] =>
  [...project.slots.values()].flatMap(({ name, mappings }): readonly Command[] => {
    for (const mapping of mappings) {
      const value = valueFrom(mapping, intent)
      if (value !== undefined) return [{ command: 'set slot', name, value, extractor: 'nlu' }]
    }
    return []
  })

/** What one mapping makes of an intent and its entities; undefined: nothing. Of several entities that fit, the later one counts. */
export const valueFrom = (mapping: SlotMapping, intent: KnownIntent): SlotValue | undefined => {
  const { type, value = null } = mapping
  if (!suits(mapping, intent.name)) return undefined
  if (type === 'from_entity') return intent.entities.findLast((mention) => isMeant(mapping, mention))?.value
  if (intent.name === null) return undefined
  return type === 'from_intent' || (type === 'from_trigger_intent' && intent.isTrigger) ? value : undefined
}

/** A mapping that names no role takes any; one that names a role takes this one alone. */
const isMeant = ({ entity, role, group }: SlotMapping, mention: Mention): boolean =>
  mention.entity === entity && fits(role, mention.role) && fits(group, mention.group)
const fits = (wanted: SlotValue | undefined, given: string | null | undefined): boolean => wanted === undefined || wanted === null || given === undefined || wanted === given

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
