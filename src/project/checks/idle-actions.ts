import { idleActions } from '../default-actions.js'
import { isBuiltIn, type Draft } from '../draft.js'
import { caution, type Report } from '../problem.js'

/** Actions of Rasa's NLU side that a step names: they run, and do nothing. One of the same name in the domain takes their place. */
export const checkIdleActions = ({ references, declared }: Draft, report: Report): void => {
  for (const { kind, use, name, span } of references) {
    if (kind !== 'action' || use !== 'run' || isBuiltIn(span) || !idleActions.includes(name)) continue
    const own = declared.actions.get(name)
    if (own !== undefined && !isBuiltIn(own)) continue
    report(caution(span, 'not-supported', 'This action belongs to Rasa\'s NLU side, which is not there: it does nothing here.', { found: name }))
  }
}
