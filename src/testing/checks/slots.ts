import { mistake } from '../../project/problem.js'
import { entriesOf, get, valueOf, type MapNode, type YamlNode } from '../../project/yaml-node.js'
import { failed, firstOf, passed, sameValue, valueText, type CheckKind, type CheckReading, type CheckShapes, type EventNamed } from '../check.js'
import { asList, checkKeys, readSlotName } from '../read-nodes.js'

type SlotFact = CheckShapes['slot_was_set']
type SlotEvent = EventNamed<'slot'>

/** `- name: amount` with or without `value:` (assertions), `- amount` and `- amount: 50` (the older steps). */
const readSlots = (node: YamlNode, reading: CheckReading): readonly SlotFact[] =>
  asList(node, 'The slots', reading.report).flatMap((item): readonly SlotFact[] => {
    if (item.kind === 'map') return readEntry(item, reading)
    const slot = readSlotName(item, reading)
    return slot === null ? [] : [{ slot }]
  })

const readEntry = (item: MapNode, reading: CheckReading): readonly SlotFact[] => {
  const [only] = entriesOf(item)
  // A map of one key that is a slot is the older form, even where a slot is called "name".
  if (only !== undefined && item.entries.size === 1 && (only.key.name !== 'name' || reading.project.slots.has('name'))) {
    if (reading.project.slots.has(only.key.name)) return [{ slot: only.key.name, value: valueOf(only.value) }]
  }
  const named = get(item, 'name')
  if (named === null) {
    const name = only?.key.name ?? ''
    reading.report(mistake(item, 'unknown-slot', `The project has no slot "${name}".`, { found: name, expected: 'name: the name of a slot, or the slot itself as key' }))
    return []
  }
  checkKeys(item, ['name', 'value'], 'a slot', reading.report)
  const slot = readSlotName(named, reading)
  const value = get(item, 'value')
  return slot === null ? [] : [value === null ? { slot } : { slot, value: valueOf(value) }]
}

const text = ({ slot, value }: SlotFact): string => (value === undefined ? slot : `${slot} = ${valueText(value)}`)
const fits = ({ value }: SlotFact, event: SlotEvent): boolean => (value === undefined ? event.value !== null : sameValue(event.value, value))

export const slotWasSet: CheckKind<CheckShapes['slot_was_set']> = {
  read: readSlots,
  expected: (check) => `slot_was_set: ${text(check)}`,
  judge: (check, evidence, from) => {
    const verdict = firstOf(evidence, from, ['slot'], (event) => event.name === check.slot && fits(check, event), slotText)
    if (verdict.verdict !== 'failed') return verdict
    const own = verdict.actual.filter((line) => line.startsWith(`slot_was_set: ${check.slot} = `))
    return failed(own.length > 0 ? own : verdict.actual)
  },
}
const slotText = ({ name, value }: SlotEvent): string => `slot_was_set: ${name} = ${valueText(value)}`

export const slotWasNotSet: CheckKind<CheckShapes['slot_was_not_set']> = {
  read: readSlots,
  expected: (check) => `slot_was_not_set: ${text(check)}`,
  judge: (check, { events }, from) => {
    const against = events.filter((event): event is SlotEvent => event.event === 'slot' && event.name === check.slot && fits(check, event))
    return against.length === 0 ? passed(from) : failed(against.map(slotText))
  },
}
