import type { Condition } from '../project/condition.js'
import type { Step, Target } from '../project/types.js'
import { holds } from './conditions.js'
import { enter } from './enter.js'
import { fail, giveUp } from './fail.js'
import { flowIndex, type FlowIndex } from './flow-index.js'
import { followNext } from './follow-next.js'
import { END, isUserFrame, START, type Frame } from './frames.js'
import { leave } from './leave.js'
import { storyPattern } from './past.js'
import { fault, moveTo, recordAction, scopeOf, type Run } from './run.js'
import { isQuestion } from './stack.js'
import { TemplateFault } from './template.js'
import { STEPS_FOR_ERROR } from './tracker.js'

/** The main loop: the top frame takes its next step until somebody has to be waited for. */
export const advance = (run: Run): void => {
  while (run.state === 'going') {
    const frame = run.stack.at(-1)
    if (frame === undefined) run.state = 'listening'
    else if (--run.stepsLeft === STEPS_FOR_ERROR || run.stepsLeft < 0) stopEndlessLoop(run, frame)
    else if (frame.flow_id === storyPattern) followNext(run)
    else takeStep(run, frame)
  }
  if (run.state === 'listening') recordAction(run, 'action_listen')
}

const takeStep = (run: Run, frame: Frame): void => {
  const index = flowIndex(run.project, frame.flow_id)
  const step = index === null ? null : nextStep(run, index, frame)
  if (index === null || step === undefined) {
    fault(run, 'stale-step', `Flow "${frame.flow_id}" has no step "${frame.step_id}" any more; its frame is taken off the stack.`)
    run.stack.pop()
  } else if (step === null) leave(run)
  else {
    if (frame.step_id === START && !isQuestion(frame)) recordStart(run, index, frame)
    moveTo(run, step.id)
    run.visited.push({ flow: frame.flow_id, step: step.id })
    enter(run, step)
  }
}

const recordStart = (run: Run, { hash }: FlowIndex, frame: Frame): void => {
  const { flow_id } = frame
  run.events.push(isUserFrame(frame) ? { event: 'flow_started', flow_id, metadata: { flow_hash: hash } } : { event: 'flow_started', flow_id })
}

/** The step a frame enters next: null at its end, undefined where the flow no longer knows the place. */
const nextStep = (run: Run, index: FlowIndex, { step_id: at }: Frame): Step | null | undefined => {
  if (at === START) return index.steps.get(index.first)
  if (at === END) return null
  if (at.startsWith('NEXT:')) return index.steps.get(at.slice('NEXT:'.length))
  const step = index.steps.get(at)
  if (step === undefined) return undefined
  const target = targetOf(run, step)
  return target === END ? null : index.steps.get(target.step)
}

const targetOf = (run: Run, { next }: Step): Target => {
  if (next.kind === 'go') return next.to
  const scope = scopeOf(run)
  return next.branches.find((branch) => holdsSafely(run, branch.if, scope))?.to ?? next.otherwise
}

const holdsSafely = (run: Run, condition: Condition, scope: ReturnType<typeof scopeOf>): boolean => {
  try {
    return holds(condition, scope)
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    fault(run, 'bad-condition', error.message)
    return false
  }
}

/** A loop that never listens: the error pattern may still speak. If that does not end either, everything is dropped. */
const stopEndlessLoop = (run: Run, { flow_id, step_id }: Frame): void => {
  fault(run, 'step-budget', `The turn took more steps than allowed, last in flow "${flow_id}" at step "${step_id}": a loop that never listens.`)
  if (run.stepsLeft < 0) giveUp(run)
  else fail(run, 'rasa_internal_error_default', { flow: flow_id, step: step_id })
}
