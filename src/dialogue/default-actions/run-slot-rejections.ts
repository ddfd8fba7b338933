import type { Rejection, Slot, SlotValue } from '../../project/types.js'
import { coerced } from '../coercion.js'
import { holds } from '../conditions.js'
import { changeSlot } from '../correction.js'
import { fault, say, scopeOf, recordAction, type Run } from '../run.js'
import { askedSlot, collectBelow } from '../stack.js'
import { TemplateFault } from '../template.js'

/** Refuses the value of the asked slot by its type or by the first rule that holds: says why and empties the slot (calm-spec 2.3). */
export const runSlotRejections = (run: Run): void => {
  const name = askedSlot(run.stack)
  const slot = name === null ? undefined : run.project.slots.get(name)
  if (slot === undefined) return
  const value = run.slots.get(slot.name) ?? null
  if (value === null) return
  const refusal = refusalOf(run, slot, value)
  if (refusal === null) return
  recordAction(run, 'action_run_slot_rejections')
  changeSlot(run, slot.name, null)
  say(run, refusal, { value })
}

const refusalOf = (run: Run, slot: Slot, value: SlotValue): string | null => {
  const fit = coerced(slot, value)
  if (!fit.ok) return fit.response
  const scope = scopeOf(run)
  for (const rejection of rulesOf(run, slot)) {
    try {
      if (holds(rejection.if, scope)) return rejection.utter
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error
      fault(run, 'bad-condition', error.message)
      return 'utter_internal_error_rasa'
    }
  }
  return null
}

/** A question is not passed with a value that the slot itself refuses either, however it came there: what was said may have been cut short. */
const rulesOf = (run: Run, slot: Slot): readonly Rejection[] => {
  const own = slot.validation?.rejections ?? []
  if (run.stack.at(-1)?.flow_id === 'pattern_validate_slot') return own
  return [...own, ...collectBelow(run.project, run.stack, run.stack.length - 1)?.rejections ?? []]
}
