import { writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { followed, settableAt, type Position } from '../language/grammar.js'
import { numbersIn } from '../language/numbers.js'
import { coerced } from '../project/slot-value.js'
import type { Slot, SlotValue } from '../project/types.js'

/**
 * What of these commands is legal, in their order; what is not is dropped. Values are taken in the grammar's spelling:
 * a number in any notation, a declared value in any casing, a text in the casing of the message.
 */
export const legalPart = (start: Position, commands: readonly Command[]): readonly Command[] =>
  commands.reduce((position, command) => followed(position, writeCommands([fitted(position, command)])) ?? position, start).commands

const fitted = (position: Position, command: Command): Command => {
  if (command.command === 'clarify') return { ...command, options: position.legal.startable.filter((flow) => command.options.includes(flow)) }
  if (command.command !== 'set slot') return command
  const slot = settableAt(position).find(({ name }) => name === command.name)
  if (slot === undefined) return command
  const wanted = readingsOf(slot, command.value)
  const offered = position.values(slot).find((candidate) => wanted.has(JSON.stringify(candidate.value).toLowerCase()))
  return offered === undefined ? command : { ...command, value: offered.value }
}

const readingsOf = (slot: Slot, value: SlotValue): ReadonlySet<string> => {
  const readings = slot.type === 'float' && typeof value === 'string' ? numbersIn(value) : [coerced(slot, value).value ?? value]
  return new Set(readings.map((reading) => JSON.stringify(reading).toLowerCase()))
}
