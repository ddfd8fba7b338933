import { flagAt, get, itemsOf, textAt, textOf, type YamlNode } from '../project/yaml-node.js'
import type { RasaProject } from './rasa-project.js'

/** What a rule of the Rasa project can become. */
type Becomes =
  | { readonly kind: 'rule' }
  /** Several things in a row: a flow that its intent starts. */
  | { readonly kind: 'flow'; readonly flow: string; readonly actions: readonly string[] }
  /** `utter_faq` for all intents `faq/...`, whose answers become facts. */
  | { readonly kind: 'retrieval' }
  | { readonly kind: 'nothing'; readonly reason: string; readonly advice: string }

export type ReadRule = { readonly file: string; readonly node: YamlNode; readonly name: string; readonly intent: string | null; readonly becomes: Becomes }

export const readRule = (file: string, node: YamlNode, rasa: RasaProject): ReadRule => {
  const name = textAt(node, 'rule') ?? ''
  const steps = itemsOf(get(node, 'steps'))
  const intent = textAt(steps[0] ?? null, 'intent')
  return { file, node, name, intent, becomes: becomes(node, { name, intent, steps }, rasa) }
}

const nothing = (reason: string, advice: string): Becomes => ({ kind: 'nothing', reason, advice })

const becomes = (node: YamlNode, { name, intent, steps }: { readonly name: string; readonly intent: string | null; readonly steps: readonly YamlNode[] }, rasa: RasaProject): Becomes => {
  if (flagAt(node, 'conversation_start', false)) return nothing('A rule for the start of a conversation has no place here.', 'write the flow pattern_session_start, which runs when a session begins')
  if (steps.some((step) => formOf(step, rasa))) return nothing('It belongs to a form.', 'write a flow that collects the slots of the form')
  if (get(node, 'condition') !== null) return nothing('Rules have no conditions here.', 'write a flow with the condition as its guard ("if:")')
  if (intent === null) return nothing('It does not begin with an intent.', 'write it as a flow')
  const actions = steps.slice(1).map((step) => onlyText(step, 'action')).filter((action) => action !== 'action_listen')
  if (actions.length === 0) return nothing('Nothing happens after its intent.', 'write what should happen as a flow')
  const named = actions.filter((action) => action !== null)
  if (named.length < actions.length || onlyText(steps[0] ?? null, 'intent') === null) {
    return nothing('It holds more than an intent and actions (entities, slots or forms).', 'write it as a flow, with slots collected and compared in its steps')
  }
  if (intent === 'nlu_fallback') return nothing('Without an NLU model there is no fallback intent.', 'write the flow pattern_cannot_handle to change what is said when a message is not understood')
  if (named.length > 1) return { kind: 'flow', flow: flowId(name, rasa), actions: named }
  const [only = ''] = named
  return isRetrieval(only, intent, rasa) ? { kind: 'retrieval' } : { kind: 'rule' }
}

const formOf = (step: YamlNode, { forms }: RasaProject): boolean => get(step, 'active_loop') !== null || forms.has(textAt(step, 'action') ?? '')

/** The text of a key that stands alone in its map. */
const onlyText = (node: YamlNode | null, key: string): string | null => (node?.kind === 'map' && node.entries.size === 1 ? textOf(get(node, key)) : null)

const isRetrieval = (action: string, intent: string, { responses }: RasaProject): boolean =>
  action === `utter_${intent}` && !responses.has(action) && [...responses].some((name) => name.startsWith(`${action}/`))

const flowId = (name: string, { flows }: RasaProject): string => {
  const id = `rule_${name.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '')}`
  return flows.has(id) ? `${id}_2` : id
}
