import type { Draft } from '../draft.js'
import { listed } from '../nearest.js'
import { mistake, type Report } from '../problem.js'

/** A flow may keep only slots that it fills itself, and says so in one way only. */
export const checkPersistedSlots = ({ references, flows, slots }: Draft, report: Report): void => {
  const mixed = new Set<string>()
  for (const { use, name, span, by } of references) {
    const flow = flows.get(by ?? '')
    if (use !== 'persist' || flow === undefined || !slots.has(name)) continue
    const filled = flow.steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : step.kind === 'set_slots' ? step.values.map(({ slot }) => slot) : []))
    if (!filled.includes(name)) {
      report(mistake(span, 'not-persistable', `The flow "${flow.id}" neither collects nor sets "${name}", so there is nothing to keep.`, {
        expected: filled.length === 0 ? 'a slot that this flow fills' : `one of ${listed(new Set(filled))}`, suggestion: 'leave it out: what custom actions set stays anyway',
      }))
    }
    if (mixed.has(flow.id) || !flow.steps.some((step) => step.kind === 'collect' && !step.resetAfterFlowEnds)) continue
    mixed.add(flow.id)
    report(mistake(span, 'two-ways-to-persist', '"persisted_slots" and "reset_after_flow_ends" cannot be mixed in one flow.', { suggestion: 'list all slots to keep under "persisted_slots"' }))
  }
}
