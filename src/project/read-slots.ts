import type { Reading, Section } from './draft.js'
import { readRejections } from './read-rejections.js'
import { caution, mistake } from './problem.js'
import { hasShape } from './schema-check.js'
import { coerced } from './slot-value.js'
import type { Slot, SlotMapping, SlotType } from './types.js'
import { mappingAdvice } from './unsupported.js'
import { entriesOf, flagAt, get, itemsOf, keyAt, numberAt, placeOf, textAt, textOf, valueOf, writtenOf, type MapEntry, type MapNode, type YamlNode } from './yaml-node.js'

/** Reads the slots of every domain file into one table. */
export const readSlots = (sections: readonly Section[], reading: Reading, isNluOn: boolean): ReadonlyMap<string, Slot> => {
  const slots = new Map<string, Slot>()
  for (const { value } of sections) {
    for (const entry of entriesOf(value)) {
      // A slot declared twice was reported when names were collected; the first one holds.
      if (reading.declared.slots.get(entry.key.name) !== entry.key) continue
      const slot = readSlot(entry, reading, isNluOn)
      if (slot !== null) slots.set(slot.name, slot)
    }
  }
  return slots
}

const readSlot = ({ key, value }: MapEntry, reading: Reading, isNluOn: boolean): Slot | null => {
  if (!hasShape('slot', value, reading.report) || value.kind !== 'map') return null
  const { name } = key
  if (!/^[^\s(),=.]+$/.test(name)) {
    reading.report(mistake(key, 'bad-name', 'A slot cannot have this name.', { found: name, expected: 'no spaces, dots, commas, brackets or equal signs, which conditions and buttons could not write' }))
  }
  if (!isNluOn) noteIdleKeys(value, reading)
  const declared = textAt(value, 'type')
  const type: SlotType = declared === 'strict_categorical' ? 'categorical' : declared as SlotType
  const slot: Slot = {
    name,
    type,
    values: readValues(value, type, reading),
    minimum: numberAt(value, 'min_value'),
    maximum: numberAt(value, 'max_value'),
    mappings: readMappings(value, reading),
    validation: readValidation(value, name, reading),
    ...(flagAt(value, 'shared_for_coexistence', false) && { isShared: true }),
    initialValue: null,
    place: placeOf(key),
  }
  checkBounds(value, slot, reading)
  return { ...slot, initialValue: readInitialValue(value, slot, reading) }
}

const readValues = (node: MapNode, type: SlotType, { report }: Reading): readonly string[] => {
  const values = get(node, 'values')
  if (type === 'categorical' && itemsOf(values).length === 0) {
    report(mistake(values ?? keyAt(node, 'type'), 'missing-key', 'A categorical slot needs its values.', { expected: 'values: [first, second]' }))
  }
  if (type !== 'categorical' && values !== null) {
    report(mistake(keyAt(node, 'values'), 'misplaced-key', `Only categorical slots have "values", this one is of type ${type}.`, { suggestion: 'type: categorical' }))
  }
  const seen = new Set<string>()
  const kept: string[] = []
  for (const item of itemsOf(values)) {
    const value = writtenOf(item) ?? ''
    if (seen.has(value.toLowerCase())) {
      report(mistake(item, 'duplicate-value', 'Values of a slot are compared without regard to case, and this one stands twice.', { found: value }))
    } else kept.push(value)
    seen.add(value.toLowerCase())
  }
  return kept
}

const checkBounds = (node: MapNode, { type, minimum, maximum }: Slot, { report }: Reading): void => {
  for (const key of ['min_value', 'max_value']) {
    if (type !== 'float' && get(node, key) !== null) {
      report(mistake(keyAt(node, key), 'misplaced-key', `Only float slots have "${key}", this one is of type ${type}.`, { suggestion: 'type: float' }))
    }
  }
  if (minimum !== null && maximum !== null && minimum > maximum) {
    report(mistake(get(node, 'max_value'), 'out-of-range', 'The largest value is smaller than the smallest.', { found: `${minimum} to ${maximum}` }))
  }
}

const readMappings = (node: MapNode, { refer }: Reading): readonly SlotMapping[] => {
  const mappings = get(node, 'mappings')
  if (mappings === null) return [{ type: 'from_llm' }]
  for (const mapping of itemsOf(mappings)) {
    for (const key of ['action', 'run_action_every_turn']) {
      const action = get(mapping, key)
      if (textOf(action) !== null && action !== null) refer({ kind: 'action', name: textOf(action) ?? '', span: action, use: 'run', by: null })
    }
    for (const condition of itemsOf(get(mapping, 'conditions'))) {
      const flow = get(condition, 'active_flow')
      if (textOf(flow) !== null && flow !== null) refer({ kind: 'flow', name: textOf(flow) ?? '', span: flow, use: 'read', by: null })
    }
  }
  // The shape was checked by the schema: each mapping is a map with a known type.
  return valueOf(mappings) as readonly SlotMapping[]
}

/** What only has an effect where an NLU model takes part. */
const noteIdleKeys = (node: MapNode, { report }: Reading): void => {
  if (get(node, 'shared_for_coexistence') !== null) report(caution(keyAt(node, 'shared_for_coexistence'), 'not-supported', idleKey))
  for (const mapping of itemsOf(get(node, 'mappings'))) {
    const advice = mappingAdvice(textAt(mapping, 'type') ?? '')
    if (advice !== null) report(caution(get(mapping, 'type'), 'not-supported', advice, { found: textAt(mapping, 'type') }))
    for (const key of ['coexistence_system', 'allow_nlu_correction']) {
      if (mapping.kind === 'map' && mapping.entries.has(key)) report(caution(keyAt(mapping, key), 'not-supported', idleKey))
    }
  }
}
const idleKey = 'Neither NLUCommandAdapter nor a router stands in the pipeline, so nothing but the model fills slots; the key is ignored.'

const readValidation = (node: MapNode, name: string, reading: Reading): Slot['validation'] => {
  const validation = get(node, 'validation')
  if (validation === null) return null
  const refill = get(validation, 'refill_utter')
  const refillUtter = textAt(validation, 'refill_utter') ?? `utter_ask_${name}`
  reading.refer({ kind: 'response', name: refillUtter, span: refill ?? keyAt(node, 'validation'), use: 'ask', by: null })
  return { rejections: readRejections(get(validation, 'rejections'), { role: 'validation', ownSlot: name, by: null }, reading), refillUtter }
}

const readInitialValue = (node: MapNode, slot: Slot, { report }: Reading): Slot['initialValue'] => {
  const initial: YamlNode | null = get(node, 'initial_value')
  if (initial === null || (initial.kind === 'scalar' && initial.value === null)) return null
  const { value, fault } = coerced(slot, initial.kind === 'scalar' && slot.type === 'text' ? writtenOf(initial) : valueOf(initial))
  if (fault !== null) report(mistake(initial, 'impossible-value', `The initial value of "${slot.name}" is none it can have.`, fault))
  return value
}
