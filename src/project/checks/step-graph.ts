import type { Draft } from '../draft.js'
import { isBuiltIn } from '../draft.js'
import { ending, leadingTo, listens, reachable } from '../flow-graph.js'
import { caution, mistake, type Report } from '../problem.js'
import { stepSpans } from '../step-spans.js'

/** Steps nobody can reach, and steps from which there is no way out. */
export const checkStepGraph = (draft: Draft, report: Report): void => {
  for (const flow of draft.flows.values()) {
    const spans = stepSpans(draft, flow.id)
    if (spans === null || isBuiltIn(spans.flow)) continue
    const reached = reachable(flow)
    const ends = ending(flow)
    flow.steps.forEach((step, at) => {
      if (reached.has(step.id)) return
      const before = flow.steps[at - 1]
      // Only the first of a row is to blame: what follows it falls with it.
      if (before !== undefined && !reached.has(before.id)) return
      const isAfterLink = before?.kind === 'link'
      report(mistake(spans.step(step.id), isAfterLink ? 'link-not-last' : 'unreachable-step', `The step "${step.id}" can never be reached.`, {
        expected: isAfterLink ? 'a link as the last step of its branch' : 'another step that leads here',
        suggestion: isAfterLink ? 'move the step before the link' : 'remove the step, or name its id in a "next"',
      }))
    })
    const stuck = flow.steps.filter(({ id }) => reached.has(id) && !ends.has(id))
    const waiting = leadingTo(flow, stuck.filter(listens).map(({ id }) => id))
    const endless = stuck.find(({ id }) => !waiting.has(id))
    const [first] = stuck
    if (endless !== undefined) {
      report(mistake(spans.step(endless.id), 'endless-loop', `From the step "${endless.id}" on, the flow "${flow.id}" goes round for ever without waiting for the user.`, { expected: 'a way to END', suggestion: 'let a branch lead out of the loop' }))
    } else if (first !== undefined) {
      report(caution(spans.step(first.id), 'dead-end', `From the step "${first.id}" on, the flow "${flow.id}" can only be left by cancelling it.`, { expected: 'a way to END' }))
    }
  }
}
