import { operandsOf } from '../project/condition.js'
import type { Project, Slot, SlotMapping, SlotValue } from '../project/types.js'
import { holds } from './conditions.js'
import { flowIndex } from './flow-index.js'
import { isUserFrame, START } from './frames.js'
import { activeGroup, askedSlot, groupsOf, openCollect, topPattern, type Group } from './stack.js'
import { TemplateFault } from './template.js'
import type { Tracker } from './tracker.js'

/** How things stand before a message is understood: the questions that clean-up and the constrained decoder both ask. */
export type Standing = {
  readonly project: Project
  readonly tracker: Tracker
  readonly group: Group | null
  /** User flows waiting below. */
  readonly waiting: readonly Group[]
  readonly asked: string | null
  /** The only slot that counts, while a `force_slot_filling` step waits. */
  readonly forced: string | null
  /** The user is being asked whether to resume the topmost flow. */
  readonly isResumeAsked: boolean
}

export const standing = (project: Project, tracker: Tracker): Standing => {
  const { stack } = tracker
  const [group = null, ...waiting] = groupsOf(stack)
  const collect = openCollect(project, stack)
  return {
    project, tracker, group, waiting,
    asked: askedSlot(stack),
    forced: collect?.forceSlotFilling === true ? collect.slot : null,
    isResumeAsked: topPattern(stack)?.flow_id === 'pattern_continue_interrupted',
  }
}

/** Whether it is the active flow or one that it called: those are not started again. */
export const isActive = ({ group, tracker: { stack } }: Standing, id: string): boolean => {
  if (group === null) return false
  for (let at = group.root; at <= group.top; at++) {
    const frame = stack[at]
    if (frame?.flow_id === id && isUserFrame(frame)) return true
  }
  return false
}

/** Whether it was interrupted and waits below. */
const isWaiting = ({ waiting }: Standing, id: string): boolean => waiting.some(({ frame }) => frame.flow_id === id)

/** Whether `start flow` may name this flow now (calm-spec 4.2, rows 5 to 8). */
export const isStartable = (state: Standing, id: string): boolean => {
  const { project, group } = state
  const flow = project.flows.get(id)
  if (flow === undefined || flow.isPattern) return false
  if (isActive(state, id)) return state.isResumeAsked && group?.frame.flow_id === id
  if (isWaiting(state, id)) return project.config.compat === '3.16'
  return guardHolds(state, id)
}

/**
 * Whether only what is known of the user keeps this flow from starting: its `if` reads slots and does not hold. A flow that is never
 * started by a message (`if: False`) is not meant.
 */
export const isHeldBack = (state: Standing, id: string): boolean => {
  const flow = state.project.flows.get(id)
  if (flow?.guard == null || flow.isPattern || isActive(state, id) || isWaiting(state, id)) return false
  return operandsOf(flow.guard).some(({ kind }) => kind === 'slot') && !guardHolds(state, id)
}

export const guardHolds = ({ project, tracker }: Standing, id: string): boolean => {
  const guard = project.flows.get(id)?.guard ?? null
  if (guard === null) return true
  try {
    return holds(guard, { project, slots: tracker.slots, stack: [] })
  } catch (error) {
    if (error instanceof TemplateFault) return false
    throw error
  }
}

/** Slots that may be filled as things stand: of flows on the stack, of those they call or link to, and of the patterns that ask. */
export const isSettable = (state: Standing, slot: string): boolean => {
  const { project, tracker: { stack }, forced, asked, group } = state
  if (forced !== null) return forced === slot
  if (asked === slot) return true
  for (const { flow_id } of stack) if (flowIndex(project, flow_id)?.slots.includes(slot) === true) return true
  if (group === null) return false
  return flowIndex(project, group.frame.flow_id)?.linked.some((linked) => flowIndex(project, linked)?.slots.includes(slot)) ?? false
}

/** All of them. */
export const settableSlots = ({ project, tracker, forced }: Standing): ReadonlySet<string> => {
  if (forced !== null) return new Set([forced])
  const slots = new Set<string>()
  const top = activeGroup(tracker.stack)
  for (const { flow_id } of tracker.stack) for (const slot of flowIndex(project, flow_id)?.slots ?? []) slots.add(slot)
  if (top !== null) for (const flow of flowIndex(project, top.frame.flow_id)?.linked ?? []) for (const slot of flowIndex(project, flow)?.slots ?? []) slots.add(slot)
  const asked = askedSlot(tracker.stack)
  if (asked !== null) slots.add(asked)
  return slots
}

/** Whether the model may fill the slot, wherever it is collected (calm-spec section 7); without a state, whether it ever may. */
export const isForModel = (slot: Slot, state: Standing | null = null): boolean =>
  slot.type !== 'list'
  && (slot.mappings.length === 0 || slot.mappings.some((mapping) => mapping.type === 'from_llm' && (state === null || isInForce(mapping, state))))

/** Whether one of the mapping's `conditions` names the active flow; without conditions it always holds. `null` means that none is active. */
export const isInForce = (mapping: SlotMapping, state: Standing): boolean => {
  const conditions = mapping['conditions']
  if (!Array.isArray(conditions)) return true
  return conditions.some((condition: SlotValue) => {
    if (typeof condition !== 'object' || condition === null || !('active_flow' in condition)) return false
    const flow = (condition as Readonly<Record<string, SlotValue>>)['active_flow']
    return typeof flow === 'string' && flow !== 'null' ? isActive(state, flow) : state.group === null
  })
}

/** Slots of collect steps in flows on the stack: a new value for one of them is a correction. */
export const isCollectedOnStack = ({ project, tracker }: Standing, slot: string): boolean =>
  tracker.stack.some((frame) => isUserFrame(frame) && (flowIndex(project, frame.flow_id)?.slots.includes(slot) ?? false))

/** Whether a flow on the stack is no longer the one it was when it started (calm-spec 4.2, row 28). */
export const isCodeChanged = (project: Project, tracker: Tracker): boolean =>
  tracker.stack.some((frame) => {
    if (!isUserFrame(frame)) return false
    const index = flowIndex(project, frame.flow_id)
    if (index === null) return true
    if (frame.step_id === START) return false
    const begun = tracker.flowHashes.get(frame.flow_id)
    return begun === undefined ? !isKnownPlace(index.steps, frame.step_id) : begun !== index.hash
  })

const isKnownPlace = (steps: ReadonlyMap<string, unknown>, at: string): boolean => at === 'END' || steps.has(at.startsWith('NEXT:') ? at.slice('NEXT:'.length) : at)

/** Whether a person can be handed over to: from 3.16 on only where the project has a handoff of its own, beyond the built-in notice. */
export const hasHandoff = (project: Project): boolean => {
  const flow = project.flows.get('pattern_human_handoff')
  if (flow === undefined) return false
  if (project.config.compat !== '3.16') return true
  const builtIn = ['action_handoff_metric', 'utter_human_handoff_not_available']
  return flow.steps.some((step) => step.kind !== 'action' || !builtIn.includes(step.action))
}

/** Whether the interrupting flow on top forbids a question which flow is meant (calm-spec 4.2, row 22). */
export const mayClarify = ({ group, forced }: Standing): boolean => forced === null && group?.frame.frame_type !== 'interrupt'

export const clarificationLimit = (tracker: Tracker): number => {
  const limit = tracker.slots.get('max_clarification_options')
  return typeof limit === 'number' && limit >= 2 ? Math.floor(limit) : 3
}
