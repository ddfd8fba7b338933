import { digression, keep, refused, type CommandKind } from '../command-kind.js'

export const repeatBotMessages: CommandKind<'repeat bot messages'> = {
  kind: 'turn',
  phase: 'digressions',
  write: () => 'repeat message',
  spellings: [{ pattern: /^repeat\s+message$|^RepeatLastBotMessages\(\s*\)$/i, command: () => ({ command: 'repeat bot messages' }) }],
  clean: (command, { project, tracker }) =>
    (project.config.compat !== '3.8' && tracker.transcript.some(({ who }) => who === 'bot') ? keep(command) : refused),
  run: digression('pattern_repeat_bot_messages'),
}
