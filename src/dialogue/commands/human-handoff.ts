import { digression, keep, refused, type CommandKind } from '../command-kind.js'
import { hasHandoff } from '../standing.js'

export const humanHandoff: CommandKind<'human handoff'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => 'hand over',
  spellings: [{ pattern: /^hand\s+over$|^HumanHandoff\(\s*\)$/i, command: () => ({ command: 'human handoff' }) }],
  clean: (command, { project }) => (hasHandoff(project) ? keep(command) : refused),
  run: digression('pattern_human_handoff'),
}
