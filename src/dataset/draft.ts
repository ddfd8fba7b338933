import type { Command } from '../dialogue/commands.js'
import type { Project } from '../project/types.js'
import type { Origin } from './example.js'
import type { Said, SaidSpan } from './said.js'
import type { Spot } from './spots.js'

/** Why a message stands where it stands: one axis of the balance. */
export type Kind =
  | 'start' // a request while nothing else goes on
  | 'digression' // a request in the middle of another one
  | 'answer' // what was asked for
  | 'ahead' // something that was not asked for yet
  | 'correction'
  | 'several' // more than one thing in a message
  | 'clarify' // too vague to tell what is meant
  | 'choice' // the answer to which one is meant
  | 'command' // cancel, chitchat, knowledge and the like
  | 'dialogue' // from a whole conversation

/** A message in a place, before it is checked and rendered. */
export type Draft = {
  readonly spot: Spot
  readonly said: Said
  readonly commands: readonly Command[]
  readonly kind: Kind
  /** The flow it is about: the one it starts, else the one it is said in. */
  readonly flow: string | null
  readonly origin: Origin
  /** The sentence as it was before variation, values masked: copies of it belong together. */
  readonly template: string
}

/** What a message means: which flows it starts, with the values marked in it, each where it belongs. */
export const meaningOf = (project: Project, spot: Spot, starts: readonly string[], spans: readonly Pick<SaidSpan, 'slot' | 'value'>[]): readonly Command[] => {
  const values = new Map(spans.map(({ slot, value }) => [slot, value])) // said twice: the last one counts
  const take = (slots: Iterable<string>): Command[] => {
    const commands: Command[] = []
    for (const name of slots) {
      const value = values.get(name)
      if (value === undefined) continue
      values.delete(name)
      commands.push({ command: 'set slot', name, value })
    }
    return commands
  }
  const started = starts.flatMap((flow): readonly Command[] =>
    [{ command: 'start flow', flow }, ...take(spot.legal.settableWith.get(flow)?.keys() ?? [])])
  // What belongs to none of the new flows answers the one that is active, in the order of its file: one meaning has one spelling.
  const answers = take(spot.situation.slots.map(({ name }) => name))
  const rest = values.size === 0 ? [] : take(project.slots.keys())
  return [...answers, ...rest, ...started]
}

/** Commands somebody wrote down, in the order in which all completions are written: cancel, answers, requests, all else. */
export const inOneSpelling = (project: Project, spot: Spot, commands: readonly Command[]): readonly Command[] => {
  const starts = commands.flatMap((command) => (command.command === 'start flow' ? [command.flow] : []))
  const values = commands.flatMap((command) => (command.command === 'set slot' ? [{ slot: command.name, value: command.value }] : []))
  return [
    ...commands.filter(({ command }) => command === 'cancel flow'),
    ...meaningOf(project, spot, [...new Set(starts)], values),
    ...commands.filter(({ command }) => command !== 'cancel flow' && command !== 'start flow' && command !== 'set slot'),
  ]
}
