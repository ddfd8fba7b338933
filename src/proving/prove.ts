import { setImmediate } from 'node:timers/promises'
import type { Project, Property } from '../project/types.js'
import { conesOf } from './cone.js'
import { explore, type Exploration, type Trace } from './explore.js'
import type { Level } from './messages.js'
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
    /** So many of the levels were looked at to their end. */
    readonly done: number
    /** Of all conversations, those up to so many messages. */
    readonly depth: number
    readonly stopped: NonNullable<Exploration['stopped']> | 'doubt'
  }
export type Result = { readonly property: Property; readonly findings: readonly Finding[] }
export type Surroundings = {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number
  readonly signal: AbortSignal
  readonly tell?: (about: { readonly cone: number; readonly cones: number; readonly level: number; readonly states: number }) => void
}
type Time = { readonly now: () => number; readonly stop: number; readonly isStopped: () => Promise<boolean> }

/** Explores all that the properties are about. Time is shared evenly among the parts; what one leaves over goes to the next. */
export const prove = async (project: Project, properties: readonly Property[], limits: Limits, { now, signal, tell }: Surroundings): Promise<readonly Result[]> => {
  const end = now() + limits.seconds * 1_000
  const findings = new Map<Property, Finding[]>(properties.map((property) => [property, []]))
  const cones = conesOf(project, properties)
  const isStopped = breathing(now, signal)
  for (const [at, cone] of cones.entries()) {
    const stop = now() + (end - now()) / (cones.length - at)
    const found = await examined(sceneOf(project, cone), limits, { now, stop, isStopped }, (level, states) => tell?.({ cone: at + 1, cones: cones.length, level, states }))
    cone.properties.forEach((property, number) => {
      const finding = found[number]
      if (finding !== undefined) findings.get(property)?.push(finding)
    })
  }
  return properties.map((property) => ({ property, findings: findings.get(property) ?? [] }))
}

/** Lets other work have its turn now and then: a Ctrl-C arrives only in between. */
const breathing = (now: () => number, signal: AbortSignal): Time['isStopped'] => {
  let last = now()
  return async () => {
    if (now() - last > 100) {
      await setImmediate()
      last = now()
    }
    return signal.aborted
  }
}

type Tell = (level: number, states: number) => void

/**
 * First with one request at a time, then with what comes out of place beside it, then with everything: mistakes show in simple
 * conversations, and what the others add grows fast (iterative bounding, as Musuvathi and Qadeer did for thread switches, 2007).
 */
export const levels: readonly Level[] = [
  { open: 1, hasStrays: false },
  { open: 1, hasStrays: true },
  // A flow is never under way twice, so this is no bound.
  { open: Infinity, hasStrays: true },
]

const examined = async (whole: Scene, limits: Limits, time: Time, tell: Tell): Promise<readonly Finding[]> => {
  const findings = new Map<Property, Finding>()
  let scene = whole
  let done = 0
  let states = 0
  for (let at = 0; at < levels.length; at++) {
    const level = levels[at]
    // Where one level has no end, the next is looked at no further than the last one is.
    if (level === undefined || (at > done && at < levels.length - 1)) continue
    const isLast = at === levels.length - 1
    const stop = isLast ? time.stop : time.now() + (time.stop - time.now()) / 2
    const explored = await explore(scene, { ...limits, level }, { isOver: async () => (await time.isStopped()) || time.now() > stop, tell: (known) => tell(at + 1, known) })
    states = Math.max(states, explored.states)
    for (const [number, trace] of explored.found) {
      const property = scene.properties[number]
      if (property !== undefined) findings.set(property, { verdict: 'violated', scene, trace, states: explored.states })
    }
    if (explored.stopped === null) done = at + 1
    const known = new Set(findings.keys())
    scene = { ...scene, properties: scene.properties.filter((property) => !known.has(property)) }
    if (scene.properties.length === 0) break
    if (isLast) for (const property of scene.properties) findings.set(property, rest(scene, done, states, explored))
  }
  return whole.properties.flatMap((property) => findings.get(property) ?? [])
}

const rest = (scene: Scene, done: number, states: number, { stopped, depth }: Exploration): Finding => {
  if (stopped === null && scene.doubts.length === 0) return { verdict: 'proven', scene, states }
  return { verdict: 'bounded', scene, states, done, depth, stopped: stopped ?? 'doubt' }
}
