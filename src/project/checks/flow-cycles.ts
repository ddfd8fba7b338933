import type { Draft } from '../draft.js'
import { circles, following, listens, spread, stepsById } from '../flow-graph.js'
import { mistake, type Report } from '../problem.js'
import type { Flow } from '../types.js'

type Flows = Draft['flows']

/** Flows that call themselves in the end, and flows that link in a circle without ever waiting for the user. */
export const checkFlowCycles = ({ flows, references }: Draft, report: Report): void => {
  const calls = new Map([...flows.values()].map((flow) => [flow.id, callsOf(flow)]))
  const links = silentLinks(flows, silentFlows(flows, calls))
  const [calling, linking] = [circles(calls), circles(links)]
  for (const { use, name, span, by } of references) {
    if (by === null) continue
    const through = name === by ? '' : ` through "${name}"`
    if (use === 'call' && sameCircle(calling, by, name)) {
      report(mistake(span, 'call-cycle', `The flow "${by}" calls itself${through}.`, { expected: 'calls that come to an end', suggestion: 'use "link" to start over' }))
    }
    if (use === 'link' && (links.get(by) ?? []).includes(name) && sameCircle(linking, by, name)) {
      report(mistake(span, 'link-cycle', `The flow "${by}" links to itself${through} without ever waiting for the user.`, { expected: 'a question on the way round' }))
    }
  }
}

const sameCircle = (circleOf: ReadonlyMap<string, number>, a: string, b: string): boolean => a === b || (circleOf.has(a) && circleOf.get(a) === circleOf.get(b))

const callsOf = (flow: Flow): readonly string[] => flow.steps.flatMap((step) => (step.kind === 'call' ? [step.flow] : []))

/** Steps that can be passed one after the other without waiting for the user. */
const silentSteps = (flow: Flow, silent: ReadonlySet<string>): ReadonlySet<string> => {
  const steps = stepsById(flow)
  const [first] = flow.steps
  const stops = (id: string): boolean => {
    const step = steps.get(id)
    return step === undefined || listens(step) || (step.kind === 'call' && !silent.has(step.flow))
  }
  return first === undefined ? new Set() : spread([first.id], (id) => (stops(id) ? [] : following(steps.get(id)?.next ?? { kind: 'go', to: 'END' })))
}

/** Flows that may run from start to end without waiting. A flow that turns out silent may make its callers silent. */
const silentFlows = (flows: Flows, calls: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> => {
  const callers = new Map<string, string[]>()
  for (const [caller, called] of calls) {
    for (const id of called) {
      const known = callers.get(id)
      if (known === undefined) callers.set(id, [caller])
      else known.push(caller)
    }
  }
  const silent = new Set<string>()
  const open = [...flows.values()]
  for (let flow = open.pop(); flow !== undefined; flow = open.pop()) {
    if (silent.has(flow.id) || !passes(flow, silent)) continue
    silent.add(flow.id)
    for (const caller of callers.get(flow.id) ?? []) open.push(...[flows.get(caller)].flatMap((known) => known ?? []))
  }
  return silent
}

const passes = (flow: Flow, silent: ReadonlySet<string>): boolean => {
  const passed = silentSteps(flow, silent)
  return flow.steps.some((step) => {
    if (!passed.has(step.id) || listens(step) || step.kind === 'link') return false
    if (step.kind === 'call' && !silent.has(step.flow)) return false
    const targets = step.next.kind === 'go' ? [step.next.to] : [...step.next.branches.map(({ to }) => to), step.next.otherwise]
    return targets.includes('END')
  })
}

/** Where each flow may link to without having waited before. */
const silentLinks = (flows: Flows, silent: ReadonlySet<string>): ReadonlyMap<string, readonly string[]> =>
  new Map([...flows.values()].map((flow) => {
    const passed = silentSteps(flow, silent)
    return [flow.id, flow.steps.flatMap((step) => (step.kind === 'link' && passed.has(step.id) ? [step.flow] : []))]
  }))
