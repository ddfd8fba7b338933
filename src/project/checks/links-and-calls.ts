import type { Draft } from '../draft.js'
import { spread } from '../flow-graph.js'
import { mistake, type Report } from '../problem.js'

/** Patterns that a user's flow may link to (calm-spec 2.5). */
const open = new Set(['pattern_human_handoff', 'pattern_search'])

/** What `link` and `call` may lead to, and from where. */
export const checkLinksAndCalls = ({ flows, references }: Draft, report: Report): void => {
  const leaving = leavingFlows(flows)
  for (const { use, name, span, by } of references) {
    if (by === null) continue
    const isPattern = by.startsWith('pattern_')
    if (use === 'link') {
      if (by === 'pattern_internal_error') {
        report(mistake(span, 'link-in-internal-error', 'pattern_internal_error cannot link: a failing flow would come back to it for ever.', { suggestion: 'say something with "action: utter_..."' }))
      } else if (name.startsWith('pattern_') && !isPattern && !open.has(name)) {
        report(mistake(span, 'link-to-pattern', `A flow cannot link to "${name}".`, { expected: `a flow of yours, ${[...open].join(' or ')}` }))
      }
    }
    if (use !== 'call') continue
    if (isPattern) report(mistake(span, 'call-in-pattern', 'Patterns cannot call flows.', { suggestion: `link: ${name}` }))
    else if (name.startsWith('pattern_')) report(mistake(span, 'call-of-pattern', 'Patterns cannot be called.', { expected: 'a flow of yours' }))
    if (leaving.has(name)) {
      report(mistake(span, 'call-with-link', `The flow "${name}" links to another one, or calls one that does, so it cannot be called: it would not come back.`, { suggestion: `link: ${name}, or "call" where it links` }))
    }
  }
}

/** Flows that link, and flows that call one of these. */
const leavingFlows = (flows: Draft['flows']): ReadonlySet<string> => {
  const callers = new Map<string, string[]>()
  for (const { id, steps } of flows.values()) for (const step of steps) if (step.kind === 'call') callers.set(step.flow, [...(callers.get(step.flow) ?? []), id])
  return spread([...flows.values()].filter(({ steps }) => steps.some(({ kind }) => kind === 'link')).map(({ id }) => id), (id) => callers.get(id) ?? [])
}
