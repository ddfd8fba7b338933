import type { Project, Property } from '../project/types.js'
import { conesOf } from './cone.js'
import { explore, type Exploration, type Trace } from './explore.js'
import { sceneOf, type Scene } from './scene.js'

export type Limits = { readonly depth: number; readonly states: number; readonly seconds: number }
/** What is known of one property about one part of the project. */
export type Finding =
  | { readonly verdict: 'violated'; readonly scene: Scene; readonly trace: Trace; readonly states: number }
  /** Every state that can be reached was looked at. */
  | { readonly verdict: 'proven'; readonly scene: Scene; readonly states: number }
  | {
    readonly verdict: 'bounded'
    readonly scene: Scene
    readonly states: number
    /** Conversations with so many requests under way at once were looked at to the end. */
    readonly whole: number
    /** Those with one more, up to so many messages. */
    readonly depth: number
    readonly stopped: NonNullable<Exploration['stopped']> | 'doubt'
  }
export type Result = { readonly property: Property; readonly findings: readonly Finding[] }
export type Surroundings = {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number
  readonly signal: AbortSignal
  readonly tell?: (about: { readonly cone: number; readonly cones: number; readonly open: number; readonly states: number }) => void
}

/** Explores all that the properties are about. Time is shared evenly among the parts; what one leaves over goes to the next. */
export const prove = (project: Project, properties: readonly Property[], limits: Limits, { now, signal, tell }: Surroundings): readonly Result[] => {
  const end = now() + limits.seconds * 1_000
  const findings = new Map<Property, Finding[]>(properties.map((property) => [property, []]))
  const cones = conesOf(project, properties)
  cones.forEach((cone, at) => {
    const stop = now() + (end - now()) / (cones.length - at)
    const found = examined(sceneOf(project, cone), limits, {
      isOver: () => signal.aborted || now() > stop,
      tell: (open, states) => tell?.({ cone: at + 1, cones: cones.length, open, states }),
    })
    cone.properties.forEach((property, number) => {
      const finding = found[number]
      if (finding !== undefined) findings.get(property)?.push(finding)
    })
  })
  return properties.map((property) => ({ property, findings: findings.get(property) ?? [] }))
}

type Watch = { readonly isOver: () => boolean; readonly tell: (open: number, states: number) => void }

/**
 * First with one request at a time, then with two, and so on: mistakes show with few, and what they add grows fast (iterative bounding, as
 * Musuvathi and Qadeer did for thread switches, 2007). A flow is never under way twice, so as many as there are flows is no bound any more.
 */
const examined = (whole: Scene, limits: Limits, { isOver, tell }: Watch): readonly Finding[] => {
  const findings = new Map<Property, Finding>()
  let states = 0
  let scene = whole
  for (let open = 1; scene.properties.length > 0; open++) {
    const level = open
    const explored = explore(scene, { ...limits, open }, { isOver, tell: (known) => tell(level, known) })
    states = Math.max(states, explored.states)
    for (const [number, trace] of explored.found) {
      const property = scene.properties[number]
      if (property !== undefined) findings.set(property, { verdict: 'violated', scene, trace, states: explored.states })
    }
    scene = { ...scene, properties: scene.properties.filter((property) => !findings.has(property)) }
    const isWhole = explored.stopped === null && (open >= scene.flows.size || scene.properties.length === 0)
    if (!isWhole && explored.stopped === null) continue
    for (const property of scene.properties) findings.set(property, rest(scene, open, states, explored))
    break
  }
  return whole.properties.flatMap((property) => findings.get(property) ?? [])
}

const rest = (scene: Scene, open: number, states: number, { stopped, depth }: Exploration): Finding => {
  if (stopped === null && scene.doubts.length === 0) return { verdict: 'proven', scene, states }
  return { verdict: 'bounded', scene, states, whole: stopped === null ? open : open - 1, depth, stopped: stopped ?? 'doubt' }
}
