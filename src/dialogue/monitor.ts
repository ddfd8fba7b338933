import type { Condition } from '../project/condition.js'
import type { Happening, Project, Property } from '../project/types.js'
import type { Command } from './commands.js'
import { holds } from './conditions.js'
import type { TrackerEvent } from './events.js'
import { TemplateFault } from './template.js'
import type { Tracker } from './tracker.js'

/** What one property has to remember of the events so far: whether the other happening of its order was there. */
export type Memory = boolean

/** What a monitor sees of the conversation: the state before the event that it judges, or the one in which a turn ends. */
type Seen = { readonly project: Project; readonly tracker: Pick<Tracker, 'slots' | 'pending'> }

/** The memory of a property after one more event. */
export const remembered = ({ rule }: Property, memory: Memory, event: TrackerEvent): Memory => {
  if (rule.kind !== 'never' || rule.order === null) return false
  const { what, within } = rule.order
  if (event.event === 'session_started' || event.event === 'restart') return false
  if (event.event === 'flow_started' && event.flow_id === within) return false
  return memory || isDone(what, event)
}

/** Whether the event is what the property says must not happen. `memory`: as of before the event. */
export const isViolation = (property: Property, memory: Memory, event: TrackerEvent, seen: Seen): boolean =>
  isSuspect(property, event, seen) && isOutOfOrder(property, memory)

/** The part of it that needs no memory: what happens, and under which condition. */
export const isSuspect = ({ rule }: Property, event: TrackerEvent, seen: Seen): boolean =>
  rule.kind === 'never' && happens(rule.what, event, seen) && (rule.when === null || isTrue(rule.when, seen))

/** The other part. */
export const isOutOfOrder = ({ rule }: Property, memory: Memory): boolean =>
  rule.kind === 'never' && (rule.order === null || (rule.order.kind === 'after') === memory)

export const hasMemory = ({ rule }: Property): boolean => rule.kind === 'never' && rule.order !== null

/** How a turn ended: what was understood in it, and whether the assistant has said something. */
type Ended = { readonly commands: readonly Command[]; readonly hasAnswered: boolean }

/** What a channel says by itself: nobody waits for an answer to it. */
const unspoken: readonly Command['command'][] = ['session start', 'session end', 'restart', 'user silence']

/** Whether a turn may not end like this. */
export const isViolatedAtEnd = ({ rule }: Property, { commands, hasAnswered }: Ended, seen: Seen): boolean =>
  (rule.kind === 'always' && !isTrue(rule.condition, seen))
  || (rule.kind === 'every_turn' && !hasAnswered && !commands.some(({ command }) => unspoken.includes(command)))

/** An action counts from the moment it is asked for, so that it can still be kept from running. */
const happens = (what: Happening, event: TrackerEvent, { tracker }: Seen): boolean => {
  if (what.kind !== 'action') return isDone(what, event)
  if (event.event === 'followup') return event.name === what.name
  return event.event === 'action' && event.name === what.name && tracker.pending?.action !== what.name
}

/** What comes first has come when it is done: an action that failed has not. */
const isDone = ({ kind, name }: Happening, event: TrackerEvent): boolean =>
  kind === 'action' || kind === 'response' ? event.event === 'action' && event.name === name : event.event === kind && event.flow_id === name

const isTrue = (condition: Condition, { project, tracker: { slots } }: Seen): boolean => {
  try {
    return holds(condition, { project, slots, stack: [] })
  } catch (error) {
    if (error instanceof TemplateFault) return false
    throw error
  }
}
