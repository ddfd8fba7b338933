import { cancelFrames, putFollowUp } from '../leave.js'
import { isUserFrame } from '../frames.js'
import { recordAction, type Run } from '../run.js'

/** Ends everything below the pattern that asked for it (calm-spec 5.6). */
export const cleanStack = (run: Run): void => {
  recordAction(run, 'action_clean_stack')
  const pattern = run.stack.at(-1)
  if (pattern === undefined) return
  const frames = run.stack.slice(0, -1)
  const top = frames.findLast(isUserFrame)
  cancelFrames(run, frames)
  if (top !== undefined) putFollowUp(run, run.stack.lastIndexOf(pattern), top.flow_id)
}
