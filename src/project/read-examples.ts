import { readAnnotations, type Mark } from './annotations.js'
import type { Reading, Section } from './draft.js'
import { exampleLines, type ExampleLine } from './example-lines.js'
import { mistake } from './problem.js'
import { hasShape } from './schema-check.js'
import { coerced } from './slot-value.js'
import type { ExampleGroup, Slot, SlotSamples, SlotValue, Utterance } from './types.js'
import { get, itemsOf, placeOf, textAt, textOf, valueOf, type MapNode, type Span, type YamlNode } from './yaml-node.js'

type Means = ExampleGroup['means']
type Slots = ReadonlyMap<string, Slot>

/** Reads `examples:`: how people say what a flow, a slot or a command means. */
export const readExamples = (sections: readonly Section[], slots: Slots, reading: Reading): readonly ExampleGroup[] =>
  groupsOf(sections, 'examples', reading).flatMap((node) => {
    const means = readMeans(node, reading)
    if (means === null) return []
    const utterances = exampleLines(get(node, 'utterances'), reading.report).flatMap((line) => readUtterance(line, means, slots, reading))
    return [{ means, utterances, place: placeOf(node) }]
  })

const groupsOf = (sections: readonly Section[], kind: 'examples' | 'samples', { report }: Reading): readonly MapNode[] =>
  sections.flatMap(({ value }) => {
    if (value.kind !== 'list') {
      if (value.kind !== 'scalar' || value.value !== null) report(mistake(value, 'wrong-type', `"${kind}" must be a list.`))
      return []
    }
    return value.items.flatMap((item) => (hasShape(kind, item, report) && item.kind === 'map' ? [item] : []))
  })

const readMeans = (node: MapNode, { report, refer }: Reading): Means | null => {
  const given = (['flow', 'slot', 'command', 'clarify', 'correction'] as const).filter((key) => node.entries.has(key))
  const [kind, second] = given
  if (kind === undefined || second !== undefined) {
    report(mistake(node.entries.get(second ?? 'utterances')?.key ?? node, 'unclear-meaning', 'A group of examples means one thing.', { found: given.length === 0 ? 'nothing' : given.join(' and '), expected: 'one of flow, slot, command, clarify, correction' }))
    return null
  }
  const value = get(node, kind)
  const name = textOf(value) ?? ''
  const note = (what: 'flow' | 'slot', node: YamlNode | null, named: string): void => {
    if (node !== null) refer({ kind: what, name: named, span: node, use: 'example', by: null })
  }
  switch (kind) {
    case 'flow':
      note('flow', value, name)
      return { kind, flow: name }
    case 'slot': case 'correction':
      note('slot', value, name)
      return { kind, slot: name }
    case 'clarify':
      for (const option of itemsOf(value)) note('flow', option, textOf(option) ?? '')
      return { kind, options: itemsOf(value).map((option) => textOf(option) ?? '') }
    case 'command': return { kind, command: name as (Means & { kind: 'command' })['command'] }
    default: return kind satisfies never
  }
}

const readUtterance = ({ text: line, span }: ExampleLine, means: Means, slots: Slots, reading: Reading): readonly Utterance[] => {
  const { text, marks, faults } = readAnnotations(line)
  const within = (from: number, to: number): Span => (span.end - span.start === line.length ? { ...span, start: span.start + from, end: span.start + to } : span)
  for (const fault of faults) reading.report(mistake(within(fault.from, fault.to), 'bad-annotation', fault.message, { expected: fault.expected }))
  if (faults.length > 0) return []
  const whole: readonly Mark[] = marks.length === 0 && means.kind === 'slot' ? [{ start: 0, end: text.length, slot: null, role: null, group: null, value: undefined, from: 0, to: line.length }] : marks
  if (whole.length === 0 && means.kind === 'correction') {
    reading.report(mistake(span, 'bad-annotation', 'A correction must mark the new value.', { expected: `[words](${means.slot})` }))
    return []
  }
  const spans = whole.flatMap((mark) => readMark(mark, text, means, slots, within(mark.from, mark.to), reading))
  return spans.length === whole.length ? [{ text, spans, place: placeOf(span) }] : []
}

const readMark = (mark: Mark, text: string, means: Means, slots: Slots, span: Span, { report, refer }: Reading): Utterance['spans'] => {
  const name = mark.slot ?? ('slot' in means ? means.slot : null)
  if (name === null) {
    report(mistake(span, 'bad-annotation', 'It is not said which slot these words fill.', { expected: '{"slot": "name", "value": ...}' }))
    return []
  }
  // The name of the group itself was noted once, with the group.
  if (mark.slot !== null) refer({ kind: 'slot', name, span, use: 'example', by: 'flow' in means ? means.flow : null })
  const slot = slots.get(name)
  if (slot === undefined) return []
  const said = text.slice(mark.start, mark.end)
  const { value, fault } = coerced(slot, mark.value === undefined ? said : mark.value)
  if (fault === null) return [{ start: mark.start, end: mark.end, slot: name, value }]
  report(mistake(span, 'impossible-value', `The slot "${name}" of type ${slot.type} cannot have this value.`, {
    ...fault, suggestion: fault.suggestion ?? `[${said}]{"slot": "${name}", "value": ...}`,
  }))
  return []
}

/** Reads `samples:`: values to vary the examples with. */
export const readSamples = (sections: readonly Section[], slots: Slots, reading: Reading): readonly SlotSamples[] =>
  groupsOf(sections, 'samples', reading).flatMap((node) => {
    const name = textAt(node, 'slot') ?? ''
    reading.refer({ kind: 'slot', name, span: get(node, 'slot') ?? node, use: 'example', by: null })
    const slot = slots.get(name)
    if (slot === undefined) return []
    return [{ slot: name, samples: itemsOf(get(node, 'values')).flatMap((item) => readSample(item, slot, reading)) }]
  })

const readSample = (item: YamlNode, slot: Slot, { report }: Reading): SlotSamples['samples'] => {
  const valueNode = get(item, 'value') ?? item
  const raw: SlotValue = valueNode.kind === 'scalar' && slot.type === 'text' && typeof valueNode.value !== 'string' ? valueNode.written : valueOf(valueNode)
  const { value, fault } = coerced(slot, raw)
  if (fault !== null) {
    report(mistake(valueNode, 'impossible-value', `The slot "${slot.name}" of type ${slot.type} cannot have this value.`, { ...fault, suggestion: fault.suggestion ?? '{said: words, value: ...}' }))
    return []
  }
  return [{ said: textAt(item, 'said') ?? (item.kind === 'scalar' ? typeof item.value === 'string' ? item.value : item.written : ''), value }]
}
