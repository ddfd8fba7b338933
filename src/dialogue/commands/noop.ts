import { keep, type CommandKind } from '../command-kind.js'

/** Nothing to do: an open question is asked again. */
export const noop: CommandKind<'noop'> = {
  kind: 'turn', phase: 'digressions', write: () => null, spellings: [], clean: (command) => keep(command), run: () => undefined,
}
