import { readAnnotations } from './annotations.js'
import type { IntentText, Reading, Section } from './draft.js'
import { exampleLines } from './example-lines.js'
import type { Form, IntentExample, NluSide } from './nlu.js'
import { patternFault, splitFlags, type Pattern } from './pattern.js'
import { caution, mistake } from './problem.js'
import { hasShape } from './schema-check.js'
import { topLevelAdvice } from './unsupported.js'
import { entriesOf, get, itemsOf, textAt, textOf, type YamlNode } from './yaml-node.js'

type Tables = Pick<NluSide, 'lookups' | 'patterns' | 'synonyms'>

/** The example lines of intents with their entities. A synonym that an example gives counts everywhere, as EntitySynonymMapper does. */
export const readIntentExamples = (texts: readonly IntentText[], synonyms: ReadonlyMap<string, string>): readonly IntentExample[] =>
  texts.map(({ intent, line }) => {
    const { text, marks } = readAnnotations(line)
    return {
      intent, text,
      entities: marks.flatMap(({ start, end, slot, role, group, value }) => {
        const said = text.slice(start, end)
        return slot === null ? [] : [{ start, end, entity: slot, role, group, value: value ?? synonyms.get(said.toLowerCase()) ?? said }]
      }),
    }
  })

/** Lookup tables, patterns and synonyms under `nlu:`, where the NLU side is on; else each is told to have no effect. */
export const readTables = (sections: readonly Section[], texts: readonly IntentText[], { report }: Reading, isOn: boolean): Tables => {
  const lookups: { entity: string; values: string[] }[] = []
  const patterns: { entity: string; pattern: Pattern }[] = []
  const synonyms = new Map<string, string>()
  for (const item of sections.flatMap(({ value }) => itemsOf(value))) {
    const kind = (['lookup', 'regex', 'synonym'] as const).find((key) => get(item, key) !== null)
    if (kind === undefined) continue
    if (!isOn) {
      report(caution(entriesOf(item).find(({ key }) => key.name === kind)?.key ?? item, 'not-supported', topLevelAdvice[kind], { found: kind }))
      continue
    }
    if (!hasShape('nlu_table', item, report)) continue
    const name = textAt(item, kind) ?? ''
    const lines = exampleLines(get(item, 'examples'), report)
    if (kind === 'lookup') lookups.push({ entity: name, values: lines.map(({ text }) => text) })
    else if (kind === 'synonym') for (const { text } of lines) synonyms.set(text.toLowerCase(), name)
    else {
      for (const { text, span } of lines) {
        const pattern = splitFlags(text)
        const fault = patternFault(pattern)
        if (fault === null) patterns.push({ entity: name, pattern })
        else report(mistake(span, 'bad-pattern', fault, { expected: 'a pattern of RE2\'s syntax' }))
      }
    }
  }
  for (const { line } of texts) {
    const { text, marks } = readAnnotations(line)
    for (const { start, end, value } of marks) if (typeof value === 'string') synonyms.set(text.slice(start, end).toLowerCase(), value)
  }
  return { lookups, patterns, synonyms }
}

/** `forms:` of the domain: which slots each asks for. */
export const readForms = (sections: readonly Section[], { report, refer, declared }: Reading): ReadonlyMap<string, Form> => {
  const forms = new Map<string, Form>()
  for (const { key, value } of sections.flatMap(({ value: section }) => entriesOf(section))) {
    if (!hasShape('form', value, report)) continue
    const slots = itemsOf(get(value, 'required_slots')).map((node) => {
      const slot = textOf(node) ?? ''
      refer({ kind: 'slot', name: slot, span: node, use: 'collect', by: null })
      for (const response of [`utter_ask_${key.name}_${slot}`, `utter_ask_${slot}`]) if (declared.responses.has(response)) refer({ kind: 'response', name: response, span: node, use: 'say', by: null })
      return slot
    })
    const ignored: YamlNode | null = get(value, 'ignored_intents')
    forms.set(key.name, { name: key.name, slots, ignoredIntents: [...itemsOf(ignored), ...(ignored === null ? [] : [ignored])].flatMap((node) => textOf(node) ?? []) })
  }
  return forms
}
