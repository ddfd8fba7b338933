import type { Project } from '../project/types.js'
import { advance } from './advance.js'
import { cleaned } from './cleanup.js'
import type { Phase } from './command-kind.js'
import { isAlone, phaseOf, runCommand } from './command-kinds.js'
import type { Command } from './commands.js'
import { pushValidation } from './commands/set-slot.js'
import { hangup } from './default-actions/hangup.js'
import { ActionPending } from './errors.js'
import { fail } from './fail.js'
import type { Outcome } from './outcome.js'
import { begin, finish, setSlot, type Run } from './run.js'
import type { Tracker } from './tracker.js'

export type { Effect, Outcome } from './outcome.js'

/**
 * One move of the conversation: runs the commands, then the flows, until the user or a custom action is waited for.
 * The user event is to be folded before. Without commands it goes on after an action.
 * Throws ActionPending where an action is still to be reported and the commands are not about its failure.
 */
export const step = (project: Project, tracker: Tracker, commands: readonly Command[]): Outcome => {
  const run = begin(project, tracker)
  if (tracker.session.state === 'ended') return { ...finish(run), next: 'ended' }
  const pending = tracker.pending
  if (pending !== null) {
    if (commands.length === 0) return { ...finish(run), effects: [{ effect: 'run', action: pending.action, stepKey: pending.stepKey, at: 0 }], next: 'continue' }
    if (!commands.some(isAlone)) throw new ActionPending(pending.action, pending.stepKey)
    run.events.push({ event: 'action_execution_rejected', name: pending.action })
  }
  if (commands.length > 0) runCommands(run, cleaned(project, tracker, commands))
  else if (tracker.rejected !== null) fail(run, 'rasa_internal_error_default', { action: tracker.rejected })
  if (tracker.paused) run.state = 'listening'
  advance(run)
  if (run.endsAfterwards && run.state === 'listening') hangup(run)
  return finish(run)
}

const PHASES: readonly Phase[] = ['slots', 'flows', 'digressions', 'corrections', 'cancellation']

/** The stack is last in, first out: to be heard in the order of the message, later ones go on first. Slots are filled in order. */
const runCommands = (run: Run, commands: readonly Command[]): void => {
  resetSilence(run, commands)
  for (const phase of PHASES) {
    const now = commands.filter((command) => phaseOf(command) === phase)
    for (const command of phase === 'slots' ? now : now.reverse()) if (run.state === 'going') runCommand(run, command)
    if (phase === 'flows') for (const slot of run.toValidate) pushValidation(run, slot, run.stack.length)
  }
}

/** Somebody speaks again: the silences before no longer count. */
const resetSilence = (run: Run, commands: readonly Command[]): void => {
  const slot = 'consecutive_silence_timeouts'
  const initial = run.tracker.initialSlots.get(slot)
  if (initial === undefined || run.slots.get(slot) === initial || commands.some(({ command }) => command === 'user silence')) return
  setSlot(run, slot, initial)
}
