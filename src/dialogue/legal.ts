import type { Project, Slot } from '../project/types.js'
import { flowIndex } from './flow-index.js'
import { hasHandoff, isForModel, isHeldBack, isStartable, mayClarify, settableSlots, standing, type Standing } from './standing.js'
import type { Tracker } from './tracker.js'

/** The commands that clean-up would keep in this state, and no others: what a constrained decoder may write. */
export type LegalCommands = {
  /** Flows that may start or be resumed now, in the order of the project. */
  readonly startable: readonly string[]
  /** Flows that their `if` keeps from starting now. A message that asks for one can be told from all others, and is not answered. */
  readonly heldBack: readonly string[]
  /** Slots that may be filled or corrected without starting anything. */
  readonly settable: ReadonlyMap<string, Slot>
  /** For each startable flow, the slots that may be filled together with starting it. */
  readonly settableWith: ReadonlyMap<string, ReadonlyMap<string, Slot>>
  readonly cancel: boolean
  /** `disambiguate flows` over two or more flows out of `startable` and the active one. */
  readonly clarify: boolean
  readonly skip: boolean
  readonly repeat: boolean
  readonly chitchat: boolean
  readonly knowledge: boolean
  readonly handoff: boolean
  /** Always: there must be a way to say that nothing fits. */
  readonly cannotHandle: true
}

export const legalCommands = (project: Project, tracker: Tracker): LegalCommands => {
  const state = standing(project, tracker)
  const isFree = state.forced === null
  const startable = isFree ? [...project.flows.keys()].filter((id) => isStartable(state, id)) : []
  return {
    startable,
    heldBack: isFree ? [...project.flows.keys()].filter((id) => isHeldBack(state, id)) : [],
    settable: forModel(state, settableSlots(state)),
    settableWith: new Map(startable.map((id) => [id, forModel(state, slotsWith(project, id))])),
    cancel: isFree && state.group !== null,
    clarify: isFree && mayClarify(state) && startable.length + (state.group === null ? 0 : 1) >= 2,
    skip: isFree && state.asked !== null,
    repeat: isFree && project.config.compat !== '3.8' && tracker.transcript.some(({ who }) => who === 'bot'),
    chitchat: isFree,
    knowledge: isFree,
    handoff: isFree && hasHandoff(project),
    cannotHandle: true,
  }
}

const slotsWith = (project: Project, id: string): Iterable<string> => {
  const index = flowIndex(project, id)
  if (index === null) return []
  return new Set([...index.slots, ...index.linked.flatMap((linked) => flowIndex(project, linked)?.slots ?? [])])
}

const forModel = (state: Standing, names: Iterable<string>): ReadonlyMap<string, Slot> => {
  const slots = new Map<string, Slot>()
  for (const name of names) {
    const slot = state.project.slots.get(name)
    if (slot !== undefined && isForModel(slot, state)) slots.set(name, slot)
  }
  return slots
}
