import { keep, type CommandKind } from '../command-kind.js'
import { fail } from '../fail.js'
import { patternFrame } from '../run.js'

/** Trouble of the edge: a message that cannot be read, a model that does not answer, an action that failed. */
export const error: CommandKind<'error'> = {
  kind: 'alone',
  phase: 'digressions',
  write: () => null,
  spellings: [],
  clean: (command) => keep(command),
  run: (run, { error_type, info }) => {
    if (run.tracker.pending !== null || run.tracker.rejected !== null || !run.project.flows.has('pattern_internal_error')) fail(run, error_type, info)
    else run.stack.push(patternFrame(run, 'pattern_internal_error', { error_type, info }))
  },
}
