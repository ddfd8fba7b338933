import { keep, refused, type CommandKind } from '../command-kind.js'
import { flowName } from '../flow-index.js'
import { isUserFrame } from '../frames.js'
import { patternFrame, setSlot, type Run } from '../run.js'
import { activeGroup, ownEnd } from '../stack.js'
import { dropOpenTalk } from './start-flow.js'

/** Cancels the topmost flow as it was before this turn; a flow started by the same message lives (calm-spec 4.2, row 19; 5.4). */
export const cancelFlow: CommandKind<'cancel flow'> = {
  kind: 'turn',
  phase: 'cancellation',
  write: () => 'cancel flow',
  spellings: [
    { pattern: /^cancel(?:\s+flow)?$/i, command: () => ({ command: 'cancel flow' }) },
    { pattern: /^CancelFlow\(\s*\)$/i, command: () => ({ command: 'cancel flow' }) },
  ],
  clean: (command, { group }) => (group === null ? refused : keep(command)),
  run: (run) => {
    const before = run.tracker.stack
    const group = activeGroup(before)
    if (group === null || !run.project.flows.has('pattern_cancel_flow')) return
    const own = new Set(before.slice(group.root, group.end).map(({ frame_id }) => frame_id))
    // Patterns above the flow were about it, or asked something that no longer matters.
    const ownFrames = before.slice(group.root, ownEnd(before, group))
    const keptIds = new Set(ownFrames.map(({ frame_id }) => frame_id))
    run.stack = run.stack.filter(({ frame_id }) => !own.has(frame_id) || keptIds.has(frame_id))
    run.stack = run.stack.filter(({ flow_id }) => flow_id !== 'pattern_correction')
    if (activeGroup(run.stack)?.frame.frame_id === group.frame.frame_id) {
      dropValidations(run, keptIds)
      dropOpenTalk(run)
    }
    const innermost = ownFrames.filter(isUserFrame).at(-1) ?? group.frame
    run.stack.push(patternFrame(run, 'pattern_cancel_flow', {
      canceled_name: flowName(run.project, run.slots, innermost.flow_id),
      canceled_frames: [...keptIds],
    }))
  },
}

/** What was said beside the cancellation and was still to be checked is not wanted any more: neither the check nor the value. */
const dropValidations = (run: Run, kept: ReadonlySet<string>): void => {
  for (const frame of run.stack) {
    if (isUserFrame(frame) || frame.flow_id !== 'pattern_validate_slot' || kept.has(frame.frame_id)) continue
    run.stack = run.stack.filter((other) => other !== frame)
    const slot = frame['validate']
    if (typeof slot === 'string') setSlot(run, slot, run.tracker.slots.get(slot) ?? null)
  }
}
