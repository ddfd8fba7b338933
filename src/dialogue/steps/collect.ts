import { changeSlot } from '../correction.js'
import { isUserFrame } from '../frames.js'
import { changeFrame, patternFrame } from '../run.js'
import type { StepKind } from '../step-kind.js'

/** Asks for a slot: the asking itself is pattern_collect_information (calm-spec 2.3). */
export const collect: StepKind<'collect'> = {
  enter: (run, step) => {
    if (step.askBeforeFilling && (run.slots.get(step.slot) ?? null) !== null) changeSlot(run, step.slot, null)
    const owner = run.stack.at(-1)
    if (owner !== undefined && isUserFrame(owner)) {
      const passed = owner.collected.indexOf(step.id)
      const earlier = passed === -1 ? owner.collected : owner.collected.slice(0, passed)
      changeFrame(run, run.stack.length - 1, { collected: [...earlier, step.id] })
    }
    run.stack.push(patternFrame(run, 'pattern_collect_information', {
      collect: step.slot, utter: step.utter, collect_action: step.collectAction ?? `action_ask_${step.slot}`,
    }))
  },
}
