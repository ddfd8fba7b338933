import type { Flow, Next, Step } from './types.js'

/** Ids of the steps that may come next; the end is left out. */
export const following = (next: Next): readonly string[] => {
  const targets = next.kind === 'go' ? [next.to] : [...next.branches.map(({ to }) => to), next.otherwise]
  return targets.flatMap((target) => (target === 'END' ? [] : [target.step]))
}
const mayEnd = ({ kind, next }: Step): boolean =>
  kind === 'link' || (next.kind === 'go' ? next.to === 'END' : next.otherwise === 'END' || next.branches.some(({ to }) => to === 'END'))

/** Whether a step waits for the user, if only when its slot is empty. */
export const listens = (step: Step): boolean => step.kind === 'collect' || (step.kind === 'action' && step.action === 'action_listen')

export const stepsById = (flow: Flow): ReadonlyMap<string, Step> => new Map(flow.steps.map((step) => [step.id, step]))

/** Steps that can be reached from the first one. */
export const reachable = (flow: Flow): ReadonlySet<string> => {
  const steps = stepsById(flow)
  const [first] = flow.steps
  return first === undefined ? new Set() : spread([first.id], (id) => following(steps.get(id)?.next ?? { kind: 'go', to: 'END' }))
}

/** Steps from which the flow can come to its end, or to a link out of it. */
export const ending = (flow: Flow): ReadonlySet<string> => leadingTo(flow, flow.steps.filter(mayEnd).map(({ id }) => id))

/** Steps from which one of the given ones can be reached, these included. */
export const leadingTo = (flow: Flow, ids: readonly string[]): ReadonlySet<string> => {
  const before = new Map<string, string[]>()
  for (const { id, next } of flow.steps) {
    for (const to of following(next)) {
      const known = before.get(to)
      if (known === undefined) before.set(to, [id])
      else known.push(id)
    }
  }
  return spread(ids, (id) => before.get(id) ?? [])
}

/** Everything that can be reached from the start, the start included. Without recursion, so that long flows cannot overflow. */
export const spread = <T>(start: readonly T[], next: (from: T) => Iterable<T>): ReadonlySet<T> => {
  const seen = new Set(start)
  const open = [...start]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const to of next(at)) {
      if (seen.has(to)) continue
      seen.add(to)
      open.push(to)
    }
  }
  return seen
}

/**
 * Which nodes lie on a circle together: those of one number do. Nodes on no circle, but for one to themselves, have a number of their own.
 * Tarjan's strongly connected components (1972), without recursion.
 */
export const circles = (edges: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, number> => {
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const circleOf = new Map<string, number>()
  const waiting: string[] = []
  for (const root of edges.keys()) {
    if (index.has(root)) continue
    const path = [{ node: root, next: 0 }]
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const { node } = at
      if (at.next === 0) {
        low.set(node, index.size)
        index.set(node, index.size)
        waiting.push(node)
      }
      const to = edges.get(node)?.[at.next++]
      if (to !== undefined) {
        if (!index.has(to)) path.push({ node: to, next: 0 })
        else if (!circleOf.has(to)) low.set(node, Math.min(low.get(node) ?? 0, index.get(to) ?? 0))
        continue
      }
      path.pop()
      const above = path.at(-1)?.node
      if (above !== undefined) low.set(above, Math.min(low.get(above) ?? 0, low.get(node) ?? 0))
      if (low.get(node) !== index.get(node)) continue
      const circle = circleOf.size
      for (let member = waiting.pop(); member !== undefined; member = member === node ? undefined : waiting.pop()) circleOf.set(member, circle)
    }
  }
  return circleOf
}

/** Slots a flow may collect or set, those of flows it calls included. */
export const slotsOfFlow = (flow: Flow, flows: ReadonlyMap<string, Flow>, isFollowed: (step: Step) => boolean = ({ kind }) => kind === 'call'): ReadonlySet<string> => {
  const within = spread([flow.id], (id) => (flows.get(id)?.steps ?? []).flatMap((step) => ((step.kind === 'call' || step.kind === 'link') && isFollowed(step) ? [step.flow] : [])))
  return new Set([...within].flatMap((id) => (flows.get(id)?.steps ?? []).flatMap((step) =>
    step.kind === 'collect' ? [step.slot] : step.kind === 'set_slots' ? step.values.map(({ slot }) => slot) : [])))
}
