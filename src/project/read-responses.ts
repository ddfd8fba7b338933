import type { Condition } from './condition.js'
import { isBuiltIn, type Reading, type Section } from './draft.js'
import { caution, mistake } from './problem.js'
import { readCondition } from './read-condition.js'
import { hasShape } from './schema-check.js'
import type { Button, ResponseVariation, SlotValue } from './types.js'
import { rephraserAdvice } from './unsupported.js'
import { entriesOf, get, itemsOf, keyAt, placeOf, spanWithin, textAt, textOf, valueOf, type MapEntry, type MapNode, type YamlNode } from './yaml-node.js'

export const readResponses = (sections: readonly Section[], reading: Reading, isNluOn: boolean): ReadonlyMap<string, readonly ResponseVariation[]> => {
  const responses = new Map<string, readonly ResponseVariation[]>()
  for (const entry of sections.flatMap(({ value }) => entriesOf(value))) {
    if (reading.declared.responses.get(entry.key.name) !== entry.key) continue
    responses.set(entry.key.name, readResponse(entry, reading, isNluOn))
  }
  return responses
}

const readResponse = ({ key, value }: MapEntry, reading: Reading, isNluOn: boolean): readonly ResponseVariation[] => {
  if (!key.name.startsWith('utter_')) {
    reading.report(mistake(key, 'bad-name', 'The name of a response begins with "utter_".', { found: key.name, suggestion: `utter_${key.name}` }))
  }
  if (key.name.includes('/') && !isNluOn) reading.report(caution(key, 'not-supported', 'Retrieval responses, named with a slash, are chosen by the intent of the message, for which NLUCommandAdapter or a router must stand in the pipeline; this one is said only where a flow names it.', { found: key.name }))
  if (value.kind !== 'list' || value.items.length === 0) {
    reading.report(mistake(value.kind === 'list' ? key : value, 'wrong-type', `The response "${key.name}" must be a list of variations.`, { expected: '- text: ...' }))
    return []
  }
  return value.items.flatMap((item): readonly ResponseVariation[] => {
    if (item.kind !== 'map') {
      const text = textOf(item)
      reading.report(mistake(item, 'wrong-type', 'A variation of a response must be a map.', {
        expected: 'text: ...', suggestion: text === null ? null : `text: ${text}`.slice(0, 100),
      }))
      return []
    }
    return hasShape('variation', item, reading.report) ? [readVariation(item, key.name, reading)] : []
  })
}

const readVariation = (node: MapNode, name: string, reading: Reading): ResponseVariation => {
  const textNode = get(node, 'text')
  const text = textOf(textNode)
  if (text === null && !['custom', 'image', 'attachment', 'elements', 'quick_replies', 'buttons'].some((key) => get(node, key) !== null)) {
    reading.report(mistake(node, 'missing-key', 'A variation of a response needs something to say.', { expected: 'text: ...' }))
  }
  const metadata = get(node, 'metadata')
  const rephrase = get(metadata, 'rephrase')
  if (rephrase?.kind === 'scalar' && rephrase.value === true && !isBuiltIn(rephrase)) reading.report(caution(rephrase, 'not-supported', rephraserAdvice, { found: 'rephrase: true' }))
  const isJinja = textAt(metadata, 'template') === 'jinja'
  for (const spoken of [textNode, ...entriesOf(get(node, 'translation')).map(({ value }) => value)]) noteVariables(spoken, isJinja, name, reading)
  return {
    id: textAt(node, 'id'),
    text,
    condition: readResponseCondition(get(node, 'condition'), name, reading),
    channel: textAt(node, 'channel'),
    buttons: itemsOf(get(node, 'buttons')).map((button) => readButton(button, name, reading)),
    image: textAt(node, 'image'),
    attachment: plain(get(node, 'attachment')),
    custom: plain(get(node, 'custom')),
    elements: itemsOf(get(node, 'elements')).map(valueOf),
    quickReplies: itemsOf(get(node, 'quick_replies')).map(valueOf),
    translation: Object.fromEntries(entriesOf(get(node, 'translation')).map(({ key, value }) => [key.name, textOf(value) ?? ''])),
    metadata: (metadata === null ? {} : valueOf(metadata)) as ResponseVariation['metadata'],
    place: placeOf(node),
  }
}

const plain = (node: YamlNode | null): SlotValue => (node === null ? null : valueOf(node))

const readButton = (node: YamlNode, response: string, { noteButton }: Reading): Button => {
  const type = textAt(node, 'type')
  const payload = textAt(node, 'payload') ?? ''
  noteButton({ payload, span: get(node, 'payload') ?? node, response })
  return { title: textAt(node, 'title') ?? '', payload, ...(type !== null && { type }) }
}

/** The old list form demands equality of each slot, in type too, all together. */
const readResponseCondition = (node: YamlNode | null, by: string, reading: Reading): Condition | null => {
  if (node === null) return null
  if (node.kind !== 'list') return readCondition(node, { role: 'response', by, ownSlot: null }, reading)
  const parts = node.items.map((item): Condition => {
    const name = textAt(item, 'name') ?? ''
    reading.refer({ kind: 'slot', name, span: item.kind === 'map' ? get(item, 'name') ?? keyAt(item, 'name') : item, use: 'read', by })
    return { kind: 'exactly', slot: name, value: plain(get(item, 'value')) }
  })
  return parts.reduce<Condition | null>((left, right) => (left === null ? right : { kind: 'and', left, right }), null)
}

/** `{name}` in a text, with doubled braces meaning braces; `slots.name` in Jinja. */
const noteVariables = (node: YamlNode | null, isJinja: boolean, by: string, { refer }: Reading): void => {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string') return
  const pattern = isJinja ? /\bslots\.([\w-]+)/g : /\{\{|\}\}|\{([^{}\s]+)\}/g
  for (const match of node.value.matchAll(pattern)) {
    const name = match[1]
    if (name === undefined) continue
    const start = match.index + match[0].indexOf(name)
    refer({ kind: 'slot', name, span: spanWithin(node, start, start + name.length), use: 'text', by })
  }
}
