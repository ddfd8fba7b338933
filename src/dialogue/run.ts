import type { Place, Project, SlotValue } from '../project/types.js'
import type { TrackerEvent } from './events.js'
import { flowIndex } from './flow-index.js'
import { isUserFrame, START, type Frame, type FrameType, type PatternContexts, type PatternFrame, type UserFrame } from './frames.js'
import type { Effect, Fault, Outcome, StepVisit } from './outcome.js'
import type { Scope } from './conditions.js'
import { SlotOverlay } from './slot-overlay.js'
import { contextOf, isQuestion } from './stack.js'
import { stackEvent } from './stack-patch.js'
import type { Tracker } from './tracker.js'

/**
 * One call of `step` while it works: the only mutable thing of the engine, born and dead inside that call.
 * Frames and slot maps it shares with the tracker are replaced, never changed.
 */
export type Run = {
  readonly project: Project
  readonly tracker: Tracker
  slots: ReadonlyMap<string, SlotValue>
  /** The layer of slots that this run has made and may write on. */
  ownSlots: SlotOverlay | null
  stack: Frame[]
  /** The stack as the events so far tell it. */
  recorded: readonly Frame[]
  readonly events: TrackerEvent[]
  readonly effects: Effect[]
  readonly visited: StepVisit[]
  readonly faults: Fault[]
  state: 'going' | 'listening' | 'waiting' | 'ended'
  stepsLeft: number
  framesMade: number
  /** Slots that the message has filled. */
  readonly filled: Set<string>
  /** Those of them with a validation of their own. */
  readonly toValidate: Set<string>
  /** The session ends when nothing is left to say. */
  endsAfterwards: boolean
}

export const begin = (project: Project, tracker: Tracker): Run => ({
  project, tracker, slots: tracker.slots, ownSlots: null, stack: [...tracker.stack], recorded: tracker.stack,
  events: [], effects: [], visited: [], faults: [], state: 'going',
  stepsLeft: tracker.stepsLeft, framesMade: 0,
  filled: new Set(), toValidate: new Set(), endsAfterwards: false,
})

export const finish = (run: Run): Outcome => {
  recordStack(run)
  const { events, effects, visited, faults, state } = run
  return { events, effects, next: state === 'waiting' ? 'continue' : state === 'ended' ? 'ended' : 'listen', visited, faults }
}

/** Writes what changed on the stack since the last time as one event. */
export const recordStack = (run: Run): void => {
  const stack = [...run.stack]
  const event = stackEvent(run.recorded, stack)
  if (event === null) return
  run.events.push(event)
  run.recorded = stack
}

export const scopeOf = (run: Run): Scope => ({ project: run.project, slots: run.slots, stack: run.stack })

/** Whether a slot has this value already. */
export const holds = ({ slots }: Pick<Run, 'slots'>, name: string, value: SlotValue): boolean => JSON.stringify(slots.get(name) ?? null) === JSON.stringify(value)

export const setSlot = (run: Run, name: string, value: SlotValue): void => {
  const slots = run.slots === run.ownSlots ? run.ownSlots : SlotOverlay.over(run.slots)
  slots.set(name, value)
  run.slots = slots
  run.ownSlots = slots
  run.events.push({ event: 'slot', name, value })
}

export const say = (run: Run, response: string, variables: Readonly<Record<string, SlotValue>> = {}): void => {
  recordAction(run, response)
  run.effects.push({ effect: 'say', response: spokenAs(run, response), context: { ...contextOf(run.project, run.stack) }, variables, at: run.events.length })
}

/** The event of an action, with the step of the flow that it served: coverage reads it. */
export const recordAction = (run: Run, name: string): void => {
  let at = run.stack.length - 1
  for (; at > 0; at--) {
    const frame = run.stack[at]
    if (frame === undefined || !isQuestion(frame)) break
  }
  const frame = run.stack[at]
  if (frame === undefined) run.events.push({ event: 'action', name })
  else run.events.push({ event: 'action', name, metadata: { active_flow: frame.flow_id, step_id: frame.step_id } })
}

/** Stops the run until the edge has run a custom action. */
export const runAction = (run: Run, action: string): void => {
  recordStack(run)
  const stepKey = `${run.stack.at(-1)?.flow_id ?? 'session'}.${run.stack.at(-1)?.step_id ?? action}@${run.tracker.sequence + run.events.length + 1}`
  run.events.push({ event: 'followup', name: action, metadata: { step_key: stepKey, steps_left: run.stepsLeft } })
  run.effects.push({ effect: 'run', action, stepKey, at: run.events.length })
  run.state = 'waiting'
}

