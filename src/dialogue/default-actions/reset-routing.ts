import { routingSlot } from '../../project/nlu.js'
import { holds, recordAction, setSlot, type Run } from '../run.js'

/**
 * Takes back which system the conversation is with: slots go back to their beginning unless both share them, and rules and stories
 * forget what was. The router decides anew about the next message.
 */
export const resetRouting = (run: Run): void => {
  recordAction(run, 'action_reset_routing')
  if (run.project.config.nlu?.router == null) return
  run.events.push({ event: 'routing_session_ended' })
  for (const { name, isShared, initialValue, place } of run.project.slots.values()) {
    // Slots of the built-in patterns belong to neither system.
    if (isShared === true || name === routingSlot || place.file.startsWith('attune:')) continue
    if (!holds(run, name, initialValue)) setSlot(run, name, initialValue)
  }
  if (run.project.slots.has(routingSlot) && (run.slots.get(routingSlot) ?? null) !== null) setSlot(run, routingSlot, null)
}
