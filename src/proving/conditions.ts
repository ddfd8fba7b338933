import { operandsOf, type Condition, type Operand } from '../project/condition.js'
import type { Flow, Happening, Property, Slot } from '../project/types.js'

/** A condition without `and`, `or` and `not`: what is either true or false of a value. */
export type Atom = Exclude<Condition, { readonly kind: 'and' | 'or' | 'not' }>

export const atomsOf = (condition: Condition): readonly Atom[] => {
  switch (condition.kind) {
    case 'and': case 'or': return [...atomsOf(condition.left), ...atomsOf(condition.right)]
    case 'not': return atomsOf(condition.of)
    default: return [condition]
  }
}

/** Every condition that steers a flow. What a response looks at only chooses its words. */
export const conditionsOfFlow = (flow: Flow): readonly Condition[] => [
  ...(flow.guard === null ? [] : [flow.guard]),
  ...flow.steps.flatMap((step) => [
    ...(step.next.kind === 'branch' ? step.next.branches.map(({ if: condition }) => condition) : []),
    ...(step.kind === 'collect' ? step.rejections.map(({ if: condition }) => condition) : []),
  ]),
]
export const conditionsOfSlot = ({ validation }: Slot): readonly Condition[] => validation?.rejections.map(({ if: condition }) => condition) ?? []

export const conditionsOfProperty = ({ rule }: Property): readonly Condition[] => {
  if (rule.kind === 'always') return [rule.condition]
  return rule.kind === 'never' && rule.when !== null ? [rule.when] : []
}
export const happeningsOf = ({ rule }: Property): readonly Happening[] =>
  rule.kind !== 'never' ? [] : [rule.what, ...(rule.order === null ? [] : [rule.order.what])]

/** The slots that a condition names; those within Jinja too, as far as they are written out. */
export const slotsIn = (condition: Condition): readonly string[] => atomsOf(condition).flatMap((atom) =>
  atom.kind === 'template' ? [...atom.source.matchAll(/slots\.(\w+)/g)].map(([, name]) => name ?? '') : namesIn(operandsOf(atom)))

const namesIn = (operands: readonly Operand[]): readonly string[] =>
  operands.flatMap((operand) => (operand.kind === 'slot' ? [operand.name] : operand.kind === 'set' ? namesIn(operand.of) : []))

export const literalsIn = (operands: readonly Operand[]): readonly (string | number | boolean)[] =>
  operands.flatMap((operand) => (operand.kind === 'set' ? literalsIn(operand.of) : operand.kind === 'literal' && operand.value !== null ? [operand.value] : []))
