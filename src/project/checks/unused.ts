import { isBuiltIn, type Draft } from '../draft.js'
import { baseIntent, routingSlot } from '../nlu.js'
import { caution, type Report } from '../problem.js'
import { fits } from '../unread.js'

/** Slots and responses nothing names. Custom actions may use them too, so their code is searched for the name. */
export const checkUnused = (draft: Draft, report: Report): void => {
  checkSlots(draft, report)
  checkResponses(draft, report)
}

const checkSlots = ({ mayBeNamed, declared, references, conditions, buttons, actionWords, slots }: Draft, report: Report): void => {
  // A property only watches: what nothing else names is still of no use.
  const mentions = conditions.flatMap((condition) => (condition.role === 'property' ? [] : condition.mentions))
  const used = new Set([...references.filter(({ use }) => use !== 'watch'), ...mentions].flatMap(({ kind, name }) => (kind === 'slot' ? [name] : [])))
  const inButtons = buttons.map(({ payload }) => payload).join('\n')
  for (const [name, span] of declared.slots) {
    if (isBuiltIn(span) || used.has(name) || name === routingSlot || mayBeNamed(name) || actionWords.has(name) || inButtons.includes(name)) continue
    // Slots that actions fill may be for an action server whose code is not here.
    const isForActions = slots.get(name)?.mappings.some(({ type }) => type === 'controlled' || type === 'custom') ?? true
    if (!isForActions) report(caution(span, 'unused-slot', `No flow, condition or response names the slot "${name}".`, { suggestion: 'remove it' }))
  }
}

const checkResponses = ({ mayBeNamed, declared, references, actionWords, responses, rules, flows }: Draft, report: Report): void => {
  const templates = [...flows.values()].flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'action' && step.action.includes('{{') ? [step.action] : [])))
  const said = rules.flatMap(({ then }) => (then.kind === 'utter' ? [then.response] : []))
  const used = new Set([...references.flatMap(({ kind, name, use }) => (kind === 'response' && use !== 'watch' ? [name] : [])), ...said])
  for (const [name, span] of declared.responses) {
    if (isBuiltIn(span) || used.has(name) || used.has(baseIntent(name)) || mayBeNamed(name) || actionWords.has(name) || !responses.has(name)) continue
    if (defaultNames.has(name) || templates.some((template) => fits(template, name))) continue
    report(caution(span, 'unused-response', `No flow and no rule says "${name}".`, { suggestion: 'remove it' }))
  }
}

/** Responses the engine itself says. */
const defaultNames = new Set([
  'utter_boolean_slot_rejection', 'utter_categorical_slot_rejection', 'utter_float_slot_rejection', 'utter_internal_error_rasa',
  'utter_free_chitchat_response', 'utter_flow_continue_interrupted', 'utter_default',
])
