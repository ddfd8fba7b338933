import type { Draft } from '../draft.js'
import { spread } from '../flow-graph.js'
import { mistake, type Report } from '../problem.js'

/** Patterns that a user's flow may link to (calm-spec 2.5). */
const open = new Set(['pattern_human_handoff', 'pattern_search'])

/** What `link` and `call` may lead to, and from where. */
export const checkLinksAndCalls = ({ flows, references }: Draft, report: Report): void => {
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
    const within = [...spread([name], (id) => (flows.get(id)?.steps ?? []).flatMap((step) => (step.kind === 'call' ? [step.flow] : [])))]
    const linking = within.find((id) => flows.get(id)?.steps.some(({ kind }) => kind === 'link'))
    if (linking !== undefined) {
      report(mistake(span, 'call-with-link', `The flow "${linking}" links to another one, so it cannot be called: it would not come back.`, { suggestion: `link: ${name}, or "call" inside "${linking}"` }))
    }
  }
}
