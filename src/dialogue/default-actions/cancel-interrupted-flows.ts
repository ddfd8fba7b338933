import { isUserFrame } from '../frames.js'
import { cancelFrames, putFollowUp } from '../leave.js'
import { recordAction, type Run } from '../run.js'

/** The user does not want to go back to what was interrupted. */
export const cancelInterruptedFlows = (run: Run): void => {
  recordAction(run, 'action_cancel_interrupted_flows')
  const pattern = run.stack.at(-1)
  if (pattern === undefined || isUserFrame(pattern) || !Array.isArray(pattern['interrupted_flow_ids'])) return
  const index = run.stack.length - 1
  const frames = run.stack.slice(0, index)
  const root = frames.find(isUserFrame)
  cancelFrames(run, frames)
  if (root !== undefined) putFollowUp(run, run.stack.lastIndexOf(pattern), root.flow_id)
}
