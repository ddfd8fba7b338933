import { digression, keep, type CommandKind } from '../command-kind.js'

export const knowledge: CommandKind<'knowledge'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => 'provide info',
  spellings: [{ pattern: /^provide\s+info$|^search\s+and\s+reply$|^SearchAndReply\(\s*\)$/i, command: () => ({ command: 'knowledge' }) }],
  clean: (command) => keep(command),
  run: digression('pattern_search'),
}
