import type { Draft } from '../draft.js'
import { following, listens, spread, stepsById } from '../flow-graph.js'
import { mistake, type Report } from '../problem.js'
import type { Flow } from '../types.js'

type Flows = Draft['flows']

/** Flows that call themselves in the end, and flows that link in a circle without ever waiting for the user. */
export const checkFlowCycles = ({ flows, references }: Draft, report: Report): void => {
  const called = memo((id: string) => spread(callsOf(flows.get(id)), (from) => callsOf(flows.get(from))))
  const silent = silentFlows(flows)
  const links = memo((id: string) => silentLinks(flows.get(id), flows, silent))
  const linked = memo((id: string) => spread([...links(id)], (from) => links(from)))
  for (const { use, name, span, by } of references) {
    if (by === null) continue
    if (use === 'call' && (name === by || called(name).has(by))) {
      report(mistake(span, 'call-cycle', `The flow "${by}" calls itself${name === by ? '' : ` through "${name}"`}.`, { expected: 'calls that come to an end', suggestion: 'use "link" to start over' }))
    }
    if (use === 'link' && links(by).has(name) && (name === by || linked(name).has(by))) {
      report(mistake(span, 'link-cycle', `The flow "${by}" links to itself${name === by ? '' : ` through "${name}"`} without ever waiting for the user.`, { expected: 'a question on the way round' }))
    }
  }
}

const memo = <T>(of: (id: string) => T): ((id: string) => T) => {
  const known = new Map<string, T>()
  return (id) => {
    const found = known.get(id)
    if (found !== undefined) return found
    const value = of(id)
    known.set(id, value)
    return value
  }
}

const callsOf = (flow: Flow | undefined): readonly string[] => (flow?.steps ?? []).flatMap((step) => (step.kind === 'call' ? [step.flow] : []))

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

/** Flows that may run from start to end without waiting, found by adding flows until nothing changes. */
const silentFlows = (flows: Flows): ReadonlySet<string> => {
  const silent = new Set<string>()
  for (let grown = true; grown;) {
    grown = false
    for (const flow of flows.values()) {
      if (silent.has(flow.id) || !passes(flow, silent)) continue
      silent.add(flow.id)
      grown = true
    }
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

const silentLinks = (flow: Flow | undefined, flows: Flows, silent: ReadonlySet<string>): ReadonlySet<string> => {
  if (flow === undefined) return new Set()
  const passed = silentSteps(flow, silent)
  return new Set(flow.steps.flatMap((step) => (step.kind === 'link' && passed.has(step.id) && flows.has(step.flow) ? [step.flow] : [])))
}
