import { isBuiltIn, type Draft } from '../draft.js'
import { mistake, type Report } from '../problem.js'
import { coerced } from '../slot-value.js'

/** What `set_slots` sets must be values the slots can have. */
export const checkSetValues = ({ references, slots }: Draft, report: Report): void => {
  for (const { use, name, span, value } of references) {
    const slot = slots.get(name)
    if (use !== 'set' || slot === undefined || isBuiltIn(span)) continue
    if (slot.type === 'list') {
      report(mistake(span, 'set-of-list', `The slot "${name}" is a list, which only custom actions can fill.`))
      continue
    }
    const { fault } = coerced(slot, value ?? null)
    if (fault !== null) report(mistake(span, 'impossible-value', `The slot "${name}" of type ${slot.type} cannot have this value.`, fault))
  }
}
