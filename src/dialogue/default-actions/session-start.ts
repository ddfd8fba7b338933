import { recordAction, setSlot, type Run } from '../run.js'

/** Opens a session: everything anew but the slots that are carried over. Skipped in a session that has only just begun (calm-spec 2.2, 11.2). */
export const sessionStart = (run: Run): void => {
  const { session } = run.tracker
  if (session.state === 'open' && session.messages <= 1) return
  openSession(run)
}

export const openSession = (run: Run): void => {
  recordAction(run, 'action_session_start')
  beginSession(run)
}

export const beginSession = (run: Run): void => {
  const carried = run.project.config.carryOverSlots ? [...run.slots].filter(([name, value]) => value !== run.tracker.initialSlots.get(name)) : []
  run.events.push({ event: 'session_started' })
  run.slots = run.tracker.initialSlots
  run.recorded = []
  run.stack.splice(0, run.stack.length - 1) // the pattern that opens the session goes on; flows of the old one do not
  for (const [name, value] of carried) setSlot(run, name, value)
}
