import type { Condition } from './condition.js'
import type { Reading, Section } from './draft.js'
import { mistake } from './problem.js'
import { readCondition } from './read-condition.js'
import { hasShape } from './schema-check.js'
import { coerced } from './slot-value.js'
import type { Assumptions, Happening, Property, PropertyRule, Slot, SlotValue } from './types.js'
import { entriesOf, get, itemsOf, placeOf, textAt, textOf, valueOf, type MapEntry, type MapNode, type Span, type YamlNode } from './yaml-node.js'

const ruleKeys = ['never', 'always', 'every_turn', 'every_flow'] as const
const happenings = { action: 'action', response: 'response', flow_started: 'flow', flow_completed: 'flow', flow_cancelled: 'flow' } as const
const happeningKeys = Object.keys(happenings) as readonly Happening['kind'][]

/** Reads `properties:`: what must be true of every conversation. */
export const readProperties = (sections: readonly Section[], reading: Reading): readonly Property[] => {
  const first = new Map<string, Span>()
  return sections.flatMap(({ key: section, value }) => {
    if (value.kind !== 'map' && !isNothing(value)) reading.report(mistake(section, 'wrong-type', 'This section must be a map from names to properties.', { expected: 'name_of_the_property: ...' }))
    return entriesOf(value).flatMap((entry) => {
      const before = first.get(entry.key.name)
      if (before !== undefined) {
        const { file, line } = placeOf(before)
        reading.report(mistake(entry.key, 'duplicate-property', `The property "${entry.key.name}" is declared twice.`, { found: `first in ${file}:${line}`, suggestion: 'remove or rename one of them' }))
        return []
      }
      first.set(entry.key.name, entry.key)
      const property = readProperty(entry, reading)
      return property === null ? [] : [property]
    })
  })
}

const isNothing = (node: YamlNode): boolean => node.kind === 'scalar' && node.value === null

const readProperty = ({ key, value }: MapEntry, reading: Reading): Property | null => {
  if (!hasShape('property', value, reading.report) || value.kind !== 'map') return null
  const rule = readRule(key, value, reading)
  if (rule === null) return null
  const onViolation = textAt(value, 'on_violation') === 'block' ? 'block' : 'log'
  if (onViolation === 'block' && !mayBlock(rule, reading)) {
    reading.report(mistake(get(value, 'on_violation'), 'not-blockable', 'Only a custom action can be kept from running; what else happens is known when it has happened.', { found: 'block', expected: 'a property of the form never: {action: a custom action}', suggestion: 'on_violation: log' }))
  }
  return { name: key.name, description: textAt(value, 'description'), rule, onViolation, place: placeOf(key) }
}

const mayBlock = (rule: PropertyRule, { declared }: Reading): boolean =>
  rule.kind === 'never' && rule.what.kind === 'action' && declared.actions.has(rule.what.name)

const readRule = (key: Span, node: MapNode, reading: Reading): PropertyRule | null => {
  const given = ruleKeys.filter((name) => get(node, name) !== null)
  const [kind] = given
  if (kind === undefined || given.length > 1) {
    reading.report(mistake(key, 'bad-property', 'A property says one thing.', { found: given.length === 0 ? 'nothing that is demanded' : given.join(' and '), expected: `one of ${ruleKeys.join(', ')}` }))
    return null
  }
  switch (kind) {
    case 'never': return readNever(node.entries.get('never')?.key ?? key, get(node, 'never'), reading)
    case 'always': {
      const condition = conditionAt(node, 'always', reading)
      return condition === null ? null : { kind: 'always', condition }
    }
    case 'every_turn': return { kind: 'every_turn', demand: 'answers' }
    case 'every_flow': return { kind: 'every_flow', demand: 'can_be_left' }
  }
}

