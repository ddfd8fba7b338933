import type { Draft, Reference } from '../draft.js'
import { defaultActions } from '../default-actions.js'
import { listed, nearest } from '../nearest.js'
import { mistake, type Report } from '../problem.js'

/** Every slot, response, action, flow and intent that is named must exist. */
export const checkNames = (draft: Draft, report: Report): void => {
  const { slots, responses, actions, flows, intents } = draft.declared
  const known: Readonly<Record<Reference['kind'], ReadonlySet<string>>> = {
    slot: new Set(slots.keys()),
    response: new Set(responses.keys()),
    action: new Set([...actions.keys(), ...defaultActions]),
    flow: new Set(flows.keys()),
    intent: new Set(intents.keys()),
  }
  for (const { kind, name, span, use } of draft.references) {
    // Variables may come from an action, questions may be asked by one, and an intent may come from a button: their own checks know more.
    if (use === 'text' || use === 'ask' || use === 'trigger' || known[kind].has(name)) continue
    report(mistake(span, `unknown-${kind}`, `There is no ${kind} "${name}".`, {
      found: name,
      expected: known[kind].size === 0 ? `a ${kind} that is declared` : `one of ${listed(known[kind])}`,
      suggestion: nearest(name, known[kind]),
    }))
  }
  for (const { mentions } of draft.conditions) {
    for (const { kind, name, span } of mentions) {
      if (kind !== 'slot' || slots.has(name)) continue
      report(mistake(span, 'unknown-slot', `There is no slot "${name}".`, { found: `slots.${name}`, expected: `one of ${listed(slots.keys())}`, suggestion: prefixed(nearest(name, slots.keys())) }))
    }
  }
}

const prefixed = (name: string | null): string | null => (name === null ? null : `slots.${name}`)
