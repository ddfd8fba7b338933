import type { Project } from '../project/types.js'
import type { Command } from './commands.js'
import type { Outcome } from './outcome.js'
import type { Tracker } from './tracker.js'

export type { Effect, Outcome } from './outcome.js'

/**
 * One move of the conversation: runs the commands, then the flows, until the user or a custom action is waited for.
 * The user event is to be folded before. Without commands it goes on after an action.
 * Throws ActionPending where an action is still to be reported and the commands are not about its failure.
 */
export const step = (_project: Project, _tracker: Tracker, _commands: readonly Command[]): Outcome => { throw new Error('step is being written') }
