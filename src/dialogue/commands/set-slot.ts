import { coerced } from '../coercion.js'
import { keep, refused, superfluous, type Cleaning, type CommandKind, type IsValue } from '../command-kind.js'
import type { Command, CommandOf } from '../commands.js'
import { changeSlot } from '../correction.js'
import { flowIndex } from '../flow-index.js'
import type { Slot, SlotValue } from '../../project/types.js'
import { patternFrame, say, type Run } from '../run.js'
import { isCollectedOnStack, isForModel, isInForce, isSettable, isStartable } from '../standing.js'
import { askedSlot } from '../stack.js'
import { unquoted, valueText } from '../value-text.js'

/** Fills a slot. Where the slot has another value already, clean-up makes a correction of it. */
export const setSlot: CommandKind<'set slot'> = {
  kind: 'turn',
  phase: 'slots',
  write: ({ name, value }) => `set slot ${name} ${valueText(value)}`,
  spellings: [
    { pattern: /^set\s+slot\s+[`'"]?([^\s`'"(),=]+)[`'"]?(?:\s+(.*))?$/is, command: ([name = '', value = ''], isValue) => set(name, value, isValue) },
    { pattern: /^SetSlot\(\s*[`'"]?([^\s`'"(),=]+)[`'"]?\s*,\s*(.*?)\s*\)$/is, command: ([name = '', value = ''], isValue) => set(name, value, isValue) },
  ],
  clean: (command, state) => {
    const slot = state.project.slots.get(command.name)
    if (slot === undefined || !mayFill(slot, command, state)) return refused
    const current = state.tracker.slots.get(slot.name) ?? null
    const fit = coerced(slot, command.value)
    // What does not fit the asked slot is answered with the reason; elsewhere it would only puzzle.
    if (!fit.ok) return slot.name === state.asked ? keep(command) : refused
    const cleaned: CommandOf<'set slot'> = { ...command, value: fit.value }
    // "Stop that, rather send 50 to Ann": the value is meant for the new flow, although the old one may have the same.
    if (state.isCancelling && isCollectedBy(state, state.starting, slot.name)) return keep(cleaned)
    if (textOf(current) === textOf(fit.value)) return superfluous
    if (isKept(slot, command, state)) return refused
    if (current === null || !isCollectedOnStack(state, slot.name)) return keep(cleaned)
    return keep(asCorrection(cleaned))
  },
  run: (run, { name, value }) => {
    const slot = run.project.slots.get(name)
    if (slot === undefined) return
    const fit = coerced(slot, value)
    if (!fit.ok) {
      if (askedSlot(run.tracker.stack) === name) say(run, fit.response, { value })
      return
    }
    changeSlot(run, name, fit.value)
    run.filled.add(name)
    if (slot.validation !== null && fit.value !== null) run.toValidate.add(name)
  },
}

/**
 * Asks for the validation of a slot at once, whatever step is waiting (calm-spec section 7). It goes in at `index`; one that an interruption
 * has left lower on the stack comes up, for no slot is validated twice at a time and none may wait for it.
 */
export const pushValidation = (run: Run, name: string, index: number): void => {
  const validation = run.project.slots.get(name)?.validation ?? null
  if (validation === null || !run.project.flows.has('pattern_validate_slot')) return
  const open = run.stack.findIndex((frame) => frame.flow_id === 'pattern_validate_slot' && 'validate' in frame && frame.validate === name)
  if (open !== -1 && open === index - 1) return
  if (open !== -1) run.stack.splice(open, 1)
  run.stack.splice(open === -1 ? index : index - 1, 0, patternFrame(run, 'pattern_validate_slot', {
    validate: name, refill_utter: validation.refillUtter, refill_action: `action_ask_${name}`,
  }))
}

const set = (name: string, value: string, isValue: IsValue): Command =>
  ({ command: 'set slot', name, value: unquoted(value) ?? (isValue(name, value.trim()) ? value.trim() : null) })
const textOf = (value: SlotValue): string => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value))

const asCorrection = ({ name, value, extractor }: CommandOf<'set slot'>): Command =>
  ({ command: 'correct slot', corrected_slots: [extractor === undefined ? { name, value } : { name, value, extractor }] })

/**
 * Buttons pass by the mappings, and while a flow is active may fill slots of others that could start; the model fills `from_llm` slots, and
 * only where some flow at hand collects them.
 */
export const mayFill = (slot: Slot, { extractor }: { readonly extractor?: CommandOf<'set slot'>['extractor'] }, state: Cleaning): boolean => {
  if (slot.type === 'list') return false
  if (state.forced !== null) return state.forced === slot.name
  if (isSettable(state, slot.name) || isCollectedBy(state, state.starting, slot.name)) return isFrom(slot, extractor, state)
  if (extractor !== 'button' || state.group === null) return false
  return [...state.project.flows.keys()].some((flow) => (flowIndex(state.project, flow)?.slots.includes(slot.name) ?? false) && isStartable(state, flow))
}

/**
 * A value that an NLU model has found is not corrected by the language model unless the mapping says so; the other way round it may be
 * (calm-spec section 7, the table of 3.12).
 */
export const isKept = ({ name, mappings }: Slot, { extractor = 'llm' }: { readonly extractor?: CommandOf<'set slot'>['extractor'] }, { tracker }: Cleaning): boolean =>
  extractor === 'llm' && tracker.filledByNlu.includes(name) && !mappings.some((mapping) => mapping.type === 'from_llm' && mapping['allow_nlu_correction'] === true)

const isCollectedBy = ({ project }: Cleaning, flows: ReadonlySet<string>, slot: string): boolean =>
  [...flows].some((flow) => {
    const index = flowIndex(project, flow)
    return index !== null && (index.slots.includes(slot) || index.linked.some((linked) => flowIndex(project, linked)?.slots.includes(slot) ?? false))
  })

const isFrom = (slot: Slot, extractor: CommandOf<'set slot'>['extractor'], state: Cleaning): boolean => {
  if (extractor === 'button' || extractor === 'rule') return true
  if (extractor !== 'nlu') return isForModel(slot, state)
  return slot.mappings.some((mapping) => mapping.type.startsWith('from_') && mapping.type !== 'from_llm' && isInForce(mapping, state))
}
