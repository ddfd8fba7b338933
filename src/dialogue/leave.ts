import { flowIndex, flowName } from './flow-index.js'
import { END, isUserFrame, START, type Frame, type UserFrame } from './frames.js'
import { changeFrame, moveTo, patternFrame, resetScopedSlots, type Run } from './run.js'
import { groupsOf, isQuestion } from './stack.js'

/** Takes the finished frame off the stack and puts on what follows it (calm-spec 2.8 and 5.3). */
export const leave = (run: Run): void => {
  const frame = run.stack.at(-1)
  if (frame === undefined) return
  // A question which flow is meant is not drowned by the one that was open before it: it stays until the user has answered.
  if (frame.flow_id === 'pattern_clarification' && frame.step_id !== END) {
    moveTo(run, END)
    run.state = 'listening'
    return
  }
  complete(run, new Set())
  if (isUserFrame(frame)) {
    if (frame.frame_type === 'call') handUpCollected(run, frame)
    else putFollowUp(run, run.stack.length, frame.flow_id)
  } else if (frame.flow_id === 'pattern_continue_interrupted') recordResumed(run)
  else if (frame.flow_id === 'pattern_search') offerAfterAnswer(run)
}

/** A question of knowledge leads away: since 3.16 somebody with several flows under way is asked which to go on with (calm-spec 5.3). */
const offerAfterAnswer = (run: Run): void => {
  const top = run.stack.at(-1)
  if (run.project.config.compat !== '3.16' || top === undefined || !isQuestion(top) || groupsOf(run.stack).length < 2) return
  if (!run.stack.every((frame) => isUserFrame(frame) || isQuestion(frame))) return
  recordInterrupted(run)
  putFollowUp(run, run.stack.length, '')
}

/** Pops the top frame as done: its event, and its slots back to what they were, except those handed over. */
export const complete = (run: Run, handedOver: ReadonlySet<string>): void => {
  const frame = run.stack.pop()
  if (frame === undefined) return
  if (!isQuestion(frame)) run.events.push({ event: 'flow_completed', flow_id: frame.flow_id, step_id: frame.step_id })
  if (isUserFrame(frame) && frame.frame_type === 'call') return // slots of a called flow live as long as its caller
  resetScopedSlots(run, frame.flow_id, handedOver)
}

/** What a called flow collected can be corrected until its caller ends. */
const handUpCollected = (run: Run, child: UserFrame): void => {
  const at = run.stack.length - 1
  const caller = run.stack[at]
  if (caller === undefined || !isUserFrame(caller)) return
  const prefix = `${caller.step_id}>`
  const own = caller.collected.filter((entry) => !entry.startsWith(prefix))
  const handed = child.collected.map((entry) => `${prefix}${child.flow_id}>${entry}`)
  changeFrame(run, at, { collected: [...own, ...handed] })
}

/** The pattern that follows a flow which has left: resuming what waits below, or the end. Goes in at `index`. */
export const putFollowUp = (run: Run, index: number, flow: string): void => {
  const left = flowIndex(run.project, flow)?.flow
  const waiting = groupsOf(run.stack.slice(0, index))
  const [next] = waiting
  if (next === undefined) {
    const isFollowed = (left?.runPatternCompleted ?? true) && run.project.flows.has('pattern_completed')
    if (isFollowed && index === 0) run.stack.splice(index, 0, patternFrame(run, 'pattern_completed', { previous_flow_name: flowName(run.project, run.slots, flow) }))
    return
  }
  if (next.frame.step_id === START || !run.project.flows.has('pattern_continue_interrupted')) return // it only waited for its turn
  const interrupted = waiting.filter(({ frame }) => frame.step_id !== START).map(({ frame }) => frame.flow_id)
  const names = interrupted.map((id) => flowName(run.project, run.slots, id))
  run.stack.splice(index, 0, patternFrame(run, 'pattern_continue_interrupted', {
    previous_flow_name: names[0] ?? '',
    interrupted_flow_names: names, interrupted_flow_ids: interrupted,
    interrupted_flow_options: listed(names), multiple_flows_interrupted: names.length > 1,
  }))
}

/** `a, b or c` */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`

/** The topmost flow goes on where it was interrupted. */
export const recordResumed = (run: Run): void => {
  const [group] = groupsOf(run.stack)
  if (group === undefined || group.frame.step_id === START) return
  run.events.push({ event: 'flow_resumed', flow_id: group.frame.flow_id, step_id: group.frame.step_id })
}

/** The topmost flow is about to wait below another. False where there is none. */
export const recordInterrupted = (run: Run): boolean => {
  const [group] = groupsOf(run.stack)
  if (group === undefined) return false
  if (group.frame.step_id !== START) run.events.push({ event: 'flow_interrupted', flow_id: group.frame.flow_id, step_id: group.frame.step_id })
  return true
}

/** Brings a flow that waits on the stack to its top, with what belongs to it. False where it is not there. */
export const liftToTop = (run: Run, flow: string): boolean => {
  const group = groupsOf(run.stack).find(({ frame }) => frame.flow_id === flow)
  if (group === undefined) return false
  run.stack.push(...run.stack.splice(group.root, group.end - group.root))
  recordResumed(run)
  return true
}

/** Takes a group of frames off as cancelled, topmost flow first, and resets their slots. */
export const cancelFrames = (run: Run, frames: readonly Frame[]): void => {
  const gone = new Set(frames)
  run.stack = run.stack.filter((frame) => !gone.has(frame))
  for (const frame of [...frames].reverse()) {
    if (isUserFrame(frame) && frame.step_id !== START) run.events.push({ event: 'flow_cancelled', flow_id: frame.flow_id, step_id: frame.step_id })
  }
  const kept = slotsForNewFlows(run)
  for (const frame of frames) resetScopedSlots(run, frame.flow_id, kept)
}

/** What the message said for a flow that it also starts does not go with the flow that it cancels. */
const slotsForNewFlows = (run: Run): ReadonlySet<string> => {
  if (run.filled.size === 0) return run.filled
  const begun = run.stack.filter((frame) => isUserFrame(frame) && frame.step_id === START).flatMap(({ flow_id }) => flowIndex(run.project, flow_id)?.slots ?? [])
  return new Set(begun.filter((slot) => run.filled.has(slot)))
}
