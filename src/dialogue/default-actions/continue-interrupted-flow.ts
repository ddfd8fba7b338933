import { flowIndex, flowName } from '../flow-index.js'
import { before, isUserFrame } from '../frames.js'
import { changeFrame, recordAction, setSlot, type Run } from '../run.js'
import { groupsOf } from '../stack.js'

/**
 * Lifts the flow that the user named in slot `interrupted_flow_to_continue` above the others that wait. With one waiting it is already
 * on top. A name that fits none makes the pattern ask again.
 */
export const continueInterruptedFlow = (run: Run): void => {
  recordAction(run, 'action_continue_interrupted_flow')
  const at = run.stack.length - 1
  const pattern = run.stack[at]
  if (pattern === undefined || isUserFrame(pattern) || pattern['multiple_flows_interrupted'] !== true) return
  const said = run.slots.get('interrupted_flow_to_continue') ?? null
  if (typeof said !== 'string') return
  const group = groupsOf(run.stack.slice(0, at)).find(({ frame }) => isMeant(run, frame.flow_id, said))
  if (group === undefined) {
    const first = flowIndex(run.project, pattern.flow_id)?.first
    setSlot(run, 'interrupted_flow_to_continue', null)
    if (first !== undefined) changeFrame(run, at, { step_id: before(first) })
    return
  }
  const lifted = run.stack.splice(group.root, group.end - group.root)
  run.stack.splice(run.stack.length - 1, 0, ...lifted)
}

const isMeant = (run: Run, id: string, said: string): boolean => {
  const names = [id, run.project.flows.get(id)?.name ?? id, flowName(run.project, run.slots, id)]
  return names.some((candidate) => plain(candidate) === plain(said))
}

const plain = (text: string): string => text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ').trim()
