import type { Project, SlotType, SlotValue } from '../project/types.js'
import { flowIndex, type CollectPlace } from './flow-index.js'
import { isUserFrame } from './frames.js'
import { askedSlot, groupsOf, topPattern } from './stack.js'
import type { Line, Tracker } from './tracker.js'

/** A slot of the active flow as the model sees it. */
export type SituationSlot = {
  readonly name: string
  readonly type: SlotType
  readonly value: SlotValue
  readonly description: string | null
  /** Allowed values of a categorical slot. */
  readonly values: readonly string[]
}

/** All that the model may know of a conversation before it reads the next message. */
export type Situation = {
  /** The active user flow; while a called flow runs, the calling one. Null also while the user is asked whether to resume one. */
  readonly flow: string | null
  /** The slot being asked for, in patterns too. */
  readonly asked: string | null
  /** The topmost pattern other than pattern_collect_information and pattern_validate_slot. */
  readonly pattern: string | null
  /** Collect slots of the active flow and of those it calls, each once, in the order of the file; last the asked one, if it is another. */
  readonly slots: readonly SituationSlot[]
  /** User flows waiting below the active one, topmost first. */
  readonly interrupted: readonly string[]
  /** Flows offered by the clarification that was just asked. */
  readonly options: readonly string[]
  readonly transcript: readonly Line[]
}

export const situationOf = (project: Project, tracker: Tracker): Situation => {
  const { stack } = tracker
  const pattern = topPattern(stack)
  const flows = groupsOf(stack).map(({ frame }) => frame.flow_id)
  const isResumeAsked = pattern?.flow_id === 'pattern_continue_interrupted'
  const flow = isResumeAsked ? null : (flows[0] ?? null)
  const asked = askedSlot(stack)
  const collects = [...(flow === null ? [] : (flowIndex(project, flow)?.collects ?? [])), ...collectsOfPatterns(project, tracker)]
  const own = flow === null ? [] : (flowIndex(project, flow)?.slots ?? [])
  const names = asked === null || own.includes(asked) ? own : [...own, asked]
  return {
    flow, asked, pattern: pattern?.flow_id ?? null,
    slots: names.flatMap((name) => situationSlot(project, tracker, collects, name)),
    interrupted: isResumeAsked ? flows : flows.slice(1),
    options: optionsOf(pattern),
    transcript: tracker.transcript,
  }
}

const collectsOfPatterns = (project: Project, { stack }: Tracker): readonly CollectPlace[] =>
  stack.filter((frame) => !isUserFrame(frame)).flatMap(({ flow_id }) => flowIndex(project, flow_id)?.collects ?? [])

const situationSlot = (project: Project, tracker: Tracker, collects: readonly CollectPlace[], name: string): readonly SituationSlot[] => {
  const slot = project.slots.get(name)
  if (slot === undefined) return []
  const description = collects.find(({ step }) => step.slot === name && step.description !== null)?.step.description ?? null
  return [{ name, type: slot.type, value: tracker.slots.get(name) ?? null, description, values: slot.values }]
}

/** A clarification stays on the stack until it is answered. */
const optionsOf = (pattern: ReturnType<typeof topPattern>): readonly string[] => {
  const offered = pattern?.flow_id === 'pattern_clarification' ? pattern['flow_ids'] : null
  return Array.isArray(offered) ? offered.filter((id): id is string => typeof id === 'string') : []
}
