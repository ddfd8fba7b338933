import { digression, keep, type CommandKind } from '../command-kind.js'

/** `/session_start`: pattern_session_start opens the session and may greet. */
export const sessionStart: CommandKind<'session start'> = {
  kind: 'alone', phase: 'digressions', write: () => null, spellings: [], clean: (command) => keep(command), run: digression('pattern_session_start'),
}
