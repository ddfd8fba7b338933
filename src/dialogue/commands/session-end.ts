import { keep, type CommandKind } from '../command-kind.js'
import { pushPlainPattern } from '../run.js'

/** Ends the session. A project may say goodbye in pattern_session_end; it ends with `action_hangup` in any case. */
export const sessionEnd: CommandKind<'session end'> = {
  kind: 'alone',
  phase: 'digressions',
  write: () => null,
  spellings: [],
  clean: (command) => keep(command),
  run: (run) => {
    run.stack.length = 0
    run.endsAfterwards = true
    pushPlainPattern(run, 'pattern_session_end')
  },
}
