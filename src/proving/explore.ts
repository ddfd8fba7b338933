import { cleaned } from '../dialogue/cleanup.js'
import { sessionDue, startSession } from '../dialogue/session.js'
import { groupsOf } from '../dialogue/stack.js'
import { emptyTracker, foldDraft, type Tracker } from '../dialogue/tracker.js'
import { commandsOf, messagesIn, type Heard, type Level, type Message } from './messages.js'
import type { Filling, Scene } from './scene.js'
import { stateKey } from './state-key.js'
import { coursesOf, follow, listened, wayFrom, type ActionEnd, type Course, type State } from './turn.js'

export type Bounds = {
  readonly level: Level
  /** Messages of a conversation. */
  readonly depth: number
  readonly states: number
}
/** One turn on the way to a violation. */
export type Move = Pick<Course, 'ends' | 'said'> & { readonly message: Message }
export type Trace = {
  readonly begins: Filling
  readonly opening: readonly ActionEnd[]
  readonly moves: readonly Move[]
  /** The request that was under way before the last message. */
  readonly cancelled: string | null
}

export type Exploration = {
  /** Shortest traces to a violation, by the number of the property. */
  readonly found: ReadonlyMap<number, Trace>
  readonly states: number
  readonly turns: number
  /** All conversations of so many messages were looked at. */
  readonly depth: number
  /** Why it ended before everything was seen; null where nothing is left. */
  readonly stopped: 'depth' | 'states' | 'time' | null
}

/** A state, and how it was reached. */
type Node = State & Pick<Course, 'ends' | 'said'> & { readonly from: Node | null; readonly message: Message | null; readonly begins: Filling; readonly depth: number }
export type Watch = { readonly isOver: () => Promise<boolean>; readonly tell?: (states: number, waiting: number) => void }

/** Breadth first, so that the first violation is a shortest one. `isOver` is asked between states; `tell` hears how far it has come. */
export const explore = async (scene: Scene, bounds: Bounds, { isOver, tell }: Watch): Promise<Exploration> => {
  const found = new Map<number, Trace>()
  const seen = new Set<string>()
  const queue: Node[] = []
  let turns = 0
  const note = (property: number, node: Node): void => {
    if (!found.has(property)) found.set(property, traceTo(node))
  }
  const visit = (course: Course, from: Node | null, message: Message | null, begins: Filling): void => {
    turns++
    const node: Node = { tracker: lean(course.tracker), memories: course.memories, from, message, ends: course.ends, said: course.said, begins, depth: from === null ? 0 : from.depth + 1 }
    for (const property of course.violated) note(property, node)
    const key = stateKey(scene.values, node)
    if (seen.has(key)) return
    seen.add(key)
    queue.push(node)
  }
  const leavable = scene.properties.flatMap(({ rule }, property) => (rule.kind === 'every_flow' ? [property] : []))
  const ended = (depth: number, stopped: Exploration['stopped']): Exploration => ({ found, states: seen.size, turns, depth, stopped })

  for (const begins of scene.beginnings) for (const course of openings(scene, begins)) visit(course, null, null, begins)
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at]
    if (node === undefined || found.size === scene.properties.length) break
    if (node.depth >= bounds.depth) return ended(node.depth, 'depth')
    if (seen.size >= bounds.states) return ended(node.depth, 'states')
    if (await isOver()) return ended(node.depth, 'time')
    if (node.tracker.session.state === 'ended' && !sessionDue(scene.project, node.tracker, 0)) continue
    for (const before of listened(scene, node)) {
      for (const heard of messagesIn(scene, before.tracker, bounds.level)) {
        for (const course of coursesOf(scene, before, heard)) visit(course, node, heard.message, node.begins)
      }
    }
    for (const property of leavable) noteStuck(scene, node, (stuck) => note(property, stuck))
    tell?.(seen.size, queue.length - at)
  }
  return ended(queue.at(-1)?.depth ?? 0, null)
}

/** What the session brings, then what is known of this user from elsewhere. */
const openings = (scene: Scene, begins: Filling): readonly Course[] => {
  const { project, properties } = scene
  const tracker = emptyTracker(project)
  const courses: Course[] = []
  follow(scene, wayFrom({ tracker, memories: properties.map(() => false) }), startSession(project, tracker), new Set(), courses)
  return courses.map((course) => ({ ...course, violated: [], tracker: foldDraft(course.tracker, begins.map(([name, value]) => ({ event: 'slot', name, value }))) }))
}

const cancel: Message = { lines: ['cancel flow'] }

/** Where a request is under way, cancelling must leave fewer of them: by induction each conversation can then be led back to none. */
const noteStuck = (scene: Scene, node: Node, note: (stuck: Node) => void): void => {
  const open = groupsOf(node.tracker.stack).length
  if (open === 0) return
  const heard: Heard = { message: cancel, commands: cleaned(scene.project, node.tracker, commandsOf(scene.project, node.tracker, cancel)) }
  const stuck = coursesOf(scene, wayFrom(node), heard).find(({ tracker }) => groupsOf(tracker.stack).length >= open)
  if (stuck !== undefined) note({ ...node, tracker: stuck.tracker, from: node, message: cancel, ends: stuck.ends, said: stuck.said, depth: node.depth + 1 })
}

/** Only the newest words can matter for what may come, and very many states are kept. */
const lean = (tracker: Tracker): Tracker =>
  ({ ...tracker, transcript: tracker.transcript.filter(({ who }) => who === 'bot').slice(-1), latestCommands: [], latestMessage: null, previousAnswers: [] })

const traceTo = (node: Node): Trace => {
  const moves: Move[] = []
  let at = node
  for (; at.from !== null; at = at.from) if (at.message !== null) moves.unshift({ message: at.message, ends: at.ends, said: at.said })
  return { begins: at.begins, opening: at.ends, moves, cancelled: groupsOf(node.from?.tracker.stack ?? [])[0]?.frame.flow_id ?? null }
}
