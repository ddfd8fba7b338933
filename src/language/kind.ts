import type { Command } from '../dialogue/commands.js'
import type { Branch } from './grammar.js'

/** What a command line does, without the value it sets: what a classifier of messages can tell. */
export const kindOf = (command: Command): string => {
  if (command.command === 'start flow') return `start flow ${command.flow}`
  return command.command === 'set slot' ? `set slot ${command.name}` : command.command
}

/** The kind of every line that begins so. Only `set slot` and `disambiguate flows` need more before they are commands. */
export const kindOfBranch = ({ command, text }: Branch): string =>
  command !== null ? kindOf(command) : text.startsWith('set slot ') ? text : 'clarify'
