import type { Command } from '../dialogue/commands.js'
import type { Slot } from '../project/types.js'

/** Slots with few values: which one is meant can be told from the whole message, as the flow can. */
export const isClosed = ({ type }: Pick<Slot, 'type'>): boolean => type === 'bool' || type === 'categorical'

/** What a command line does, as far as a classifier of messages can tell. A value that stands in the message is not part of it. */
export const kindOf = (command: Command, isClosedSlot: (name: string) => boolean): string => {
  if (command.command === 'start flow') return `start flow ${command.flow}`
  if (command.command === 'clarify') return `clarify ${command.options.join(' ')}`
  if (command.command !== 'set slot') return command.command
  return `set slot ${command.name}${isClosedSlot(command.name) ? ` ${JSON.stringify(command.value)}` : ''}`
}

/** Beside the kinds of lines: that no line follows. */
export const endKind = 'end'

/** Stands for all kinds that begin so: sets of options are too many to be listed. */
export const anyKind = (beginning: string): string => `${beginning} ...`

/** Whether `open`, a kind or a beginning of kinds, has room for this kind. */
export const hasRoom = (open: string, kind: string): boolean => open === kind || (open.endsWith(' ...') && kind.startsWith(open.slice(0, -3)))
