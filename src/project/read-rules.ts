import { readAnnotations } from './annotations.js'
import type { DraftRule, IntentText, Reading, Section } from './draft.js'
import { exampleLines } from './example-lines.js'
import { normalise } from './normalise.js'
import { patternFault, splitFlags } from './pattern.js'
import { caution, mistake } from './problem.js'
import { hasShape } from './schema-check.js'
import type { Rule } from './types.js'
import { topLevelAdvice } from './unsupported.js'
import { entriesOf, get, itemsOf, placeOf, textAt, textOf, type MapNode, type YamlNode } from './yaml-node.js'

/** Reads `nlu:`: the texts of each intent, as rules compare them. */
export const readIntents = (sections: readonly Section[], { report, declared }: Reading): readonly IntentText[] =>
  listItems(sections, 'nlu', report).flatMap((item) => {
    const other = entriesOf(item).find(({ key }) => key.name === 'lookup' || key.name === 'synonym' || key.name === 'regex')
    if (other !== undefined) {
      report(caution(other.key, 'not-supported', topLevelAdvice[other.key.name as 'lookup'] ?? '', { found: other.key.name }))
      return []
    }
    if (!hasShape('nlu', item, report)) return []
    const intent = textAt(item, 'intent') ?? ''
    if (!declared.intents.has(intent)) declared.intents.set(intent, get(item, 'intent') ?? item)
    return exampleLines(get(item, 'examples'), report).map(({ text, span }) => ({ intent, line: text, text: normalise(readAnnotations(text).text), span }))
  })

/** Reads `rules:`: an intent, then what happens. */
export const readRules = (sections: readonly Section[], texts: readonly IntentText[], reading: Reading): readonly DraftRule[] =>
  listItems(sections, 'rules', reading.report).flatMap((item) => {
    if (item.kind !== 'map' || !hasShape('rule', item, reading.report)) return []
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
    for (const step of steps.slice(2)) {
      if (textAt(step, 'action') === 'action_listen') continue
      reading.report(caution(step, 'not-supported', 'A rule does one thing; what follows is ignored.', { suggestion: 'start a flow for more: "- flow: name"' }))
    }
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
  })

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
