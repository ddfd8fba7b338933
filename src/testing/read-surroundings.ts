import type { ActionMessage } from '../actions/action.js'
import type { BotData, TrackerEvent } from '../dialogue/events.js'
import { mistake } from '../project/problem.js'
import type { SlotValue } from '../project/types.js'
import { entriesOf, flagAt, get, keyAt, valueOf, type YamlNode } from '../project/yaml-node.js'
import type { CheckReading } from './check.js'
import { asList, asMap, asText, checkKeys, isSlot, readSlotName } from './read-nodes.js'
import type { Fixture, Stub } from './test-case.js'

/** Slots to set before the conversation begins, by the name of the fixture. */
export type Fixtures = ReadonlyMap<string, readonly Fixture[]>

/** `fixtures:` is a list of maps from a name to a list of slots with values. */
export const readFixtures = (node: YamlNode | null, reading: CheckReading): Fixtures => {
  const { report } = reading
  const fixtures = new Map<string, readonly Fixture[]>()
  for (const item of node === null ? [] : asList(node, '"fixtures"', report)) {
    const map = asMap(item, 'A fixture', report)
    for (const { key, value } of map === null ? [] : entriesOf(map)) {
      if (fixtures.has(key.name)) report(mistake(key, 'duplicate-fixture', `The fixture "${key.name}" stands twice in this file.`, { suggestion: 'rename one of them' }))
      const slots = value.kind === 'map' ? [value] : asList(value, `The fixture "${key.name}"`, report)
      fixtures.set(key.name, slots.flatMap(entriesOf).flatMap(({ key: slot, value: filling }) =>
        (isSlot(slot, slot.name, reading) ? [{ slot: slot.name, value: valueOf(filling) }] : [])))
    }
  }
  return fixtures
}

/** `stub_custom_actions:` answers for an action, or for `test_case::action` alone; a list answers one run after the other. Returns what holds in a test case. */
export const readStubs = (node: YamlNode | null, reading: CheckReading): ((testCase: string) => ReadonlyMap<string, Stub>) => {
  const stubs = new Map<string, Stub>()
  const map = node === null ? null : asMap(node, '"stub_custom_actions"', reading.report)
  for (const { key, value } of map === null ? [] : entriesOf(map)) {
    const answers = (value.kind === 'list' ? value.items : [value]).flatMap((item) => readAnswer(item, key.name, reading) ?? [])
    if (answers.length > 0) stubs.set(key.name, answers)
  }
  return (testCase) => {
    const own = new Map<string, Stub>()
    for (const [name, answer] of stubs) if (!name.includes('::')) own.set(name, answer)
    for (const [name, answer] of stubs) if (name.startsWith(`${testCase}::`)) own.set(name.slice(testCase.length + 2), answer)
    return own
  }
}

const readAnswer = (node: YamlNode, name: string, reading: CheckReading): Stub[number] | null => {
  const map = asMap(node, `The stub of "${name}"`, reading.report)
  if (map === null) return null
  checkKeys(map, ['events', 'responses', 'fails'], 'a stub', reading.report)
  if (flagAt(map, 'fails', false)) return 'fails'
  const [events, responses] = [get(map, 'events'), get(map, 'responses')]
  return {
    events: (events === null ? [] : asList(events, '"events"', reading.report)).flatMap((item) => readEvent(item, reading)),
    messages: (responses === null ? [] : asList(responses, '"responses"', reading.report)).flatMap((item) => readMessage(item, reading)),
  }
}

/** Events that an action may answer with, in the form of the action server. */
const readEvent = (node: YamlNode, reading: CheckReading): readonly TrackerEvent[] => {
  const map = asMap(node, 'An event', reading.report)
  if (map === null) return []
  const kind = asText(get(map, 'event'), 'The kind of an event', reading.report)
  switch (kind) {
    case 'slot': {
      const named = get(map, 'name')
      const slot = named === null ? null : readSlotName(named, reading)
      if (named === null) reading.report(mistake(map, 'missing-key', 'A slot event needs the key "name".', { expected: 'name: the name of a slot' }))
      const value = get(map, 'value')
      return slot === null ? [] : [{ event: 'slot', name: slot, value: value === null ? null : valueOf(value) }]
    }
    case 'reset_slots': case 'session_ended': case 'restart': return [{ event: kind }]
    default:
      reading.report(mistake(get(map, 'event') ?? map, 'not-supported', 'A stub cannot answer with this event.', { found: kind ?? 'nothing', expected: 'slot, reset_slots, session_ended or restart' }))
      return []
  }
}

const dataKeys = ['buttons', 'image', 'attachment', 'custom', 'elements', 'quick_replies'] as const

/** `text:` with rich parts, or the name of a response with its variables. */
const readMessage = (node: YamlNode, { report }: CheckReading): readonly ActionMessage[] => {
  const map = asMap(node, 'A response of a stub', report)
  if (map === null) return []
  const named = asText(get(map, 'response') ?? get(map, 'template') ?? get(map, 'utter'), 'A response', report)
  const text = asText(get(map, 'text'), 'A text', report)
  const values = valueOf(map) as Readonly<Record<string, SlotValue>>
  if (named !== null) {
    const variables = Object.entries(values).filter(([key]) => !['response', 'template', 'utter', 'text'].includes(key))
    return [{ utter: named, variables: Object.fromEntries(variables) }]
  }
  if (text === null) {
    report(mistake(keyAt(map, 'text'), 'missing-key', 'A response of a stub needs a text or the name of a response.', { expected: 'text: ... or response: ...' }))
    return []
  }
  const data = Object.fromEntries(dataKeys.flatMap((key) => (key in values ? [[key, values[key]]] : []))) as BotData
  return [{ text, data }]
}
