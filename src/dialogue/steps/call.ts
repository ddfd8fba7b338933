import { userFrame } from '../run.js'
import type { StepKind } from '../step-kind.js'

/** Runs another flow as if its steps stood here (calm-spec 2.6). */
export const call: StepKind<'call'> = {
  enter: (run, step) => {
    if (run.project.flows.has(step.flow)) run.stack.push(userFrame(run, step.flow, 'call'))
  },
}
