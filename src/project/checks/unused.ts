import { isBuiltIn, type Draft } from '../draft.js'
import { caution, type Report } from '../problem.js'

/** Slots and responses nothing names. Custom actions may use them too, so their code is searched for the name. */
export const checkUnused = ({ isWhole, declared, references, conditions, buttons, actionWords, slots, responses, rules, flows }: Draft, report: Report): void => {
  if (!isWhole) return
  const templates = [...flows.values()].flatMap(({ steps }) => steps.flatMap((step) => (step.kind === 'action' && step.action.includes('{{') ? [step.action] : [])))
  const used = new Set([...references.map(({ kind, name }) => `${kind} ${name}`), ...rules.map(({ then }) => (then.kind === 'utter' ? `response ${then.response}` : ''))])
  for (const { mentions } of conditions) for (const { kind, name } of mentions) if (kind === 'slot') used.add(`slot ${name}`)
  const inButtons = buttons.map(({ payload }) => payload).join('\n')
  for (const [name, span] of declared.slots) {
    const isKnownElsewhere = used.has(`slot ${name}`) || actionWords.has(name) || inButtons.includes(name)
    // Slots that actions fill may be for an action server whose code is not here.
    const isForActions = slots.get(name)?.mappings.some(({ type }) => type === 'controlled' || type === 'custom') ?? true
    if (!isBuiltIn(span) && !isKnownElsewhere && !isForActions) report(caution(span, 'unused-slot', `No flow, condition or response names the slot "${name}".`, { suggestion: 'remove it' }))
  }
  for (const [name, span] of declared.responses) {
    if (isBuiltIn(span) || used.has(`response ${name}`) || actionWords.has(name) || !responses.has(name)) continue
    if (defaultNames.has(name) || templates.some((template) => fits(template, name))) continue
    report(caution(span, 'unused-response', `No flow and no rule says "${name}".`, { suggestion: 'remove it' }))
  }
}

/** Responses the engine itself says. */
const defaultNames = new Set([
  'utter_boolean_slot_rejection', 'utter_categorical_slot_rejection', 'utter_float_slot_rejection', 'utter_internal_error_rasa',
  'utter_free_chitchat_response', 'utter_flow_continue_interrupted', 'utter_default',
])

/** Whether a name such as `utter_{{slots.kind}}` may become this one. Holes that are the whole name fit what their pattern is handed, which is known otherwise. */
const fits = (template: string, name: string): boolean => {
  const [before = '', ...rest] = template.split(/\{\{.*?\}\}/s)
  const after = rest.at(-1) ?? ''
  return `${before}${after}` !== '' && name.startsWith(before) && name.endsWith(after)
}
