import type { Draft } from '../draft.js'
import { slotsOfFlow } from '../flow-graph.js'
import { listed } from '../nearest.js'
import { normalise } from '../normalise.js'
import { caution, type Report } from '../problem.js'
import type { ExampleGroup, Utterance } from '../types.js'

/** Examples teach the model, so what contradicts itself, or can never be learnt, is said before training. */
export const checkExamples = ({ examples, references, flows, declared }: Draft, report: Report): void => {
  for (const { use, kind, name, span, by } of references) {
    const flow = flows.get(by ?? '')
    if (use !== 'example' || kind !== 'slot' || flow === undefined || !declared.slots.has(name)) continue
    const own = slotsOfFlow(flow, flows, () => true)
    if (own.has(name)) continue
    report(caution(span, 'foreign-slot', `The flow "${flow.id}" has no use for the slot "${name}".`, { found: name, expected: own.size === 0 ? 'no marks' : `one of ${listed(own)}` }))
  }
  checkContradictions(examples, report)
}

/** What a sentence means out of the blue. Answers and corrections depend on the question, so they may repeat. */
const meaning = ({ means }: ExampleGroup): string | null => {
  switch (means.kind) {
    case 'flow': return `flow ${means.flow}`
    case 'command': return `command ${means.command}`
    case 'clarify': return `clarify ${means.options.join(', ')}`
    default: return null
  }
}

const checkContradictions = (examples: readonly ExampleGroup[], report: Report): void => {
  const seen = new Map<string, { readonly meaning: string; readonly place: Utterance['place'] }>()
  for (const group of examples) {
    const means = meaning(group)
    const inGroup = new Map<string, Utterance['place']>()
    for (const { text, place } of group.utterances) {
      const said = normalise(text)
      const warn = (code: string, message: string, first: Utterance['place']): void =>
        report({ code, severity: 'warning', message, place, length: text.length, found: `first in ${first.file}:${first.line}`, suggestion: 'remove one of them' })
      const twin = inGroup.get(said)
      const other = seen.get(said)
      if (twin !== undefined) warn('duplicate-example', 'This example stands twice in its group.', twin)
      else if (means !== null && other !== undefined && other.meaning !== means) warn('contradictory-example', `The same words mean ${other.meaning} elsewhere and ${means} here.`, other.place)
      inGroup.set(said, twin ?? place)
      if (means !== null) seen.set(said, other ?? { meaning: means, place })
    }
  }
}
