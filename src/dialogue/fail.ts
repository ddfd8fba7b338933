import type { SlotValue } from '../project/types.js'
import { isUserFrame } from './frames.js'
import { cancelFrames, putFollowUp } from './leave.js'
import { patternFrame, say, type Run } from './run.js'
import { activeGroup } from './stack.js'

/**
 * Something went wrong under way: the active flow is cancelled without a word, and pattern_internal_error speaks
 * (calm-spec 2.2). Where that pattern itself is in trouble, or missing, nothing is left but to apologise and listen.
 */
export const fail = (run: Run, errorType: string, info: Readonly<Record<string, SlotValue>> = {}): void => {
  const isHopeless = run.stack.some(({ flow_id }) => flow_id === 'pattern_internal_error') || !run.project.flows.has('pattern_internal_error')
  if (isHopeless) {
    giveUp(run)
    return
  }
  const group = activeGroup(run.stack)
  cancelFrames(run, run.stack.slice(group?.root ?? 0))
  // A pattern alone on the stack has failed: nothing waits below it, and "anything else?" would sound absurd after an error.
  if (group !== null && run.stack.some(isUserFrame)) putFollowUp(run, run.stack.length, group.frame.flow_id)
  run.stack.push(patternFrame(run, 'pattern_internal_error', { error_type: errorType, info }))
}

/** Nothing on the stack can be trusted to end. */
export const giveUp = (run: Run): void => {
  cancelFrames(run, run.stack)
  say(run, 'utter_internal_error_rasa')
  run.state = 'listening'
}
