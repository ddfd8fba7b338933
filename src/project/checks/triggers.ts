import { isBuiltIn, type Draft } from '../draft.js'
import { nearest } from '../nearest.js'
import { caution, type Report } from '../problem.js'

/** An intent that starts a flow should exist somewhere; only a button could name it otherwise. */
export const checkTriggers = ({ references, declared, buttons }: Draft, report: Report): void => {
  for (const { use, name, span } of references) {
    if (use !== 'trigger' || isBuiltIn(span) || declared.intents.has(name)) continue
    if (buttons.some(({ payload }) => payload.startsWith(`/${name}`)) || ['session_start', 'session_end', 'restart', 'silence_timeout'].includes(name)) continue
    report(caution(span, 'unknown-intent', `No example and no button stands for the intent "${name}"; only the message /${name} starts this flow.`, { found: name, suggestion: nearest(name, declared.intents.keys()) }))
  }
}
