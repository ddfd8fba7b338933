import type { SlotValue } from '../../project/types.js'
import { coerced } from '../coercion.js'
import { keep, refused, superfluous, type CommandKind } from '../command-kind.js'
import { resetPlace } from '../correction.js'
import { isUserFrame } from '../frames.js'
import { patternFrame, type Run } from '../run.js'
import { askedSlot } from '../stack.js'
import { isKept, mayFill } from './set-slot.js'

/** New values for slots that have one: pattern_correction says so, and the flow goes back to where they were asked (calm-spec 5.5). */
export const correctSlot: CommandKind<'correct slot'> = {
  kind: 'turn',
  phase: 'corrections',
  write: () => null,
  spellings: [],
  clean: (command, state) => {
    const changes = command.corrected_slots.flatMap((change) => {
      const slot = state.project.slots.get(change.name)
      const fit = slot === undefined || !mayFill(slot, change, state) || isKept(slot, change, state) ? null : coerced(slot, change.value)
      return slot === undefined || fit === null || !fit.ok || isSame(state.tracker.slots.get(slot.name) ?? null, fit.value) ? [] : [{ ...change, value: fit.value }]
    })
    if (changes.length > 0) return keep({ command: 'correct slot', corrected_slots: changes })
    return command.corrected_slots.length > 0 && command.corrected_slots.every(({ name, value }) => isSame(state.tracker.slots.get(name) ?? null, value)) ? superfluous : refused
  },
  run: (run, { corrected_slots }) => {
    const changes: Record<string, SlotValue> = { ...openCorrection(run) }
    for (const { name, value } of corrected_slots) if (run.project.slots.has(name)) changes[name] = value
    if (Object.keys(changes).length === 0 || !run.project.flows.has('pattern_correction')) return
    const place = resetPlace(run, Object.keys(changes))
    run.stack.push(patternFrame(run, 'pattern_correction', {
      is_reset_only: Object.values(changes).every((value) => value === null) || (place?.isAskedAgain ?? false),
      corrected_slots: changes, new_slot_values: Object.values(changes),
      reset_flow_id: place?.flow ?? null, reset_step_id: place?.entry ?? null,
    }))
  },
}

/** A correction that still waits for the user's word is taken up into the new one: one answer for both, the later value wins. */
const openCorrection = (run: Run): Readonly<Record<string, SlotValue>> => {
  const at = run.stack.findIndex((frame) => frame.flow_id === 'pattern_correction')
  const frame = run.stack[at]
  if (frame === undefined || isUserFrame(frame)) return {}
  const isAsking = run.stack[at + 1]?.flow_id === 'pattern_collect_information' && askedSlot(run.stack.slice(0, at + 2)) !== null
  run.stack.splice(at, isAsking ? 2 : 1)
  return frame['corrected_slots'] as Readonly<Record<string, SlotValue>>
}

const isSame = (a: SlotValue, b: SlotValue): boolean => JSON.stringify(a) === JSON.stringify(b)
