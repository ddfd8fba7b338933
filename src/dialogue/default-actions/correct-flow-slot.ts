import type { SlotValue } from '../../project/types.js'
import { pushValidation } from '../commands/set-slot.js'
import { changeSlot, goBack, resetPlace } from '../correction.js'
import { isUserFrame } from '../frames.js'
import { recordAction, type Run } from '../run.js'

/** Writes the corrected values and moves the flow back to the earliest question they answer (calm-spec 5.5). */
export const correctFlowSlot = (run: Run): void => {
  recordAction(run, 'action_correct_flow_slot')
  const pattern = run.stack.at(-1)
  if (pattern === undefined || isUserFrame(pattern)) return
  const corrected = pattern['corrected_slots'] as Readonly<Record<string, SlotValue>> | undefined
  if (corrected === undefined) return
  for (const [name, value] of Object.entries(corrected)) if (run.tracker.initialSlots.has(name)) changeSlot(run, name, value)
  const place = resetPlace(run, Object.keys(corrected))
  if (place !== null) goBack(run, place)
  for (const [name, value] of Object.entries(corrected)) if (value !== null) pushValidation(run, name, run.stack.lastIndexOf(pattern))
}
