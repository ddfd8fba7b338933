import { digression, keep, type CommandKind } from '../command-kind.js'

export const userSilence: CommandKind<'user silence'> = {
  kind: 'alone', phase: 'digressions', write: () => null, spellings: [], clean: (command) => keep(command), run: digression('pattern_user_silence'),
}
