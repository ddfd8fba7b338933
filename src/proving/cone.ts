import type { Flow, Happening, Project, Property } from '../project/types.js'
import { conditionsOfFlow, conditionsOfProperty, conditionsOfSlot, happeningsOf, slotsIn } from './conditions.js'

/** What is explored at once: flows that can influence each other, and the properties that are about them. */
export type Cone = {
  readonly flows: readonly string[]
  /** A flow of outside that stands for all the others: something that may interrupt. */
  readonly stranger: string | null
  readonly properties: readonly Property[]
}

/** Divides the work: each property looks only at flows that share something with what it is about (cone of influence: Clarke et al. 1999, 10.1). */
export const conesOf = (project: Project, properties: readonly Property[]): readonly Cone[] => {
  const parts = partsOf(project)
  const cones = new Map<string, { readonly flows: readonly string[]; readonly properties: Property[] }>()
  for (const property of properties) {
    for (const flows of flowsFor(project, property, parts)) {
      const key = flows.join()
      const cone = cones.get(key) ?? { flows, properties: [] }
      cone.properties.push(property)
      cones.set(key, cone)
    }
  }
  // The small ones first: the time that they leave over is for the others.
  const ordered = [...cones.values()].sort((a, b) => a.flows.length - b.flows.length)
  return ordered.map(({ flows, properties: about }) => ({ flows, stranger: strangerTo(project, flows, parts), properties: about }))
}

type Parts = readonly (readonly string[])[]

/** A property about one place needs the parts around it. One that may fail anywhere is asked of every part, each with that place. */
const flowsFor = (project: Project, property: Property, parts: Parts): Parts => {
  const seeds = seedsOf(project, property)
  const near = parts.filter((part) => part.some((flow) => seeds.has(flow)))
  const isAnywhere = property.rule.kind === 'every_turn' || property.rule.kind === 'every_flow' || happeningsOf(property).some((what) => isInPattern(project, what))
  return isAnywhere ? parts.map((part) => [...new Set([...near.flat(), ...part])].sort()) : [[...new Set(near.flat())].sort()]
}

const seedsOf = (project: Project, property: Property): ReadonlySet<string> => {
  const looked = new Set(conditionsOfProperty(property).flatMap(slotsIn))
  const within = property.rule.kind === 'never' ? property.rule.order?.within ?? null : null
  const happenings = happeningsOf(property)
  return new Set([...project.flows.values()].filter((flow) =>
    flow.id === within || happenings.some((what) => isIn(flow, what)) || writtenBy(project, flow).some((slot) => looked.has(slot))).map(({ id }) => id))
}

const isIn = (flow: Flow, { kind, name }: Happening): boolean =>
  kind === 'action' || kind === 'response' ? flow.steps.some((step) => namesOf(step).some((named) => named === name || named.includes('{'))) : flow.id === name
const namesOf = (step: Flow['steps'][number]): readonly string[] => {
  if (step.kind === 'action') return [step.action]
  return step.kind === 'collect' ? [step.utter, ...(step.collectAction === null ? [] : [step.collectAction]), ...step.rejections.map(({ utter }) => utter)] : []
}
/** Built-in patterns name by templates what collect steps say, which is looked at there. */
const isInPattern = (project: Project, what: Happening): boolean =>
  [...project.flows.values()].some((flow) => flow.isPattern && (what.kind === 'action' || what.kind === 'response'
    ? flow.steps.some((step) => namesOf(step).includes(what.name)) : flow.id === what.name))

/** Flows that read what others write, or that call and link each other, in groups. */
export const partsOf = (project: Project): Parts => {
  const flows = [...project.flows.values()]
  const readers = new Map<string, Flow[]>()
  for (const flow of flows) for (const slot of readBy(project, flow)) readers.set(slot, [...readers.get(slot) ?? [], flow])
  const neighbours = new Map<string, Set<string>>(flows.map(({ id }) => [id, new Set()]))
  const join = (a: string, b: string): void => {
    neighbours.get(a)?.add(b)
    neighbours.get(b)?.add(a)
  }
  for (const flow of flows) {
    for (const slot of writtenBy(project, flow)) for (const reader of readers.get(slot) ?? []) join(flow.id, reader.id)
    for (const step of flow.steps) if ((step.kind === 'call' || step.kind === 'link') && !step.flow.startsWith('pattern_')) join(flow.id, step.flow)
  }
  const seen = new Set<string>()
  return flows.flatMap(({ id }) => {
    if (seen.has(id)) return []
    const part = new Set([id])
    for (const flow of part) for (const neighbour of neighbours.get(flow) ?? []) part.add(neighbour)
    for (const flow of part) seen.add(flow)
    const own = [...part].filter((flow) => project.flows.get(flow)?.isPattern === false).sort()
    return own.length === 0 ? [] : [own]
  })
}

const readBy = (project: Project, flow: Flow): ReadonlySet<string> => {
  const collected = flow.steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : []))
  const validated = collected.flatMap((slot) => conditionsOfSlot(project.slots.get(slot) ?? noSlot))
  return new Set([...collected, ...[...conditionsOfFlow(flow), ...validated].flatMap(slotsIn)])
}
const noSlot = { validation: null } as Parameters<typeof conditionsOfSlot>[0]

export const writtenBy = (project: Project, flow: Flow): readonly string[] => flow.steps.flatMap((step) => {
  if (step.kind === 'collect') return [step.slot]
  if (step.kind === 'set_slots') return step.values.map(({ slot }) => slot)
  return step.kind === 'action' && project.actions.has(step.action) ? slotsSetBy(project, step.action) : []
})

/** What the author says, or else every slot that belongs to actions and that some condition looks at. */
export const slotsSetBy = (project: Project, action: string): readonly string[] => [...project.assumptions.sets.get(action)?.keys() ?? controlledSlots(project)]

const controlledSlots = (project: Project): readonly string[] => {
  const looked = new Set([...project.flows.values()].flatMap(conditionsOfFlow).concat(project.properties.flatMap(conditionsOfProperty)).flatMap(slotsIn))
  return [...project.slots.values()].filter(({ name, mappings, place }) =>
    looked.has(name) && !place.file.startsWith('attune:') && mappings.some(({ type }) => type === 'controlled' || type === 'custom')).map(({ name }) => name)
}

/** The simplest one that waits for an answer and can be started. */
const strangerTo = (project: Project, flows: readonly string[], parts: Parts): string | null => {
  const inside = new Set(flows)
  const candidates = parts.filter(([only, second]) => second === undefined && only !== undefined && !inside.has(only)).flatMap((part) => part)
    .flatMap((id) => project.flows.get(id) ?? [])
    .filter((flow) => flow.guard === null && flow.steps.some(({ kind }) => kind === 'collect'))
  return candidates.sort((a, b) => weight(a) - weight(b))[0]?.id ?? null
}
const weight = ({ steps }: Flow): number => steps.length + 10 * steps.filter(({ kind }) => kind === 'collect').length
