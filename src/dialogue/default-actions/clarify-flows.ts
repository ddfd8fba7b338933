import { recordAction, type Run } from '../run.js'

/** The options already stand in the frame, worked out when the command ran; the action keeps its place in the history. */
export const clarifyFlows = (run: Run): void => recordAction(run, 'action_clarify_flows')
