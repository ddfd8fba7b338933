import { flowIndex } from '../flow-index.js'
import { complete, liftToTop, recordInterrupted } from '../leave.js'
import { plainPatternFrame, userFrame } from '../run.js'
import type { StepKind } from '../step-kind.js'

/**
 * Ends this flow and starts another (calm-spec 2.5). A user flow that links to a pattern ends when the pattern is done, so that
 * what follows a finished flow follows the pattern. Slots that the linked flow asks for too are handed over to it.
 */
export const link: StepKind<'link'> = {
  enter: (run, step) => {
    const target = flowIndex(run.project, step.flow)
    if (target === null) return
    const isFromPattern = run.stack.at(-1)?.type !== 'flow'
    if (target.flow.isPattern) {
      if (isFromPattern) complete(run, new Set(target.slots))
      run.stack.push(plainPatternFrame(run, step.flow))
      return
    }
    complete(run, new Set(target.slots))
    const interrupts = isFromPattern && recordInterrupted(run)
    // A flow that waits below is not started a second time: it goes on.
    if (!liftToTop(run, step.flow)) run.stack.push(userFrame(run, step.flow, interrupts ? 'interrupt' : 'link'))
  },
}
