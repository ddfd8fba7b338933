import { hasMemory } from '../dialogue/monitor.js'
import { flowIndex } from '../dialogue/flow-index.js'
import type { Condition } from '../project/condition.js'
import type { Project, Property, SlotValue } from '../project/types.js'
import { classesOf, type Classes } from './classes.js'
import { slotsSetBy, type Cone } from './cone.js'
import { conditionsOfFlow, conditionsOfProperty, conditionsOfSlot, slotsIn } from './conditions.js'

/** Everything that stays the same while one cone is explored. */
export type Scene = {
  readonly project: Project
  readonly properties: readonly Property[]
  /** One of them has to remember something. */
  readonly hasMemory: boolean
  /** Flows that messages may start or fill slots of. */
  readonly flows: ReadonlySet<string>
  readonly values: Classes['values']
  readonly doubts: readonly string[]
  /** What each custom action may do to slots, one list of fillings for each way it may end well. */
  readonly fillings: (action: string) => readonly Filling[]
  /** Slots with which a conversation may begin. */
  readonly beginnings: readonly Filling[]
}
export type Filling = readonly (readonly [slot: string, value: SlotValue])[]

export const sceneOf = (project: Project, { flows, stranger, properties }: Cone): Scene => {
  const started = new Set(stranger === null ? flows : [...flows, stranger])
  const walked = [...project.flows.values()].filter(({ id, isPattern }) => isPattern || started.has(id))
  const collected = walked.flatMap(({ id }) => flowIndex(project, id)?.slots ?? [])
  const set = walked.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'action' && project.actions.has(step.action) ? slotsSetBy(project, step.action) : [])))
  const ruled = project.rules.flatMap(({ then }) => (then.kind === 'action' && project.actions.has(then.action) ? slotsSetBy(project, then.action) : []))
  const slots = new Set([...collected, ...set, ...ruled, ...project.assumptions.begins.keys()])
  const conditions: readonly Condition[] = [
    ...walked.flatMap(conditionsOfFlow), ...properties.flatMap(conditionsOfProperty),
    ...[...slots].flatMap((name) => project.slots.get(name) ?? []).flatMap(conditionsOfSlot),
  ]
  const { values, doubts } = classesOf(project, slots, conditions, new Map([['interrupted_flow_to_continue', [...started]]]))
  const anyOf = (slot: string): readonly SlotValue[] => values.get(slot)?.map(({ value }) => value) ?? []
  const looked = new Set(conditions.flatMap(slotsIn))
  return {
    project, properties, hasMemory: properties.some(hasMemory), flows: started, values, doubts,
    fillings: remember((action) => {
      const known = project.assumptions.sets.get(action)
      if (known !== undefined) return combinations([...known].map(([slot, given]) => [slot, given === 'any' ? anyOf(slot) : given]))
      return combinations(slotsSetBy(project, action).map((slot) => [slot, [untouched, null, ...anyOf(slot)]]))
    }),
    beginnings: combinations([...project.assumptions.begins].filter(([slot]) => looked.has(slot) || collected.includes(slot))),
  }
}

/** An action may leave a slot as it is. */
const untouched = Symbol('untouched')

const combinations = (choices: readonly (readonly [string, readonly (SlotValue | typeof untouched)[]])[]): readonly Filling[] =>
  choices.reduce<readonly Filling[]>((before, [slot, values]) =>
    before.flatMap((filling) => values.map((value): Filling => (value === untouched ? filling : [...filling, [slot, value]]))), [[]])

const remember = <T>(work: (key: string) => T): ((key: string) => T) => {
  const known = new Map<string, T>()
  return (key) => {
    const found = known.get(key)
    if (found !== undefined) return found
    const made = work(key)
    known.set(key, made)
    return made
  }
}
