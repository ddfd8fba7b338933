import { keyOf } from '../dialogue/cleanup.js'
import { writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import type { LegalCommands } from '../dialogue/legal.js'
import type { Slot, SlotValue } from '../project/types.js'
import { anyKind, endKind, isClosed, kindOf } from './kind.js'
import { valuesIn, type ValueCandidate } from './values.js'

/**
 * Where a sequence of commands stands: what was written, and what the state and the message allow after it.
 * Immutable; advancing returns another position, so holding two is branching.
 */
export type Position = {
  readonly legal: LegalCommands
  readonly commands: readonly Command[]
  readonly message: string
  /** Values this message offers for a slot. */
  readonly values: (slot: Slot) => readonly ValueCandidate[]
}

/** A piece of a command line. Pieces after the first begin with the space that parts them, where every tokenizer parts them too. */
export type Branch = {
  readonly text: string
  /** The command, where the line may end here. */
  readonly command: Command | null
  /** Kinds of the lines that begin so (see kind.ts); the first is that of the line that may end here. */
  readonly kinds: readonly string[]
  /** How the line may go on, worked out only when somebody goes there. */
  readonly more: () => readonly Branch[]
}

/** Nobody says more in one message; a model that goes on has lost its way. */
export const maximumCommands = 6
/** Rasa's default for `max_clarification_options`. */
const maximumOptions = 3

export const startOf = (legal: LegalCommands, message: string): Position => ({ legal, commands: [], message, values: valuesIn(message) })
export const advanced = (position: Position, command: Command): Position => ({ ...position, commands: [...position.commands, command] })
export const mayEnd = ({ commands }: Position): boolean => commands.length > 0

/** Every way to begin the next line. No flow is started twice, no slot filled twice, no command repeated; some stand alone. */
export const choicesAt = (position: Position): readonly Branch[] => {
  const { legal, commands, values } = position
  if (commands.length >= maximumCommands || commands.some(standsAlone)) return []
  const used = new Set(commands.map(keyOf))
  const fresh = ({ command }: Branch): boolean => command === null || !used.has(keyOf(command))
  const alone = commands.length === 0
  return [
    ...legal.startable.map((flow) => line({ command: 'start flow', flow })).filter(fresh),
    ...settableAt(position).filter((slot) => !used.has(`set slot ${slot.name}`) && values(slot).length > 0).map((slot) => slotBranch(slot, values)),
    ...plainCommands.filter(([allowed]) => legal[allowed]).map(([, command]) => line(command)).filter(fresh),
    ...(alone ? [line({ command: 'cannot handle' }), ...legal.heldBack.map(heldBackBranch)] : []),
    ...(alone && legal.clarify && legal.startable.length > 1 ? [optionsBranch(legal.startable)] : []),
  ]
}

/** Kinds of all that may come next, the end among them. */
export const kindsAt = (position: Position): ReadonlySet<string> =>
  new Set([...choicesAt(position).flatMap(({ kinds }) => kinds), ...(mayEnd(position) ? [endKind] : [])])

/** Follows a whole line; null where it is not legal here. */
export const followed = (position: Position, text: string): Position | null => {
  const search = (branches: readonly Branch[], rest: string): Command | null => {
    for (const branch of branches) {
      if (rest === branch.text && branch.command !== null) return branch.command
      if (rest.startsWith(`${branch.text} `)) {
        const command = search(branch.more(), rest.slice(branch.text.length))
        if (command !== null) return command
      }
    }
    return null
  }
  const command = search(choicesAt(position), text)
  return command === null ? null : advanced(position, command)
}

/** Whether a completion can be decoded at all: training on one that cannot is wasted. */
export const isReachable = (start: Position, completion: string): boolean => {
  let position: Position | null = start
  for (const text of completion.split('\n')) position = position === null ? null : followed(position, text)
  return position !== null && mayEnd(position)
}

const none = (): readonly Branch[] => []
/** A line in one piece. */
const line = (command: Command): Branch => ({ text: writeCommands([command]), command, kinds: [kindOf(command, () => false)], more: none })

const plainCommands: readonly (readonly [allowed: 'cancel' | 'skip' | 'repeat' | 'chitchat' | 'knowledge' | 'handoff', command: Command])[] = [
  ['cancel', { command: 'cancel flow' }],
  ['skip', { command: 'skip question' }],
  ['repeat', { command: 'repeat bot messages' }],
  ['chitchat', { command: 'chitchat' }],
  ['knowledge', { command: 'knowledge' }],
  ['handoff', { command: 'human handoff' }],
]

const standsAlone = ({ command }: Command): boolean => command === 'clarify' || command === 'cannot handle'

/** Slots that can be filled as things stand, and those of the flows that this sequence starts. */
export const settableAt = ({ legal, commands }: Position): readonly Slot[] => {
  const slots = new Map(legal.settable)
  for (const command of commands) {
    if (command.command === 'start flow') for (const [name, slot] of legal.settableWith.get(command.flow) ?? []) slots.set(name, slot)
  }
  return [...slots.values()]
}

/**
 * The model learned to name this flow for such a message. Were it not allowed to, it would be pressed into a flow that is not meant;
 * so it may, and that means that nothing fits.
 */
const heldBackBranch = (flow: string): Branch => ({ ...line({ command: 'cannot handle' }), text: `start flow ${flow}` })

const slotBranch = (slot: Slot, values: Position['values']): Branch => {
  const kindWith = (value: SlotValue): string => kindOf({ command: 'set slot', name: slot.name, value }, () => isClosed(slot))
  return {
    text: `set slot ${slot.name}`,
    command: null,
    kinds: isClosed(slot) ? [...new Set(values(slot).map(({ value }) => kindWith(value)))] : [kindWith(null)],
    more: () => values(slot).map(({ text, value }) => ({ text: ` ${text}`, command: { command: 'set slot', name: slot.name, value }, kinds: [kindWith(value)], more: none })),
  }
}

/** `disambiguate flows a b`: in the order of the project, so that a set of options has one spelling. */
const optionsBranch = (flows: readonly string[]): Branch => {
  const after = (chosen: readonly string[], from: number): readonly Branch[] =>
    flows.slice(from).flatMap((flow, step) => {
      const options = [...chosen, flow]
      const isLast = from + step === flows.length - 1
      if (options.length < 2 && isLast) return []
      const command: Command | null = options.length < 2 ? null : { command: 'clarify', options }
      const kind = `clarify ${options.join(' ')}`
      const mayGoOn = options.length < maximumOptions && !isLast
      const kinds = [...(command === null ? [] : [kind]), ...(mayGoOn ? [anyKind(kind)] : [])]
      return [{ text: ` ${flow}`, command, kinds, more: () => (mayGoOn ? after(options, from + step + 1) : []) }]
    })
  return { text: 'disambiguate flows', command: null, kinds: [anyKind('clarify')], more: () => after([], 0) }
}
