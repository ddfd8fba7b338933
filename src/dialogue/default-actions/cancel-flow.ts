import { isUserFrame, type Frame } from '../frames.js'
import { cancelFrames, putFollowUp } from '../leave.js'
import { recordAction, type Run } from '../run.js'

/** Takes the flow that pattern_cancel_flow is about off the stack (calm-spec 5.4). */
export const cancelFlow = (run: Run): void => {
  recordAction(run, 'action_cancel_flow')
  const pattern = run.stack.at(-1)
  if (pattern === undefined || isUserFrame(pattern) || !Array.isArray(pattern['canceled_frames'])) return
  const ids = new Set(pattern['canceled_frames'])
  const frames: readonly Frame[] = run.stack.filter(({ frame_id }) => ids.has(frame_id))
  const root = frames.find(isUserFrame)
  cancelFrames(run, frames)
  // Where a flow started in the same turn, it simply goes on; else what waits below, or the end, follows the pattern.
  if (root !== undefined) putFollowUp(run, run.stack.lastIndexOf(pattern), root.flow_id)
}
