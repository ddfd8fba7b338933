import type { SlotValue } from '../project/types.js'
import { itemsOf, textAt } from '../project/yaml-node.js'
import { mappedValue, type RasaProject } from './rasa-project.js'
import { readRule, type ReadRule } from './rule.js'

/** What an intent of the Rasa project stands for in attune. */
export type Meaning =
  | { readonly kind: 'flow'; readonly flow: string }
  | { readonly kind: 'command'; readonly command: string; readonly pattern: string }
  | { readonly kind: 'rule' }
  /** A retrieval intent such as `faq/opening_hours`, with the text of its response. */
  | { readonly kind: 'knowledge'; readonly answer: string }
  | { readonly kind: 'slot'; readonly slot: string; readonly value: SlotValue }

/** Patterns that a command of the model leads to. */
const commands: Readonly<Record<string, string>> = {
  pattern_cancel_flow: 'cancel flow', pattern_chitchat: 'chitchat', pattern_search: 'knowledge', pattern_human_handoff: 'human handoff',
  pattern_repeat_bot_messages: 'repeat bot messages', pattern_skip_question: 'skip question', pattern_cannot_handle: 'cannot handle',
}

/** By intent. A flow goes before a rule, and a rule before a value: the same sentences cannot mean two things. */
export const meaningsOf = (rasa: RasaProject): ReadonlyMap<string, Meaning> => {
  const meanings = new Map<string, Meaning>()
  const means = (intent: string, meaning: Meaning): void => { if (!meanings.has(intent)) meanings.set(intent, meaning) }
  for (const { id, triggers } of rasa.flows.values()) {
    const command = commands[id]
    if (command !== undefined) for (const intent of triggers) means(intent, { kind: 'command', command, pattern: id })
    else if (!id.startsWith('pattern_')) for (const intent of triggers) means(intent, { kind: 'flow', flow: id })
  }
  for (const { node } of rasa.items('nlu')) {
    const intent = textAt(node, 'intent')
    if (intent === null) continue
    const flow = [intent, intent.replaceAll('-', '_')].find((id) => rasa.flows.has(id) && !id.startsWith('pattern_'))
    if (flow !== undefined) means(intent, { kind: 'flow', flow })
  }
  for (const { intent, becomes } of readRules(rasa)) {
    if (intent === null) continue
    if (becomes.kind === 'flow') means(intent, becomes)
    else if (becomes.kind === 'rule') means(intent, { kind: 'rule' })
  }
  for (const { key, value } of rasa.entries('responses')) {
    const answer = itemsOf(value).map((variation) => textAt(variation, 'text')).find((text) => text !== null)
    if (key.name.includes('/') && answer !== undefined) means(key.name.replace('utter_', ''), { kind: 'knowledge', answer: answer.trim() })
  }
  for (const { name, mappings } of rasa.slots.values()) {
    if (![...rasa.flows.values()].some(({ slots }) => slots.has(name))) continue
    for (const mapping of mappings) {
      const value = mappedValue(mapping)
      if (mapping.type === 'from_intent' && value !== undefined) for (const intent of mapping.intents) means(intent, { kind: 'slot', slot: name, value })
    }
  }
  return meanings
}

export const readRules = (rasa: RasaProject): readonly ReadRule[] => rasa.items('rules').map(({ file, node }) => readRule(file, node, rasa))
