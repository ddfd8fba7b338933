import { keep, refused, superfluous, type CommandKind } from '../command-kind.js'
import { flowIndex } from '../flow-index.js'
import { isUserFrame, type Frame } from '../frames.js'
import { liftToTop, recordInterrupted, recordResumed } from '../leave.js'
import { plainPatternFrame, resetScopedSlots, userFrame, type Run } from '../run.js'
import { isActive, isStartable } from '../standing.js'
import { activeGroup, groupsOf, ownEnd, topPattern } from '../stack.js'

/** Starts a flow, resumes one that waits, or answers the question whether to resume it. */
export const startFlow: CommandKind<'start flow'> = {
  kind: 'turn',
  phase: 'flows',
  write: ({ flow }) => `start flow ${flow}`,
  spellings: [
    { pattern: /^start\s+flow\s+([\w-]+)$/i, command: ([flow = '']) => ({ command: 'start flow', flow }) },
    { pattern: /^StartFlow\(\s*([\w-]+)\s*\)$/i, command: ([flow = '']) => ({ command: 'start flow', flow }) },
  ],
  clean: (command, state) => {
    const { flow, trigger } = command
    if (trigger === 'intent' && state.project.flows.has(flow) && !isActive(state, flow)) return keep(command)
    if (isStartable(state, flow)) return keep(command)
    return isActive(state, flow) ? superfluous : refused
  },
  run: (run, { flow }) => {
    const target = flowIndex(run.project, flow)
    if (target === null) return
    if (target.flow.isPattern) {
      run.stack.push(plainPatternFrame(run, flow))
      return
    }
    const wasResumeAsked = topPattern(run.stack)?.flow_id === 'pattern_continue_interrupted'
    dropOpenTalk(run)
    const groups = groupsOf(run.stack)
    const at = groups.findIndex(({ frame }) => frame.flow_id === flow)
    const [active] = groups
    if (at === 0) {
      if (wasResumeAsked) recordResumed(run)
      return
    }
    // A flow that waits already, or was pushed by this very turn, is not interrupted once more.
    const isAtWork = active !== undefined && !wasResumeAsked && run.tracker.stack.includes(active.frame)
    const interrupts = isAtWork ? recordInterrupted(run) : active !== undefined
    if (at > 0) liftToTop(run, flow)
    else run.stack.push(userFrame(run, flow, interrupts ? 'interrupt' : 'regular'))
  },
}

/** Patterns that may not be dropped for a new request: they are about the flow below and finish their work when it goes on. */
const staying = new Set(['pattern_correction', 'pattern_cancel_flow', 'pattern_internal_error', 'pattern_code_change'])

/** A new request answers any open question of a pattern: "shall we go on?", "anything else?", "which one?". */
export const dropOpenTalk = (run: Run): void => {
  const group = activeGroup(run.stack)
  const from = group === null ? 0 : ownEnd(run.stack, group)
  const dropped: Frame[] = run.stack.slice(from)
  if (dropped.some((frame) => isUserFrame(frame) || staying.has(frame.flow_id))) return
  run.stack.length = from
  for (const { flow_id } of dropped) resetScopedSlots(run, flow_id)
}
