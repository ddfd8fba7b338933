import type { TrackerEvent } from '../dialogue/events.js'
import { operandsOf, type Condition, type Operand } from '../project/condition.js'
import type { Flow, Project, SlotValue } from '../project/types.js'
import type { Random } from './random.js'
import type { World } from './simulation.js'

/** Slots that decide where flows go on and that no customer fills: what actions find out, with the values that matter. */
export type FindingSlots = ReadonlyMap<string, readonly SlotValue[]>

const conditionsOf = (flow: Flow): readonly Condition[] =>
  flow.steps.flatMap(({ next }) => (next.kind === 'branch' ? next.branches.map((branch) => branch.if) : []))

const literalsOf = (operands: readonly Operand[]): readonly (string | number | boolean)[] =>
  operands.flatMap((operand) => {
    if (operand.kind === 'set') return literalsOf(operand.of)
    return operand.kind === 'literal' && operand.value !== null ? [operand.value] : []
  })

/** Worked out from branch conditions: guards are left alone, what they see was decided before the conversation. */
export const findingSlots = (project: Project): FindingSlots => {
  const flows = [...project.flows.values()].filter(({ isPattern }) => !isPattern)
  const collected = new Set(flows.flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : []))))
  const found = new Map<string, Set<SlotValue>>()
  for (const condition of flows.flatMap(conditionsOf)) {
    const operands = operandsOf(condition)
    for (const operand of operands) {
      const slot = operand.kind === 'slot' ? project.slots.get(operand.name) : undefined
      if (slot === undefined || collected.has(slot.name) || slot.type === 'list') continue
      const values = found.get(slot.name) ?? new Set<SlotValue>()
      if (slot.type === 'bool') values.add(true).add(false)
      else if (slot.type === 'categorical') for (const value of slot.values) values.add(value)
      else for (const literal of literalsOf(operands)) {
        values.add(literal)
        // Both sides of a threshold.
        if (typeof literal === 'number') values.add(literal + 1).add(literal - 1)
      }
      found.set(slot.name, values)
    }
  }
  return new Map([...found].map(([name, values]) => [name, [...values]]))
}

/** Actions find out the same things in the whole conversation. */
export const steadyWorld = (findings: FindingSlots, random: Random): World => {
  const found = findingsBy(findings, random)
  return () => found
}

/** Actions find out anything, by chance. The same stream of chances makes the same world. */
export const randomWorld = (findings: FindingSlots, random: Random): World => () => findingsBy(findings, random)

const findingsBy = (findings: FindingSlots, random: Random): readonly TrackerEvent[] =>
  [...findings].flatMap(([name, values]): readonly TrackerEvent[] => {
    const value = random.pick(values)
    return value === undefined ? [] : [{ event: 'slot', name, value }]
  })
