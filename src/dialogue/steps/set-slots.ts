import { changeSlot } from '../correction.js'
import type { StepKind } from '../step-kind.js'

export const setSlots: StepKind<'set_slots'> = {
  enter: (run, step) => {
    for (const { slot, value } of step.values) if (run.slots.get(slot) !== value) changeSlot(run, slot, value)
  },
}
