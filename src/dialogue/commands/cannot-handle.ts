import { keep, type CommandKind } from '../command-kind.js'
import { patternFrame } from '../run.js'

export const cannotHandle: CommandKind<'cannot handle'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => 'cannot handle',
  spellings: [{ pattern: /^cannot\s+handle$|^CannotHandle\(\s*\)$/i, command: () => ({ command: 'cannot handle' }) }],
  clean: (command) => keep(command),
  run: (run, { reason }) => {
    if (!run.project.flows.has('pattern_cannot_handle')) return
    run.stack.push(patternFrame(run, 'pattern_cannot_handle', { reason: reason ?? 'cannot_handle_default' }))
  },
}
