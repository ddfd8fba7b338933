import { isDefaultAction, runDefaultAction } from '../default-action.js'
import { fail } from '../fail.js'
import { fault, isCustomAction, isSpoken, runAction, say, scopeOf, type Run } from '../run.js'
import { askedSlot } from '../stack.js'
import type { StepKind } from '../step-kind.js'
import { filled, TemplateFault } from '../template.js'

/** A custom action, a built-in one, or a response. Names in patterns may be templates; what they name need not exist (calm-spec 2.2). */
export const action: StepKind<'action'> = {
  enter: (run, step) => {
    const isTemplate = step.action.includes('{')
    const name = isTemplate ? nameOf(run, step.action) : step.action
    if (isCustomAction(run, name) && name !== 'action_listen') {
      // There is nothing to validate before the user has said something.
      if (!isTemplate || !isValidatorOfNothing(run, name)) runAction(run, name)
    } else if (isDefaultAction(name)) runDefaultAction(run, name)
    else if (isSpoken(run, name) || (!isTemplate && name.startsWith('utter_'))) say(run, name)
    else if (!isTemplate) {
      fault(run, 'unknown-action', `Step "${step.id}" names action "${name}", which neither the domain nor attune knows.`)
      fail(run, 'rasa_internal_error_default')
    }
  },
}

const isValidatorOfNothing = (run: Run, name: string): boolean => {
  const asked = askedSlot(run.stack)
  return asked !== null && name === `validate_${asked}` && (run.slots.get(asked) ?? null) === null
}

const nameOf = (run: Run, template: string): string => {
  try {
    return filled(template, scopeOf(run))
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error
    fault(run, 'bad-template', error.message)
    return ''
  }
}
