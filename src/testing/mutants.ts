import { conditionText } from '../project/condition-text.js'
import type { Condition, Operand } from '../project/condition.js'
import type { Flow, Next, Place, Project, Rejection, Slot, Step } from '../project/types.js'

/** A project with one mistake in it that somebody might make. A good suite of tests notices. */
export type Mutant = {
  readonly kind: 'confirmation dropped' | 'action dropped' | 'branches swapped' | 'condition widened' | 'value renamed' | 'rejection dropped'
    | 'question skipped' | 'call dropped' | 'slots not set' | 'guard dropped' | 'slots not kept' | 'validation dropped'
  readonly flow: string | null
  /** Null where the mistake is in the flow as a whole, or in a slot. */
  readonly step: string | null
  readonly place: Place
  /** What is different, for people. */
  readonly change: string
  readonly project: Project
}

/** Every mutant of the project's own flows and slots, in the order of the files. Built-in patterns are left as they are. */
export const mutantsOf = (project: Project): readonly Mutant[] => [
  ...[...project.flows.values()].filter(({ place }) => !place.file.startsWith('attune:')).flatMap((flow) => flowMutants(project, flow)),
  ...[...project.slots.values()].flatMap((slot) => slotMutants(project, slot)),
]

type Change<T> = { readonly kind: Mutant['kind']; readonly change: string; readonly result: T }

const flowMutants = (project: Project, flow: Flow): readonly Mutant[] => {
  const mutant = (step: Step | null, { kind, change, result }: Change<Flow>): Mutant => ({
    kind, change, flow: flow.id, step: step?.id ?? null, place: (step ?? flow).place,
    project: { ...project, flows: new Map(project.flows).set(flow.id, result) },
  })
  return [
    ...wholeFlow(flow).map((change) => mutant(null, change)),
    ...flow.steps.flatMap((step) => stepChanges(project, step).map((change) =>
      mutant(step, { ...change, result: { ...flow, steps: flow.steps.map((each) => (each === step ? change.result : each)) } }))),
  ]
}

const wholeFlow = (flow: Flow): readonly Change<Flow>[] => [
  ...(flow.guard === null || isNever(flow.guard) ? [] : [{ kind: 'guard dropped', change: `may start whether or not ${conditionText(flow.guard)}`, result: { ...flow, guard: null } } as const]),
  ...flow.persistedSlots.map((slot) => ({ kind: 'slots not kept', change: `${slot} is forgotten at the end`, result: { ...flow, persistedSlots: flow.persistedSlots.filter((other) => other !== slot) } }) as const),
]
/** `if: False` keeps a flow out of the model's choices; a script that never starts it cannot tell. */
const isNever = (condition: Condition): boolean => condition.kind === 'truthy' && condition.of.kind === 'literal'

const stepChanges = (project: Project, step: Step): readonly Change<Step>[] => [...ownChanges(project, step), ...branchChanges(project, step)]

const asNoop = ({ id, next, place }: Step): Step => ({ kind: 'noop', id, next, place })

const ownChanges = (project: Project, step: Step): readonly Change<Step>[] => {
  switch (step.kind) {
    case 'action': return [{ kind: 'action dropped', change: `${step.action} does not run`, result: asNoop(step) }]
    case 'call': return [{ kind: 'call dropped', change: `${step.flow} is not called`, result: asNoop(step) }]
    case 'set_slots': return [{ kind: 'slots not set', change: `${step.values.map(({ slot }) => slot).join(', ')} stays as it was`, result: asNoop(step) }]
    case 'collect': return collectChanges(project, step)
    case 'link': case 'noop': return []
  }
}

const collectChanges = (project: Project, step: Step<'collect'>): readonly Change<Step>[] => {
  const { slot, id, next, place, rejections } = step
  const isYesNo = project.slots.get(slot)?.type === 'bool'
  return [
    ...(isYesNo ? [{ kind: 'confirmation dropped', change: `${slot} counts as yes without asking`, result: { kind: 'set_slots', id, next, place, values: [{ slot, value: true }] } } as const] : []),
    ...(!isYesNo && next.kind === 'go' ? [{ kind: 'question skipped', change: `${slot} is not asked for`, result: asNoop(step) } as const] : []),
    ...without(rejections).map(([rejection, rest]) => ({ kind: 'rejection dropped', change: `${slot} is accepted although ${conditionText(rejection.if)}`, result: { ...step, rejections: rest } }) as const),
    ...rejections.flatMap((rejection) => widened(rejection.if).map((condition) => ({
      kind: 'condition widened', change: `${slot} is refused if ${conditionText(condition)} instead of ${conditionText(rejection.if)}`,
      result: { ...step, rejections: rejections.map((each) => (each === rejection ? { ...each, if: condition } : each)) },
    }) as const)),
  ]
}

