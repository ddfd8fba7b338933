import { digression, keep, refused, type CommandKind } from '../command-kind.js'

export const skipQuestion: CommandKind<'skip question'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => 'skip question',
  spellings: [{ pattern: /^skip\s+question$|^SkipQuestion\(\s*\)$/i, command: () => ({ command: 'skip question' }) }],
  clean: (command, { asked }) => (asked === null ? refused : keep(command)),
  run: digression('pattern_skip_question'),
}
