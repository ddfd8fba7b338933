import { isBuiltIn, type Draft, type Reference } from '../draft.js'
import { defaultActions } from '../default-actions.js'
import { listed, nearest } from '../nearest.js'
import { mistake, type Report } from '../problem.js'
import type { Span } from '../yaml-node.js'

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
  const own = Object.fromEntries(Object.entries({ slot: slots, response: responses, action: actions, flow: flows, intent: intents })
    .map(([kind, names]) => [kind, ownNames(names)])) as Readonly<Record<Reference['kind'], readonly string[]>>
  for (const { kind, name, span, use } of draft.references) {
    // Variables may come from an action, questions may be asked by one, and an intent may come from a button: their own checks know more.
    if (use === 'text' || use === 'ask' || use === 'trigger' || known[kind].has(name)) continue
    report(mistake(span, `unknown-${kind}`, `There is no ${kind} "${name}".`, {
      found: name,
      expected: own[kind].length === 0 ? `a ${kind} that is declared` : `one of ${listed(own[kind])}`,
      suggestion: nearest(name, known[kind]),
    }))
  }
  for (const { mentions } of draft.conditions) {
    for (const { kind, name, span } of mentions) {
      if (kind !== 'slot' || slots.has(name)) continue
      report(mistake(span, 'unknown-slot', `There is no slot "${name}".`, { found: `slots.${name}`, expected: own.slot.length === 0 ? 'a slot that is declared' : `one of ${listed(own.slot)}`, suggestion: prefixed(nearest(name, slots.keys())) }))
    }
  }
}

/** What the project declares itself: the names people think of, without those that are always there. */
const ownNames = (names: ReadonlyMap<string, Span>): readonly string[] => [...names].flatMap(([name, span]) => (isBuiltIn(span) ? [] : [name]))

const prefixed = (name: string | null): string | null => (name === null ? null : `slots.${name}`)