const readNever = (key: Span, node: YamlNode | null, reading: Reading): PropertyRule | null => {
  const what = readHappening(key, node, reading)
  if (what === null) return null
  const when = conditionAt(node, 'when', reading)
  const unless = conditionAt(node, 'unless', reading)
  const excluded: Condition | null = unless === null ? null : { kind: 'not', of: unless }
  const [before, after] = [get(node, 'before'), get(node, 'after')]
  const within = get(node, 'within')
  if (before !== null && after !== null) {
    reading.report(mistake(after, 'bad-property', 'One property is about one order: before or after.', { suggestion: 'make two properties of it' }))
    return null
  }
  if (within !== null && before === null && after === null) reading.report(mistake(within, 'misplaced-key', '"within" says how far back "before" and "after" look; without one of them it has no meaning.'))
  if (within !== null) reading.refer({ kind: 'flow', name: textOf(within) ?? '', span: within, use: 'watch', by: null })
  const other = before ?? after
  const mark = other === null ? null : readHappening(other, other, reading)
  return {
    kind: 'never', what,
    when: when !== null && excluded !== null ? { kind: 'and', left: when, right: excluded } : when ?? excluded,
    order: mark === null ? null : { kind: before !== null ? 'before' : 'after', what: mark, within: textOf(within) },
  }
}

const readHappening = (blamed: Span, node: YamlNode | null, { report, refer }: Reading): Happening | null => {
  const [kind, second] = happeningKeys.filter((name) => get(node, name) !== null)
  if (kind === undefined || second !== undefined) {
    report(mistake(blamed, 'bad-property', 'This must name the one thing that is meant.', { found: kind === undefined ? 'none' : `${kind} and ${second ?? ''}`, expected: `one of ${happeningKeys.join(', ')}` }))
    return null
  }
  const span = get(node, kind)
  const name = textOf(span) ?? ''
  if (span !== null) refer({ kind: kind === 'action' && name.startsWith('utter_') ? 'response' : happenings[kind], name, span, use: 'watch', by: null })
  return { kind, name }
}

const conditionAt = (node: YamlNode | null, key: string, reading: Reading): Condition | null => {
  const found = get(node, key)
  return found === null ? null : readCondition(found, { role: 'property', by: null, ownSlot: null }, reading)
}

/** Reads `assumptions:`: what the proof may take for granted of actions, and of what is known when a conversation begins. */
export const readAssumptions = (sections: readonly Section[], slots: ReadonlyMap<string, Slot>, reading: Reading): Assumptions => {
  const sets = new Map<string, ReadonlyMap<string, readonly SlotValue[] | 'any'>>()
  const begins = new Map<string, readonly SlotValue[]>()
  for (const { value } of sections) {
    if (!hasShape('assumptions', value, reading.report)) continue
    for (const { key, value: action } of entriesOf(get(value, 'actions'))) {
      reading.refer({ kind: 'action', name: key.name, span: key, use: 'watch', by: null })
      sets.set(key.name, new Map(entriesOf(get(action, 'sets')).map((entry) => [entry.key.name, readValues(entry, slots, reading)])))
    }
    for (const entry of entriesOf(get(value, 'begins'))) {
      const values = readValues(entry, slots, reading)
      if (values !== 'any') begins.set(entry.key.name, values)
    }
  }
  return { sets, begins }
}

const readValues = ({ key, value }: MapEntry, slots: ReadonlyMap<string, Slot>, { report, refer }: Reading): readonly SlotValue[] | 'any' => {
  refer({ kind: 'slot', name: key.name, span: key, use: 'watch', by: null })
  if (value.kind !== 'list') {
    if (textOf(value) !== 'any') report(mistake(value, 'wrong-type', 'The values of a slot are a list, or the word any.', { found: textOf(value), expected: '[true, false], or any' }))
    return 'any'
  }
  const slot = slots.get(key.name)
  return itemsOf(value).map((item) => {
    const fit = slot === undefined ? null : coerced(slot, valueOf(item))
    if (fit !== null && fit.fault !== null) report(mistake(item, 'impossible-value', `The slot "${key.name}" never has this value.`, fit.fault))
    return fit?.value ?? valueOf(item)
  })
}
