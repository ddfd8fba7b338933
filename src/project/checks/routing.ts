import { isBuiltIn, type Draft } from '../draft.js'
import { routingSlot } from '../nlu.js'
import { caution, mistake, type Report } from '../problem.js'

/** Two systems share a conversation only where a router decides, and only if the decision can be kept. */
export const checkRouting = ({ config, declared, slots, references }: Draft, report: Report): void => {
  if (config.nlu?.router == null) {
    for (const { kind, use, name, span } of references) {
      if (kind !== 'action' || use !== 'run' || name !== 'action_reset_routing' || isBuiltIn(span) || declared.actions.has(name)) continue
      report(caution(span, 'not-supported', 'There is no router whose decision could be taken back, so this action does nothing.', { found: name, suggestion: 'put IntentBasedRouter or LLMBasedRouter into the pipeline, or remove the step' }))
    }
    return
  }
  const slot = slots.get(routingSlot)
  if (slot !== undefined && (slot.type !== 'bool' || slot.initialValue === false)) {
    report(mistake(declared.slots.get(routingSlot) ?? null, 'bad-routing-slot', 'The slot of the router says true for flows, false for the NLU side, and nothing before it has decided.', { found: slot.type === 'bool' ? 'initial_value: false' : slot.type, expected: 'type: bool without an initial value, or with true' }))
  }
}