/** Eight characters, as in Rasa. Two frames of a conversation never share one: each call of `step` begins at a later sequence. */
const frameId = (run: Run): string => (run.tracker.sequence * 4096 + run.framesMade++).toString(36).padStart(8, '0')

export const userFrame = (run: Run, flow: string, frameType: FrameType): UserFrame =>
  ({ frame_id: frameId(run), flow_id: flow, step_id: START, frame_type: frameType, type: 'flow', collected: [] })

export const patternFrame = <P extends keyof PatternContexts>(run: Run, pattern: P, context: PatternContexts[P]): PatternFrame =>
  ({ frame_id: frameId(run), flow_id: pattern, step_id: START, frame_type: 'regular', type: pattern, ...context })

export const plainPatternFrame = (run: Run, pattern: string): PatternFrame =>
  ({ frame_id: frameId(run), flow_id: pattern, step_id: START, frame_type: 'regular', type: pattern })

/** The top frame enters a step. A frame that nobody outside has seen is changed in place: steps are what turns are made of. */
export const moveTo = (run: Run, step: string): void => {
  const at = run.stack.length - 1
  const frame = run.stack[at]
  if (frame === undefined) return
  if (run.recorded.includes(frame)) run.stack[at] = { ...frame, step_id: step }
  else (frame as { step_id: string }).step_id = step
}

/** Replaces the frame at `index` by one that differs in some fields. */
export const changeFrame = (run: Run, index: number, change: Partial<Pick<UserFrame, 'step_id' | 'frame_type' | 'collected'>>): void => {
  const frame = run.stack[index]
  if (frame !== undefined) run.stack[index] = { ...frame, ...change }
}

/** Notes trouble, blaming the step on top, or the one that a question on top belongs to. */
export const fault = (run: Run, code: Fault['code'], message: string): void => {
  const at = run.stack.findLastIndex((candidate) => !isQuestion(candidate))
  const frame = run.stack[at]
  const flow = frame === undefined ? null : flowIndex(run.project, frame.flow_id)
  const place: Place | null = flow?.steps.get(frame?.step_id ?? '')?.place ?? flow?.flow.place ?? null
  run.faults.push({ code, message, flow: frame?.flow_id ?? '', step: frame?.step_id ?? '', place })
}

export const isSpoken = (run: Run, response: string): boolean => run.project.responses.has(spokenAs(run, response))

/** `utter_faq` says `utter_faq/hours` where the message asked for the hours. */
const spokenAs = ({ project: { responses }, tracker: { retrieval } }: Run, response: string): string => {
  if (retrieval === null || responses.has(response)) return response
  const answer = `utter_${retrieval}`
  return answer.startsWith(`${response}/`) && responses.has(answer) ? answer : response
}

export const isCustomAction = (run: Pick<Run, 'project'>, action: string): boolean => run.project.actions.has(action)

/** Puts back the slots that only live as long as their flow, unless a flow that still waits has collected them too. */
export const resetScopedSlots = (run: Run, flow: string, kept: ReadonlySet<string> = new Set()): void => {
  const index = flowIndex(run.project, flow)
  if (index === null) return
  for (const slot of index.scoped) {
    const initial = run.tracker.initialSlots.get(slot) ?? null
    if (!run.tracker.initialSlots.has(slot) || kept.has(slot) || run.slots.get(slot) === initial || isCollectedBelow(run, slot)) continue
    setSlot(run, slot, initial)
  }
}

const isCollectedBelow = (run: Run, slot: string): boolean =>
  run.stack.some((frame) => isUserFrame(frame) && collectedSlots(run.project, frame).has(slot))

/** Slots whose questions a flow on the stack has passed, in it and in flows it called. */
export const collectedSlots = (project: Project, frame: UserFrame): ReadonlySet<string> => {
  const slots = new Set<string>()
  for (const entry of frame.collected) {
    const slot = collectedSlot(project, frame.flow_id, entry)
    if (slot !== null) slots.add(slot)
  }
  return slots
}

/** The slot behind an entry of `collected`: `step`, or `call_step>flow>step` for a called flow. */
export const collectedSlot = (project: Project, flow: string, entry: string): string | null => {
  const parts = entry.split('>')
  const step = flowIndex(project, parts.at(-2) ?? flow)?.steps.get(parts.at(-1) ?? '')
  return step?.kind === 'collect' ? step.slot : null
}

/** Puts a pattern on top, where the project has it. */
export const pushPlainPattern = (run: Run, pattern: string): void => {
  if (run.project.flows.has(pattern)) run.stack.push(plainPatternFrame(run, pattern))
}
