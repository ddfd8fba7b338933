import { mistake } from '../../project/problem.js'
import { get, itemsOf, type YamlNode } from '../../project/yaml-node.js'
import { failed, firstOf, passed, type CheckKind, type CheckReading, type CheckShapes, type Evidence, type Verdict } from '../check.js'
import { asMap, asText, checkKeys, readFlow } from '../read-nodes.js'

/** An id, a list of ids or names, or `{operator, flow_ids}`. */
const readFlows = (node: YamlNode, reading: CheckReading): readonly CheckShapes['flow_started'][] => {
  const { report } = reading
  const named = node.kind === 'map' ? get(node, 'flow_ids') : null
  if (node.kind === 'map') checkKeys(node, ['operator', 'flow_ids'], 'a list of flows with an operator', report)
  const written = get(node, 'operator')
  const operator = written === null ? 'all' : asText(written, 'The operator', report)
  if (operator !== 'all' && operator !== 'any') {
    report(mistake(written ?? node, 'not-allowed', 'The operator has a value it cannot have.', { expected: 'all or any', found: operator ?? '' }))
    return []
  }
  const nodes = node.kind === 'scalar' ? [node] : itemsOf(node.kind === 'map' ? named : node)
  const flows = nodes.map((item) => readFlow(item, reading)).filter((flow) => flow !== null)
  if (nodes.length === 0) report(mistake(node, 'empty', 'No flow is named here.', { expected: 'the id of a flow, or a list of them' }))
  return flows.length === nodes.length && flows.length > 0 ? [{ operator, flows }] : []
}

const flowsText = ({ operator, flows }: CheckShapes['flow_started']): string => flows.join(operator === 'all' ? ' and ' : ' or ')

/** Meets the operator over the flows that were seen, each at its event. */
const judgeFlows = ({ operator, flows }: CheckShapes['flow_started'], seen: ReadonlyMap<string, number>): Verdict => {
  const places = flows.map((flow) => seen.get(flow)).filter((at) => at !== undefined)
  const isMet = operator === 'all' ? places.length === flows.length : places.length > 0
  return isMet ? passed(Math.max(...places)) : failed([...seen.keys()])
}

export const flowStarted: CheckKind<CheckShapes['flow_started']> = {
  read: readFlows,
  expected: (check) => `flow_started: ${flowsText(check)}`,
  judge: (check, { events }, from) => {
    const seen = new Map<string, number>()
    events.forEach((event, at) => {
      if (at >= from && event.event === 'flow_started' && !seen.has(event.flow_id)) seen.set(event.flow_id, at)
    })
    const verdict = judgeFlows(check, seen)
    return verdict.verdict === 'failed' ? failed(verdict.actual.map((flow) => `flow_started: ${flow}`)) : verdict
  },
}

/** What a clarification offered stands in the command that led to it; that it was asked shows in the action it runs. */
export const clarificationContains: CheckKind<CheckShapes['pattern_clarification_contains']> = {
  read: readFlows,
  expected: (check) => `pattern_clarification_contains: ${flowsText(check)}`,
  judge: (check, evidence, from) => {
    const asked = evidence.events.findIndex((event, at) => at >= from && event.event === 'action' && event.name === 'action_clarify_flows')
    if (asked < 0) return failed([])
    const offered = offeredIn(evidence)
    const verdict = judgeFlows(check, new Map(offered.map((flow) => [flow, asked])))
    return verdict.verdict === 'failed' ? failed([`pattern_clarification_contains: ${offered.join(' and ')}`]) : verdict
  },
}
const offeredIn = ({ events, project }: Evidence): readonly string[] =>
  events.flatMap((event) => (event.event === 'user' ? event.parse_data.commands : []))
    .flatMap((command) => (command.command === 'clarify' ? command.options : []))
    .filter((flow) => project.flows.has(flow))

const flowEnd = (event: 'flow_completed' | 'flow_cancelled'): CheckKind<CheckShapes['flow_completed']> => ({
  read: (node, reading) => {
    const map = node.kind === 'scalar' ? null : asMap(node, `"${event}"`, reading.report)
    if (node.kind !== 'scalar' && map === null) return []
    if (map !== null) checkKeys(map, ['flow_id', 'flow_step_id'], `"${event}"`, reading.report)
    const named = map === null ? node : get(map, 'flow_id')
    if (named === null) {
      reading.report(mistake(node, 'missing-key', `"${event}" needs the key "flow_id".`, { expected: 'flow_id: the id of a flow' }))
      return []
    }
    const flow = readFlow(named, reading)
    return flow === null ? [] : [{ flow, step: map === null ? null : asText(get(map, 'flow_step_id'), 'A step', reading.report) }]
  },
  expected: ({ flow, step }) => `${event}: ${flow}${step === null ? '' : ` at ${step}`}`,
  judge: ({ flow, step }, evidence, from) => firstOf(
    evidence, from, [event],
    (ended) => ended.flow_id === flow && (step === null || isStep(ended.step_id, flow, step)),
    (ended) => `${event}: ${ended.flow_id} at ${ended.step_id}`,
  ),
})
/** Step ids may be written with the flow's id before them, as newer releases make them. */
const isStep = (actual: string, flow: string, wanted: string): boolean => actual === wanted || `${flow}_${actual}` === wanted || actual === `${flow}_${wanted}`

export const flowCompleted: CheckKind<CheckShapes['flow_completed']> = flowEnd('flow_completed')
export const flowCancelled: CheckKind<CheckShapes['flow_cancelled']> = flowEnd('flow_cancelled')
