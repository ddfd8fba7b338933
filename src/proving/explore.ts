import { legalCommands } from '../dialogue/legal.js'
import { step } from '../dialogue/engine.js'
import { sessionDue, startSession } from '../dialogue/session.js'
import { groupsOf } from '../dialogue/stack.js'
import { emptyTracker, foldDraft, type Tracker } from '../dialogue/tracker.js'
import { messagesIn, type Heard, type Message } from './messages.js'
import type { Filling, Scene } from './scene.js'
import { stateKey } from './state-key.js'
import { coursesOf, follow, listened, wayFrom, type ActionEnd, type Course, type State } from './turn.js'

export type Bounds = { readonly depth: number; readonly states: number }
/** One turn on the way to a violation. */
export type Move = { readonly message: Message; readonly ends: readonly ActionEnd[] }
export type Trace = { readonly begins: Filling; readonly opening: readonly ActionEnd[]; readonly moves: readonly Move[] }

export type Exploration = {
  /** Shortest traces to a violation, by the number of the property. */
  readonly found: ReadonlyMap<number, Trace>
  readonly states: number
  readonly turns: number
  /** Messages of the longest conversation that was looked at whole. */
  readonly depth: number
  /** Why it ended before everything was seen; null where nothing is left. */
  readonly stopped: 'depth' | 'states' | 'time' | null
}

type Node = State & { readonly from: Node | null; readonly message: Message | null; readonly ends: readonly ActionEnd[]; readonly begins: Filling; readonly depth: number }

/** Breadth first, so that the first violation is a shortest one. `isOver` is asked between states; `tell` hears how far it has come. */
export const explore = (scene: Scene, bounds: Bounds, isOver: () => boolean, tell: (states: number, waiting: number) => void = () => undefined): Exploration => {
  const found = new Map<number, Trace>()
  const seen = new Set<string>()
  const queue: Node[] = []
  let turns = 0
  let depth = 0
  let stopped: Exploration['stopped'] = null
  const visit = (course: Course, from: Node | null, message: Message | null, begins: Filling): void => {
    turns++
    const node: Node = { tracker: course.tracker, memories: course.memories, from, message, ends: course.ends, begins, depth: from === null ? 0 : from.depth + 1 }
    for (const property of course.violated) if (!found.has(property)) found.set(property, traceTo(node))
    const key = stateKey(node)
    if (seen.has(key)) return
    seen.add(key)
    queue.push(node)
  }
  for (const begins of scene.beginnings) for (const course of openings(scene, begins)) visit(course, null, null, begins)
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]
    if (node === undefined) break
    if (found.size === scene.properties.length) break
    if (node.depth >= bounds.depth) { stopped = 'depth'; break }
    if (seen.size >= bounds.states) { stopped = 'states'; break }
    if (isOver()) { stopped = 'time'; break }
    depth = node.depth
    for (const before of listened(scene, reopened(scene, node))) {
      for (const heard of messagesIn(scene, before.tracker)) for (const course of coursesOf(scene, before, heard)) visit(course, node, heard.message, node.begins)
    }
    tell(seen.size, queue.length - at)
  }
  return { found, states: seen.size, turns, depth, stopped }
}

const openings = (scene: Scene, begins: Filling): readonly Course[] => {
  const { project, properties } = scene
  const tracker = emptyTracker(project)
  const courses: Course[] = []
  follow(scene, wayFrom({ tracker, memories: properties.map(() => false) }), startSession(project, tracker), new Set(), courses)
  return courses.map((course) => ({ ...course, violated: [], tracker: foldDraft(course.tracker, begins.map(([name, value]) => ({ event: 'slot', name, value }))) }))
}

const reopened = (_scene: Scene, state: State): State => state

const traceTo = (node: Node): Trace => {
  const moves: Move[] = []
  let at = node
  for (; at.from !== null; at = at.from) if (at.message !== null) moves.unshift({ message: at.message, ends: at.ends })
  return { begins: at.begins, opening: at.ends, moves }
}
