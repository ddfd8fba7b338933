import { mistake } from '../../project/problem.js'
import { get, numberAt } from '../../project/yaml-node.js'
import { failed, passed, type CheckKind, type CheckShapes, type Evidence } from '../check.js'
import { asMap, asText, checkKeys, readResponse } from '../read-nodes.js'
import { termsOf } from '../../respond/search.js'

type Generated = 'generative_response_is_relevant' | 'generative_response_is_grounded'

/**
 * Rasa asks a judging model. No model of ours may judge itself, so both are measured in words: grounded is the share of the
 * answer's content words that stand in the ground truth, relevant the share of the question's that the answer takes up.
 */
const generated = (name: Generated, measure: (message: string, question: string, groundTruth: string | null) => number | null): CheckKind<CheckShapes[Generated]> => ({
  read: (node, reading) => {
    const map = asMap(node, `"${name}"`, reading.report)
    if (map === null) return []
    checkKeys(map, ['threshold', 'utter_name', 'utter_source', 'ground_truth'], `"${name}"`, reading.report)
    const threshold = numberAt(map, 'threshold') ?? 0.5
    if (threshold < 0 || threshold > 1) {
      reading.report(mistake(get(map, 'threshold'), 'out-of-range', 'A threshold is a share.', { found: String(threshold), expected: 'a number from 0 to 1' }))
      return []
    }
    return [{ threshold, utter: readResponse(get(map, 'utter_name'), reading), groundTruth: asText(get(map, 'ground_truth'), 'The ground truth', reading.report) }]
  },
  expected: ({ threshold, utter }) => `${name}: ${utter === null ? 'an answer' : utter} at ${threshold} or more`,
  judge: ({ threshold, utter, groundTruth }, evidence, from) => {
    if (name === 'generative_response_is_grounded' && groundTruth === null) return { verdict: 'skipped', reason: 'without ground_truth there is nothing to measure by' }
    const measured: string[] = []
    const question = questionIn(evidence)
    for (let at = from; at < evidence.events.length; at++) {
      const event = evidence.events[at]
      if (event?.event !== 'bot' || event.text === null || (utter !== null && event.metadata.utter_action !== utter)) continue
      const share = measure(event.text, question, groundTruth)
      if (share !== null && share >= threshold) return passed(at)
      measured.push(`${name}: ${share === null ? 'no content words' : share.toFixed(2)} for ${JSON.stringify(event.text)}`)
    }
    return failed(measured)
  },
})

const questionIn = ({ events }: Evidence): string => events.flatMap((event) => (event.event === 'user' ? [event.text] : [])).join(' ')

const shareOf = (part: string, whole: string): number | null => {
  const terms = [...new Set(termsOf(part))]
  const known = new Set(termsOf(whole))
  return terms.length === 0 ? null : terms.filter((term) => known.has(term)).length / terms.length
}

export const isGrounded: CheckKind<CheckShapes['generative_response_is_grounded']> =
  generated('generative_response_is_grounded', (message, _question, groundTruth) => shareOf(message, groundTruth ?? ''))
export const isRelevant: CheckKind<CheckShapes['generative_response_is_relevant']> =
  generated('generative_response_is_relevant', (message, question) => shareOf(question, message))