const without = (rejections: readonly Rejection[]): readonly (readonly [Rejection, readonly Rejection[]])[] =>
  rejections.map((rejection) => [rejection, rejections.filter((other) => other !== rejection)])

const branchChanges = (project: Project, step: Step): readonly Change<Step>[] => {
  const { next } = step
  if (next.kind !== 'branch') return []
  const change = (kind: Mutant['kind'], text: string, result: Next): Change<Step> => ({ kind, change: text, result: { ...step, next: result } })
  return next.branches.flatMap((branch) => [
    change('branches swapped', `goes the other way if ${conditionText(branch.if)}`, {
      ...next, branches: next.branches.map((each) => (each === branch ? { ...each, to: next.otherwise } : each)), otherwise: branch.to,
    }),
    ...widened(branch.if).map((condition) =>
      change('condition widened', `${conditionText(condition)} instead of ${conditionText(branch.if)}`, replaced(next, branch, condition))),
    ...renamed(project, branch.if).map((condition) =>
      change('value renamed', `${conditionText(condition)} instead of ${conditionText(branch.if)}`, replaced(next, branch, condition))),
  ])
}

type Branching = Extract<Next, { readonly kind: 'branch' }>
const replaced = (next: Branching, branch: Branching['branches'][number], condition: Condition): Next =>
  ({ ...next, branches: next.branches.map((each) => (each === branch ? { ...each, if: condition } : each)) })

const wider = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' } as const

/** Limits that move: the border itself, and the number ten times as large. */
const widened = (condition: Condition): readonly Condition[] => everywhere(condition, (part) => {
  if (part.kind !== 'compare' || !(part.operator in wider)) return []
  const moved = part.right.kind === 'literal' && typeof part.right.value === 'number' && part.right.value !== 0
    ? [{ ...part, right: { kind: 'literal', value: part.right.value * 10 } as const }]
    : []
  return [{ ...part, operator: wider[part.operator as keyof typeof wider] }, ...moved]
})

/** Another value of the slot, as if somebody had renamed one and forgotten the condition. */
const renamed = (project: Project, condition: Condition): readonly Condition[] => everywhere(condition, (part) => {
  if (part.kind !== 'compare' || part.left.kind !== 'slot' || part.right.kind !== 'literal') return []
  const values = project.slots.get(part.left.name)?.values ?? []
  const right: Operand = { kind: 'literal', value: 'renamed' }
  return values.some((value) => part.right.kind === 'literal' && value === part.right.value) ? [{ ...part, right }] : []
})

/** The condition with one of its parts changed, for each part and each change of it. */
const everywhere = (condition: Condition, change: (part: Condition) => readonly Condition[]): readonly Condition[] => {
  switch (condition.kind) {
    case 'and': case 'or': return [
      ...everywhere(condition.left, change).map((left) => ({ ...condition, left })),
      ...everywhere(condition.right, change).map((right) => ({ ...condition, right })),
    ]
    case 'not': return everywhere(condition.of, change).map((of) => ({ ...condition, of }))
    case 'compare': case 'contains': case 'matches': case 'truthy': case 'exactly': case 'template': return change(condition)
  }
}

const slotMutants = (project: Project, slot: Slot): readonly Mutant[] => (slot.validation === null || slot.place.file.startsWith('attune:') ? [] : without(slot.validation.rejections).map(([rejection, rest]) => ({
  kind: 'validation dropped', flow: null, step: null, place: slot.place, change: `${slot.name} is accepted although ${conditionText(rejection.if)}`,
  project: { ...project, slots: new Map(project.slots).set(slot.name, { ...slot, validation: rest.length === 0 ? null : { rejections: rest, refillUtter: slot.validation?.refillUtter ?? '' } }) },
})))
