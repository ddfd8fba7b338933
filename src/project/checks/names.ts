import { assumed, isBuiltIn, type Draft, type Reference } from '../draft.js'
import { defaultActions } from '../default-actions.js'
import { listed, suggester } from '../nearest.js'
import { baseIntent, fallbackIntent } from '../nlu.js'
import { mistake, type Report } from '../problem.js'
import type { Span } from '../yaml-node.js'

/** The names of one kind: whether one is known, what to expect, and what was meant. */
type Names = { readonly has: (name: string) => boolean; readonly expected: string; readonly suggest: (name: string) => string | null }

/** Every slot, response, action, flow and intent that is named must exist. */
export const checkNames = ({ declared, references, conditions }: Draft, report: Report): void => {
  const known: Readonly<Record<Reference['kind'], Names>> = {
    slot: namesOf('slot', declared.slots),
    response: namesOf('response', declared.responses, [...declared.responses.keys()].map(baseIntent)),
    action: namesOf('action', declared.actions, defaultActions),
    flow: namesOf('flow', declared.flows),
    intent: namesOf('intent', declared.intents, [fallbackIntent]),
  }
  for (const { kind, name, span, use } of references) {
    // Variables may come from an action, questions may be asked by one, and an intent may come from a button: their own checks know more.
    if (use === 'text' || use === 'ask' || use === 'trigger' || known[kind].has(name)) continue
    report(mistake(span, `unknown-${kind}`, `There is no ${kind} "${name}".`, { found: name, expected: known[kind].expected, suggestion: known[kind].suggest(name) }))
  }
  for (const { mentions } of conditions) {
    for (const { kind, name, span } of mentions) {
      if (kind !== 'slot' || known.slot.has(name)) continue
      const near = known.slot.suggest(name)
      report(mistake(span, 'unknown-slot', `There is no slot "${name}".`, { found: `slots.${name}`, expected: known.slot.expected, suggestion: near === null ? null : `slots.${near}` }))
    }
  }
}

/** People think of the names they gave; those that are always there are known, but not listed. */
const namesOf = (kind: string, declared: ReadonlyMap<string, Span>, always: readonly string[] = []): Names => {
  const names = new Set([...declared.keys(), ...always])
  const likely = new Set([...names].filter((name) => declared.get(name) !== assumed))
  const own = [...declared].flatMap(([name, span]) => (isBuiltIn(span) ? [] : [name]))
  return { has: (name) => names.has(name), expected: own.length === 0 ? `a ${kind} that is declared` : `one of ${listed(own)}`, suggest: suggester(likely) }
}
