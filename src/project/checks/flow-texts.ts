import { isBuiltIn, type Draft } from '../draft.js'
import { caution, mistake, type Report } from '../problem.js'
import { get } from '../yaml-node.js'
import { patternNames } from '../pattern-contexts.js'
import { nearest } from '../nearest.js'

/** Without punctuation and case, as far apart as a reader would see it. */
const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, ' ').trim()

/** Names and descriptions tell flows apart, for the model and for people: each must be the only one of its kind. */
export const checkFlowTexts = ({ flows, flowNodes, declared }: Draft, report: Report): void => {
  for (const what of ['name', 'description'] as const) {
    const seen = new Map<string, string>()
    for (const flow of flows.values()) {
      if (flow.isPattern) continue
      const text = plain(flow[what])
      const first = seen.get(text)
      if (first === undefined) {
        seen.set(text, flow.id)
        continue
      }
      const span = get(flowNodes.get(flow.id) ?? null, what) ?? declared.flows.get(flow.id) ?? null
      report(mistake(span, `duplicate-${what}`, `The flows "${first}" and "${flow.id}" have the same ${what}, so nobody can tell them apart.`, { suggestion: `say in the ${what} what only this flow does` }))
    }
  }
  for (const [id, span] of declared.flows) {
    if (!id.startsWith('pattern_') || isBuiltIn(span) || !flows.has(id) || patternNames.includes(id)) continue
    const near = nearest(id, patternNames)
    report(caution(span, 'unknown-pattern', `"${id}" is no pattern of attune; nothing will ever start this flow by itself.`, { suggestion: near ?? 'choose an id without "pattern_"' }))
  }
}
