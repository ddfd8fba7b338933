import type { Cleaning, CommandKind, Phase, Spelling, Verdict } from './command-kind.js'
import type { CommandName, CommandOf } from './commands.js'
import { applyRule } from './commands/apply-rule.js'
import { cancelFlow } from './commands/cancel-flow.js'
import { cannotHandle } from './commands/cannot-handle.js'
import { chitchat } from './commands/chitchat.js'
import { clarify } from './commands/clarify.js'
import { correctSlot } from './commands/correct-slot.js'
import { error } from './commands/error.js'
import { followStories } from './commands/follow-stories.js'
import { handleCodeChange } from './commands/handle-code-change.js'
import { humanHandoff } from './commands/human-handoff.js'
import { knowledge } from './commands/knowledge.js'
import { noop } from './commands/noop.js'
import { repeatBotMessages } from './commands/repeat-bot-messages.js'
import { restart } from './commands/restart.js'
import { sessionEnd } from './commands/session-end.js'
import { sessionStart } from './commands/session-start.js'
import { setSlot } from './commands/set-slot.js'
import { skipQuestion } from './commands/skip-question.js'
import { startFlow } from './commands/start-flow.js'
import { userSilence } from './commands/user-silence.js'
import type { Run } from './run.js'

const kinds: { readonly [K in CommandName]: CommandKind<K> } = {
  'start flow': startFlow,
  'set slot': setSlot,
  'correct slot': correctSlot,
  'cancel flow': cancelFlow,
  clarify,
  'skip question': skipQuestion,
  chitchat,
  knowledge,
  'human handoff': humanHandoff,
  'repeat bot messages': repeatBotMessages,
  'cannot handle': cannotHandle,
  'apply rule': applyRule,
  'follow stories': followStories,
  error,
  'handle code change': handleCodeChange,
  'user silence': userSilence,
  'session start': sessionStart,
  'session end': sessionEnd,
  restart,
  noop,
}

export const isAlone = <K extends CommandName>(command: CommandOf<K>): boolean => kinds[command.command].kind === 'alone'
export const phaseOf = <K extends CommandName>(command: CommandOf<K>): Phase => kinds[command.command].phase
export const cleanedOne = <K extends CommandName>(command: CommandOf<K>, state: Cleaning): Verdict => kinds[command.command].clean(command, state)
export const runCommand = <K extends CommandName>(run: Run, command: CommandOf<K>): void => kinds[command.command].run(run, command)
export const lineOf = <K extends CommandName>(command: CommandOf<K>): string | null => kinds[command.command].write(command)
export const spellings: readonly Spelling[] = Object.values(kinds).flatMap((kind) => kind.spellings)
