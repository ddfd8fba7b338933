import { createHash } from 'node:crypto'
import type { Flow, Project, SlotValue, Step } from '../project/types.js'

export type CollectPlace = { readonly flow: string; readonly step: Step<'collect'> }

/** What the engine asks about a flow again and again, worked out once. */
export type FlowIndex = {
  readonly flow: Flow
  readonly steps: ReadonlyMap<string, Step>
  readonly first: string
  /** Own collect steps and those of called flows, at any depth, in the order in which they are met. */
  readonly collects: readonly CollectPlace[]
  /** Their slots, each once. */
  readonly slots: readonly string[]
  /** User flows that this one or one it calls links to, at any depth. */
  readonly linked: readonly string[]
  /** Slots that go back to their initial value when the flow leaves the stack (calm-spec 2.8). */
  readonly scoped: readonly string[]
  /** Fingerprint of the definition, blind to where in the file it stands. */
  readonly hash: string
}

const indexes = new WeakMap<Project, Map<string, FlowIndex | null>>()

export const flowIndex = (project: Project, id: string): FlowIndex | null => {
  let known = indexes.get(project)
  if (known === undefined) {
    known = new Map()
    indexes.set(project, known)
  }
  const index = known.get(id)
  if (index !== undefined) return index
  const flow = project.flows.get(id)
  const made = flow === undefined ? null : indexed(project, flow)
  known.set(id, made)
  return made
}

const indexed = (project: Project, flow: Flow): FlowIndex => {
  const family = callFamily(project, flow)
  const collects = collectPlaces(project, flow, new Set())
  return {
    flow,
    steps: new Map(flow.steps.map((step) => [step.id, step])),
    first: flow.steps[0]?.id ?? 'END',
    collects,
    slots: [...new Set(collects.map(({ step }) => step.slot))],
    linked: linkClosure(project, flow),
    scoped: scopedSlots(family),
    hash: hashOf(flow),
  }
}

/** In the order of the steps, as if called flows stood where they are called. */
const collectPlaces = (project: Project, flow: Flow, seen: Set<string>): readonly CollectPlace[] => {
  if (seen.has(flow.id)) return []
  seen.add(flow.id)
  return flow.steps.flatMap((step): readonly CollectPlace[] => {
    if (step.kind === 'collect') return [{ flow: flow.id, step }]
    const called = step.kind === 'call' ? project.flows.get(step.flow) : undefined
    return called === undefined ? [] : collectPlaces(project, called, seen)
  })
}

/** The flow and all it calls, callers first. */
const callFamily = (project: Project, flow: Flow): readonly Flow[] => closure(project, [flow.id], (step) => (step.kind === 'call' ? step.flow : null))

const linkClosure = (project: Project, flow: Flow): readonly string[] => {
  const family = new Set(callFamily(project, flow).map(({ id }) => id))
  const reached = closure(project, [flow.id], (step) => (step.kind === 'call' || step.kind === 'link' ? step.flow : null))
  return reached.filter(({ id, isPattern }) => !isPattern && !family.has(id)).map(({ id }) => id)
}

const closure = (project: Project, from: readonly string[], target: (step: Step) => string | null): readonly Flow[] => {
  const seen = new Set(from)
  const flows: Flow[] = []
  for (const id of seen) {
    const flow = project.flows.get(id)
    if (flow === undefined) continue
    flows.push(flow)
    for (const step of flow.steps) {
      const next = target(step)
      if (next !== null) seen.add(next) // a set visits what is added while it is walked
    }
  }
  return flows
}

/** `persisted_slots` of called flows count too; a list slot belongs to actions. */
const scopedSlots = (family: readonly Flow[]): readonly string[] => {
  const kept = new Set(family.flatMap(({ persistedSlots }) => persistedSlots))
  const scoped = new Set<string>()
  for (const step of family.flatMap(({ steps }) => steps)) {
    if (step.kind === 'collect' && step.resetAfterFlowEnds) scoped.add(step.slot)
    if (step.kind === 'set_slots') for (const { slot } of step.values) scoped.add(slot)
  }
  for (const step of family.flatMap(({ steps }) => steps)) if (step.kind === 'collect' && !step.resetAfterFlowEnds) scoped.delete(step.slot)
  return [...scoped].filter((slot) => !kept.has(slot))
}

const hashOf = (flow: Flow): string => {
  const text = JSON.stringify({ id: flow.id, steps: flow.steps, persisted: flow.persistedSlots }, (key, value: unknown) => (key === 'place' ? undefined : value))
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** The name that users hear: in the conversation's language where the flow has it (calm-spec section 1, `translation`). */
export const flowName = (project: Project, slots: { readonly get: (name: string) => SlotValue | undefined }, id: string): string => {
  const flow = project.flows.get(id)
  if (flow === undefined) return id
  const language = slots.get('language')
  const translated = typeof language === 'string' && Object.hasOwn(flow.translation, language) ? flow.translation[language] : undefined
  return translated?.name ?? flow.name
}
