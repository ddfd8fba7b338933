import { recordAction, type Run } from '../run.js'

/** Leaves its mark in the history, for counting. */
export const handoffMetric = (run: Run): void => recordAction(run, 'action_handoff_metric')
