import { readAnnotations } from './annotations.js'
import type { IntentText } from './draft.js'
import { coerced } from './slot-value.js'
import type { ExampleGroup, Flow, Slot, Utterance } from './types.js'
import { placeOf } from './yaml-node.js'

/**
 * The training data of an intent that starts a flow are sentences that ask for this flow: the model learns from them as from any examples.
 * Entities count as slots where they are called the same and hold a value the slot can have; other marks are only words here.
 */
export const examplesOfIntents = (texts: readonly IntentText[], flows: ReadonlyMap<string, Flow>, slots: ReadonlyMap<string, Slot>): readonly ExampleGroup[] =>
  [...flows.values()].flatMap(({ id, isPattern, nluTriggers }) => {
    if (isPattern) return []
    return nluTriggers.flatMap(({ intent }): ExampleGroup[] => {
      const lines = texts.filter((line) => line.intent === intent)
      const [first] = lines
      if (first === undefined) return []
      return [{ means: { kind: 'flow', flow: id }, utterances: lines.map((line) => utteranceOf(line, slots)), place: placeOf(first.span) }]
    })
  })

const utteranceOf = ({ line, span }: IntentText, slots: ReadonlyMap<string, Slot>): Utterance => {
  const { text, marks } = readAnnotations(line)
  const spans = marks.flatMap(({ start, end, slot: name, value: given }): Utterance['spans'] => {
    const slot = name === null ? undefined : slots.get(name)
    if (slot === undefined) return []
    const { value, fault } = coerced(slot, given === undefined ? text.slice(start, end) : given)
    return fault === null ? [{ start, end, slot: slot.name, value }] : []
  })
  return { text, spans, place: placeOf(span) }
}
