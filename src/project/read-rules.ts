import { readAnnotations } from './annotations.js'
import type { DraftRule, IntentText, Reading, Section } from './draft.js'
import { exampleLines } from './example-lines.js'
import { normalise } from './normalise.js'
import { patternFault, splitFlags } from './pattern.js'
import { mistake } from './problem.js'
import { baseIntent, type Form, type Story } from './nlu.js'
import { readLongRule } from './read-stories.js'
import { hasShape } from './schema-check.js'
import type { Rule } from './types.js'
import { flagAt, get, itemsOf, placeOf, textAt, textOf, type MapNode, type YamlNode } from './yaml-node.js'

/** Reads `nlu:`: the texts of each intent, as rules compare them. */
export const readIntents = (sections: readonly Section[], { report, declared }: Reading): readonly IntentText[] =>
  listItems(sections, 'nlu', report).flatMap((item) => {
    if (['lookup', 'synonym', 'regex'].some((key) => get(item, key) !== null)) return []
    if (!hasShape('nlu', item, report)) return []
    const intent = textAt(item, 'intent') ?? ''
    for (const name of [intent, baseIntent(intent)]) if (!declared.intents.has(name)) declared.intents.set(name, get(item, 'intent') ?? item)
    return exampleLines(get(item, 'examples'), report).map(({ text, span }) => ({ intent, line: text, text: normalise(readAnnotations(text).text), span }))
  })

export type ReadRules = { readonly rules: readonly DraftRule[]; readonly long: readonly Story[] }

/** Reads `rules:`. Those that answer an intent with one thing are held against each message; the others are followed step by step, like stories. */
export const readRules = (sections: readonly Section[], texts: readonly IntentText[], forms: ReadonlyMap<string, Form>, reading: Reading): ReadRules => {
  const items = listItems(sections, 'rules', reading.report).filter((item): item is MapNode => item.kind === 'map' && hasShape('rule', item, reading.report))
  return {
    rules: items.filter((item) => !isLong(item, forms)).flatMap((item) => readShortRule(item, texts, reading)),
    long: items.filter((item) => isLong(item, forms)).map((item) => readLongRule(item, forms, readPatterns(item, reading), reading)),
  }
}

const isLong = (item: MapNode, forms: ReadonlyMap<string, Form>): boolean => {
  if (get(item, 'condition') !== null || flagAt(item, 'conversation_start', false) || !flagAt(item, 'wait_for_user_input', true)) return true
  const steps = itemsOf(get(item, 'steps')).filter((step) => textAt(step, 'action') !== 'action_listen')
  const plain = steps.slice(1).filter((step) => get(step, 'intent') === null)
  return plain.length > 1 || steps.some((step) => forms.has(textAt(step, 'action') ?? '') || ['active_loop', 'slot_was_set', 'bot', 'user', 'or', 'checkpoint', 'entities'].some((key) => get(step, key) !== null))
}

const readShortRule = (item: MapNode, texts: readonly IntentText[], reading: Reading): readonly DraftRule[] => {
  const steps = itemsOf(get(item, 'steps'))
  const intentNode = get(steps[0] ?? null, 'intent')
  const intent = textOf(intentNode)
  if (intent === null || intentNode === null) {
    reading.report(mistake(steps[0] ?? item, 'bad-rule', 'A rule begins with an intent.', { expected: '- intent: name' }))
    return []
  }
  reading.refer({ kind: 'intent', name: intent, span: intentNode, use: 'read', by: null })
  const then = readThen(steps[1] ?? null, reading)
  if (then === null) return []
  const rule: DraftRule = {
    name: textAt(item, 'rule') ?? '',
    intent,
    texts: [...new Set(texts.filter((line) => line.intent === intent).map(({ text }) => text))],
    patterns: readPatterns(item, reading),
    then,
    place: placeOf(item),
    node: item,
  }
  return [rule]
}

const listItems = (sections: readonly Section[], kind: string, report: Reading['report']): readonly YamlNode[] =>
  sections.flatMap(({ value }) => {
    if (value.kind === 'list') return value.items
    if (value.kind !== 'scalar' || value.value !== null) report(mistake(value, 'wrong-type', `"${kind}" must be a list.`))
    return []
  })

const readThen = (step: YamlNode | null, { report, refer }: Reading): Rule['then'] | null => {
  const target = get(step, 'flow') ?? get(step, 'link')
  if (target !== null) {
    refer({ kind: 'flow', name: textOf(target) ?? '', span: target, use: 'link', by: null })
    return { kind: 'flow', flow: textOf(target) ?? '' }
  }
  const node = get(step, 'action')
  const name = textOf(node)
  if (node === null || name === null) {
    report(mistake(step, 'bad-rule', 'After its intent, a rule says what happens.', { expected: '- action: utter_name, - action: action_name, or - flow: name' }))
    return null
  }
  const isResponse = name.startsWith('utter_')
  refer({ kind: isResponse ? 'response' : 'action', name, span: node, use: isResponse ? 'say' : 'run', by: null })
  return isResponse ? { kind: 'utter', response: name } : { kind: 'action', action: name }
}

const readPatterns = (rule: MapNode, { report }: Reading): readonly string[] =>
  itemsOf(get(rule, 'matches')).flatMap((node) => {
    const pattern = splitFlags(textOf(node) ?? '')
    const fault = patternFault(pattern)
    if (fault === null) return [pattern.source]
    report(mistake(node, 'bad-pattern', fault, { expected: 'a pattern of RE2\'s syntax over lower-case text' }))
    return []
  })
