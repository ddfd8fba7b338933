import { flowIndex } from '../dialogue/flow-index.js'
import type { LegalCommands } from '../dialogue/legal.js'
import { isForModel } from '../dialogue/standing.js'
import type { Project, Slot } from '../project/types.js'

const flags = ['cancel', 'clarify', 'skip', 'repeat', 'chitchat', 'knowledge', 'handoff'] as const

/** What may be said in the state of an example, by names: enough to decode it again without its conversation. */
export type LegalState = {
  readonly startable: readonly string[]
  readonly settable: readonly string[]
  readonly may: readonly (typeof flags)[number][]
}

export const legalState = (legal: LegalCommands): LegalState =>
  ({ startable: legal.startable, settable: [...legal.settable.keys()], may: flags.filter((flag) => legal[flag]) })

/** The commands that were legal where an example was made. Names that the project has lost since are left out. */
export const legalFrom = (project: Project, { startable, settable, may }: LegalState): LegalCommands => {
  const flows = startable.filter((flow) => project.flows.has(flow))
  const has = (flag: (typeof flags)[number]): boolean => may.includes(flag)
  return {
    startable: flows,
    heldBack: [],
    settable: slotsNamed(project, settable),
    settableWith: new Map(flows.map((flow) => [flow, slotsNamed(project, slotsWith(project, flow))])),
    cancel: has('cancel'), clarify: has('clarify'), skip: has('skip'), repeat: has('repeat'),
    chitchat: has('chitchat'), knowledge: has('knowledge'), handoff: has('handoff'), cannotHandle: true,
  }
}

/** Collect slots of the flow, of those it calls and of those it links to. */
const slotsWith = (project: Project, flow: string): readonly string[] => {
  const index = flowIndex(project, flow)
  return index === null ? [] : [...index.slots, ...index.linked.flatMap((linked) => flowIndex(project, linked)?.slots ?? [])]
}

const slotsNamed = (project: Project, names: readonly string[]): ReadonlyMap<string, Slot> => {
  const slots = new Map<string, Slot>()
  for (const name of names) {
    const slot = project.slots.get(name)
    if (slot !== undefined && isForModel(slot)) slots.set(name, slot)
  }
  return slots
}
