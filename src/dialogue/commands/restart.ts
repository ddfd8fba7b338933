import { keep, type CommandKind } from '../command-kind.js'
import { pushPlainPattern } from '../run.js'
import { restart as forgetAll } from '../default-actions/restart.js'

export const restart: CommandKind<'restart'> = {
  kind: 'alone',
  phase: 'digressions',
  write: () => null,
  spellings: [],
  clean: (command) => keep(command),
  run: (run) => {
    if (run.project.flows.has('pattern_restart')) pushPlainPattern(run, 'pattern_restart')
    else forgetAll(run)
  },
}
