import { recordAction, recordStack, type Run } from '../run.js'

/** Ends the session for good. */
export const hangup = (run: Run): void => {
  recordAction(run, 'action_hangup')
  recordStack(run)
  run.events.push({ event: 'session_ended', reason: 'hangup' })
  run.stack = []
  run.recorded = []
  run.state = 'ended'
}
