import { isSpoken, recordAction, say, type Run } from '../run.js'

/** Forgets slots, stack and transcript. Says `utter_restart` where the project has it. */
export const restart = (run: Run): void => {
  recordAction(run, 'action_restart')
  if (isSpoken(run, 'utter_restart')) say(run, 'utter_restart')
  run.events.push({ event: 'restart' })
  run.slots = run.tracker.initialSlots
  run.stack = []
  run.recorded = []
}
