import { fail } from '../fail.js'
import { fault, userFrame } from '../run.js'
import { activeGroup } from '../stack.js'
import type { StepKind } from '../step-kind.js'

/** Runs another flow as if its steps stood here (calm-spec 2.6). A flow that calls itself, be it by others, is stopped: it would never end. */
export const call: StepKind<'call'> = {
  enter: (run, step) => {
    if (!run.project.flows.has(step.flow)) return
    const isCycle = run.stack.slice(activeGroup(run.stack)?.root ?? 0).some(({ flow_id }) => flow_id === step.flow)
    if (isCycle) {
      fault(run, 'call-cycle', `Flow "${step.flow}" is called while it is under way.`)
      fail(run, 'rasa_internal_error_default')
    } else run.stack.push(userFrame(run, step.flow, 'call'))
  },
}
