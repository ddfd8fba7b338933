import type { Form } from '../project/nlu.js'
import type { SlotMapping, SlotValue } from '../project/types.js'
import { coerced } from './coercion.js'
import type { CommandOf } from './commands.js'
import { valueFrom } from './mapped-slots.js'
import { noted, type Past } from './past.js'
import { fault, holds, isCustomAction, isSpoken, recordAction, runAction, setSlot, type Run } from './run.js'

export const askedByForm = 'requested_slot'

/** What the NLU side knows of the past, with what this run is about to add. */
export const pastOf = (run: Run): Past => run.events.reduce(noted, { past: run.tracker.past, activeLoop: run.tracker.activeLoop, pendingAction: run.tracker.pending?.action ?? null })

type Message = Pick<CommandOf<'follow stories'>, 'intent' | 'entities' | 'text'>

/**
 * Fills slots as Rasa's action_extract_slots does: from entities and intents wherever the mapping's conditions hold, and from the whole
 * text only the slot that the form asks for. `only`: the slots of a form that begins with this message, which it then also triggers.
 */
export const fillFromMessage = (run: Run, message: Message, loop: string | null, only: readonly string[] | null): void => {
  const form = loop === null ? undefined : run.project.nlu.forms.get(loop)
  const isIgnored = form?.ignoredIntents.includes(message.intent ?? '') ?? false
  const asked = run.slots.get(askedByForm) ?? null
  for (const slot of run.project.slots.values()) {
    if (only !== null && (!only.includes(slot.name) || (run.slots.get(slot.name) ?? null) !== null)) continue
    const values = slot.mappings.filter((mapping) => isInForce(mapping, loop, asked)).map((mapping) => {
      const isForForm = form?.slots.includes(slot.name) ?? false
      if (mapping.type === 'from_text') return slot.name === asked && !isIgnored ? message.text : undefined
      return valueFrom(mapping, { name: message.intent, entities: message.entities, isTrigger: only !== null && isForForm })
    })
    const value = values.find((given) => given !== undefined)
    if (value === undefined) continue
    const fit = coerced(slot, value)
    if (fit.ok && !holds(run, slot.name, fit.value)) setSlot(run, slot.name, fit.value)
  }
}

const isInForce = ({ conditions }: SlotMapping, loop: string | null, asked: SlotValue): boolean => {
  if (!Array.isArray(conditions)) return true
  return conditions.some((condition: SlotValue) => {
    if (typeof condition !== 'object' || condition === null || !('active_loop' in condition)) return false
    const { active_loop: named, requested_slot: requested } = condition as Readonly<Record<string, SlotValue>>
    return (named === loop || (named === 'null' && loop === null)) && (requested === undefined || requested === asked)
  })
}

/** One move of a form: it begins, checks what was said, asks for the next slot, or ends. */
export const runForm = (run: Run, form: Form): void => {
  const { activeLoop, past } = pastOf(run)
  const isChecked = past.at(-1)?.kind === 'action' && (past.at(-1) as { readonly action: string }).action === `validate_${form.name}`
  if (activeLoop !== form.name) {
    run.events.push({ event: 'active_loop', name: form.name })
    const message = run.tracker.latestCommands.find((command) => command.command === 'follow stories')
    if (message !== undefined) fillFromMessage(run, message, form.name, form.slots)
  }
  if (!isChecked && isCustomAction(run, `validate_${form.name}`)) {
    runAction(run, `validate_${form.name}`)
    return
  }
  recordAction(run, form.name)
  const next = form.slots.find((slot) => (run.slots.get(slot) ?? null) === null)
  if (next === undefined) {
    endLoop(run)
    return
  }
  setSlot(run, askedByForm, next)
  ask(run, form, next)
}

export const endLoop = (run: Run): void => {
  run.events.push({ event: 'active_loop', name: null })
  if ((run.slots.get(askedByForm) ?? null) !== null) setSlot(run, askedByForm, null)
}

/** Said without a step of its own, for the form is the step that rules and stories see. */
const ask = (run: Run, form: Form, slot: string): void => {
  const names = [`${form.name}_${slot}`, slot]
  const action = names.map((name) => `action_ask_${name}`).find((name) => isCustomAction(run, name))
  const response = names.map((name) => `utter_ask_${name}`).find((name) => isSpoken(run, name))
  if (action !== undefined) runAction(run, action)
  else if (response !== undefined) run.effects.push({ effect: 'say', response, context: {}, variables: {}, at: run.events.length })
  else fault(run, 'no-way-to-ask', `The form "${form.name}" cannot ask for "${slot}": there is neither response "utter_ask_${slot}" nor action "action_ask_${slot}".`)
}
