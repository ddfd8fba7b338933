import type { SlotValue } from '../project/types.js'
import { flowIndex } from './flow-index.js'
import { before, isUserFrame, type Frame, type UserFrame } from './frames.js'
import { changeFrame, collectedSlot, holds, setSlot, userFrame, type Run } from './run.js'
import { groupsOf, ownEnd, type Group } from './stack.js'

/** Where a corrected flow goes back to: the entry of `collected` in the topmost flow that has asked for one of the slots. */
export type ResetPlace = { readonly flow: string; readonly frameId: string; readonly entry: string; readonly isAskedAgain: boolean }

export const resetPlace = (run: Run, slots: readonly string[]): ResetPlace | null => {
  for (const group of groupsOf(run.stack)) {
    const place = placeIn(run, group, slots)
    if (place !== null) return place
  }
  return null
}

const placeIn = (run: Run, group: Group, slots: readonly string[]): ResetPlace | null => {
  for (const frame of run.stack.slice(group.root, ownEnd(run.stack, group)).filter(isUserFrame)) {
    const entry = frame.collected.find((candidate) => slots.includes(collectedSlot(run.project, frame.flow_id, candidate) ?? ''))
    if (entry !== undefined) return { flow: frame.flow_id, frameId: frame.frame_id, entry, isAskedAgain: slots.every((slot) => isAskedBefore(run, frame.flow_id, slot)) }
  }
  return null
}

/**
 * Gives a slot the value that the topmost flow has for it. Flows that wait below and have asked for the slot go back to their question as
 * after a correction: a yes that they got since was about the value before. An open question stays, unless it takes no value but its answer.
 */
export const changeSlot = (run: Run, slot: string, value: SlotValue): void => {
  const [, ...waiting] = groupsOf(run.stack)
  const hasChanged = waiting.length > 0 && !holds(run, slot, value)
  setSlot(run, slot, value)
  if (!hasChanged) return
  for (const group of waiting) {
    const place = placeIn(run, group, [slot])
    if (place !== null && !isStillOpen(run, place)) goBack(run, place)
  }
}

const isStillOpen = (run: Run, { frameId, flow, entry }: ResetPlace): boolean => {
  const step = flowIndex(run.project, flow)?.steps.get(entry)
  return step?.kind === 'collect' && !step.askBeforeFilling && run.stack.find(({ frame_id }) => frame_id === frameId)?.step_id === entry
}

/** Whether all questions for the slot clear it first, so that the new value would not even be looked at. */
const isAskedBefore = (run: Run, flow: string, slot: string): boolean => {
  const steps = flowIndex(run.project, flow)?.collects.filter(({ step }) => step.slot === slot) ?? []
  return steps.length > 0 && steps.every(({ step }) => step.askBeforeFilling)
}

/** Moves the flow back so that the step of `entry` is entered next; what it had called or asked since is dropped, but for values still to be checked. */
export const goBack = (run: Run, { frameId, entry }: ResetPlace): void => {
  const at = run.stack.findIndex(({ frame_id }) => frame_id === frameId)
  const frame = run.stack[at]
  if (frame === undefined || !isUserFrame(frame)) return
  let end = at + 1
  while (isOwned(run.stack[end])) end++
  run.stack.splice(at + 1, end - at - 1, ...run.stack.slice(at + 1, end).filter(({ flow_id }) => flow_id === 'pattern_validate_slot'))
  const [step = '', flow, ...deeper] = entry.split('>')
  if (flow === undefined) {
    changeFrame(run, at, { step_id: before(step), collected: frame.collected.slice(0, frame.collected.indexOf(entry)) })
    return
  }
  const first = frame.collected.findIndex((candidate) => candidate.startsWith(`${step}>`))
  changeFrame(run, at, { step_id: step, collected: frame.collected.slice(0, first) })
  run.stack.splice(at + 1, 0, ...calledFrames(run, flow, deeper, frame.collected.slice(first, frame.collected.indexOf(entry)), `${step}>${flow}>`))
}

const isOwned = (frame: Frame | undefined): boolean =>
  frame !== undefined && (isUserFrame(frame) ? frame.frame_type === 'call' : frame.flow_id === 'pattern_collect_information' || frame.flow_id === 'pattern_validate_slot')

/** The frames of called flows again, as they stood before the step at the end of the path. */
const calledFrames = (run: Run, flow: string, path: readonly string[], passed: readonly string[], prefix: string): readonly UserFrame[] => {
  const [step = '', next, ...deeper] = path
  const own = passed.filter((entry) => entry.startsWith(prefix)).map((entry) => entry.slice(prefix.length))
  const frame = userFrame(run, flow, 'call')
  if (next === undefined) return [{ ...frame, step_id: before(step), collected: own }]
  const inner = own.filter((entry) => entry.startsWith(`${step}>`))
  const outer = own.filter((entry) => !entry.startsWith(`${step}>`))
  return [{ ...frame, step_id: step, collected: outer }, ...calledFrames(run, next, deeper, inner, `${step}>${next}>`)]
}
