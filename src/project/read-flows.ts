import type { Reading, Section } from './draft.js'
import { caution, mistake } from './problem.js'
import { readCondition } from './read-condition.js'
import { readSteps } from './read-steps.js'
import { hasShape } from './schema-check.js'
import type { Flow, NluTrigger } from './types.js'
import { entriesOf, flagAt, get, itemsOf, keyAt, numberAt, placeOf, textAt, textOf, type MapEntry, type MapNode } from './yaml-node.js'

export type ReadFlows = { readonly flows: ReadonlyMap<string, Flow>; readonly nodes: ReadonlyMap<string, MapNode> }

export const readFlows = (sections: readonly Section[], reading: Reading, isNluOn: boolean): ReadFlows => {
  const flows = new Map<string, Flow>()
  const nodes = new Map<string, MapNode>()
  for (const entry of sections.flatMap(({ value }) => entriesOf(value))) {
    // The second flow of a name was reported when names were collected; an overridden pattern is left out in silence.
    if (reading.declared.flows.get(entry.key.name) !== entry.key) continue
    if (entry.value.kind !== 'map') {
      reading.report(mistake(entry.key, 'wrong-type', `The flow "${entry.key.name}" must be a map.`, { expected: 'description: ... and steps: [...]' }))
      continue
    }
    const flow = readFlow(entry, entry.value, reading, isNluOn)
    if (flow === null) continue
    flows.set(flow.id, flow)
    nodes.set(flow.id, entry.value)
  }
  return { flows, nodes }
}

const readFlow = ({ key }: MapEntry, node: MapNode, reading: Reading, isNluOn: boolean): Flow | null => {
  const id = key.name
  if (!/^[A-Za-z0-9_][A-Za-z0-9_-]*$/.test(id)) {
    reading.report(mistake(key, 'bad-name', 'A flow cannot have this id.', { found: id, expected: 'letters, digits, _ and -, not beginning with -' }))
  }
  const isFit = hasShape('flow', node, reading.report)
  const list = get(node, 'steps')
  const steps = list?.kind === 'list' ? readSteps(list, { ...reading, flow: id }) : null
  if (steps === null || !isFit) return null
  const guard = get(node, 'if')
  return {
    id,
    name: textAt(node, 'name') ?? id,
    description: textAt(node, 'description') ?? '',
    guard: guard === null ? null : readCondition(guard, { role: 'guard', by: id, ownSlot: null }, reading),
    nluTriggers: itemsOf(get(node, 'nlu_trigger')).map((item) => readTrigger(item as MapNode, id, reading, isNluOn)),
    alwaysIncludeInPrompt: flagAt(node, 'always_include_in_prompt', false),
    persistedSlots: itemsOf(get(node, 'persisted_slots')).map((slot) => {
      reading.refer({ kind: 'slot', name: textOf(slot) ?? '', span: slot, use: 'persist', by: id })
      return textOf(slot) ?? ''
    }),
    runPatternCompleted: flagAt(node, 'run_pattern_completed', true),
    translation: Object.fromEntries(entriesOf(get(node, 'translation')).map(({ key: language, value }) => [language.name, { name: textAt(value, 'name') ?? '' }])),
    steps,
    isPattern: id.startsWith('pattern_'),
    place: placeOf(key),
  }
}

/** `intent: name`, or `intent: {name, confidence_threshold}`. */
const readTrigger = (node: MapNode, flow: string, { refer, report }: Reading, isNluOn: boolean): NluTrigger => {
  const intent = get(node, 'intent')
  const name = textOf(intent) ?? textAt(intent, 'name') ?? ''
  refer({ kind: 'intent', name, span: intent ?? node, use: 'trigger', by: flow })
  if (!isNluOn && intent?.kind === 'map' && get(intent, 'confidence_threshold') !== null) {
    report(caution(keyAt(intent, 'confidence_threshold'), 'not-supported', 'Without NLUCommandAdapter in the pipeline no classifier tells how sure an intent is: the message /intent always starts the flow, and the model decides about the rest.'))
  }
  return { intent: name, confidenceThreshold: numberAt(intent, 'confidence_threshold') ?? 0 }
}
