import type { Command } from '../dialogue/commands.js'
import { step } from '../dialogue/engine.js'
import type { TrackerEvent } from '../dialogue/events.js'
import { isViolatedAtEnd, isViolation, remembered, type Memory } from '../dialogue/monitor.js'
import type { Effect, Outcome } from '../dialogue/outcome.js'
import { actionsOfEveryTurn } from '../dialogue/session.js'
import { foldDraft, type Tracker } from '../dialogue/tracker.js'
import type { Heard } from './messages.js'
import type { Filling, Scene } from './scene.js'
import { stateKey } from './state-key.js'

/** How an action ended: it filled slots, perhaps none, or it failed. */
export type ActionEnd = { readonly action: string; readonly filling: Filling | null }

/** A response that was said, or an action that was run. */
export type Said = { readonly response: string } | ActionEnd

/** A conversation at one point, as far as it matters for what may come. */
export type State = {
  readonly tracker: Tracker
  /** One for each property of the scene. */
  readonly memories: readonly Memory[]
}
/** One way in which a turn may go: it depends on what the actions do. */
export type Course = State & {
  readonly ends: readonly ActionEnd[]
  /** Properties that were violated in it, by their number. */
  readonly violated: readonly number[]
  /** Responses and actions in order, the latter with what they did. */
  readonly said: readonly Said[]
}

type Way = { -readonly [K in keyof Course]: Course[K] } & { hasAnswered: boolean; unfolded: TrackerEvent[] }
type Run = Extract<Effect, { readonly effect: 'run' }>

/** The user event, and the actions that run before every message is understood: what a message is heard in. */
export const listened = (scene: Scene, state: State): readonly Course[] =>
  actionsOfEveryTurn(scene.project, state.tracker).reduce<readonly Course[]>((ways, action) => ways.flatMap((way) => [
    { ...way, ends: [...way.ends, { action, filling: null }] },
    ...scene.fillings(action).map((filling) => {
      const copy = wayFrom(way)
      add(scene, copy, { event: 'action', name: action })
      for (const [name, value] of filling) add(scene, copy, { event: 'slot', name, value })
      copy.ends = [...copy.ends, { action, filling }]
      return courseOf(copy)
    }),
  ]), [{ ...state, ends: [], violated: [], said: [] }])

/** All courses of one turn of the real engine. */
export const coursesOf = (scene: Scene, before: Course, { message, commands }: Heard): readonly Course[] => {
  const way = wayFrom(before)
  const text = 'text' in message ? message.text : message.lines.join(', ')
  add(scene, way, { event: 'user', text, parse_data: { commands } })
  const courses: Course[] = []
  // An action that is asked for again in the same turn, with nothing changed, leads where it led before: loops end here.
  const seen = new Set<string>()
  follow(scene, way, step(scene.project, settled(way).tracker, commands), seen, courses)
  return courses
}

export const wayFrom = (state: State & Partial<Course>): Way => ({
  tracker: state.tracker, memories: state.memories, ends: state.ends ?? [], violated: state.violated ?? [], said: state.said ?? [], hasAnswered: false, unfolded: [],
})

/** Goes on from an outcome until the engine listens, once for each end that an action may come to. */
export const follow = (scene: Scene, way: Way, outcome: Outcome, seen: Set<string>, courses: Course[]): void => {
  const run = apply(scene, way, outcome)
  if (run === null) {
    courses.push(finish(scene, way))
    return
  }
  const key = `${stateKey(scene.values, settled(way))} ${run.action} ${way.violated.join()} ${way.hasAnswered}`
  if (seen.has(key)) return
  seen.add(key)
  for (const end of endsOf(scene, run.action)) {
    const copy: Way = { ...way, ends: [...way.ends, end], said: [...way.said, end], unfolded: [] }
    const commands = endWith(scene, copy, end)
    follow(scene, copy, step(scene.project, settled(copy).tracker, commands), seen, courses)
  }
}

const endsOf = (scene: Scene, action: string): readonly ActionEnd[] => {
  if (action === 'action_trigger_search' && !scene.project.actions.has(action)) return [{ action, filling: [] }, { action, filling: null }]
  return [...scene.fillings(action).map((filling) => ({ action, filling })), { action, filling: null }]
}

/** Adds what the action did, as the assistant would, and gives back the commands with which the engine goes on. */
const endWith = (scene: Scene, way: Way, { action, filling }: ActionEnd): readonly Command[] => {
  const isSearch = action === 'action_trigger_search' && !scene.project.actions.has(action)
  if (filling === null && !isSearch) return [{ command: 'error', error_type: 'rasa_internal_error_default', info: { cause: 'action', action } }]
  add(scene, way, { event: 'action', name: action })
  for (const [name, value] of filling ?? []) add(scene, way, { event: 'slot', name, value })
  if (filling === null) return [{ command: 'cannot handle', reason: 'cannot_handle_no_relevant_answer' }]
  if (isSearch) {
    add(scene, way, { event: 'bot', text: 'an answer', data: {}, metadata: { utter_action: action } })
    way.hasAnswered = true
  }
  return []
}

/** As the assistant applies an outcome: events in order, answers at their places between them. */
const apply = (scene: Scene, way: Way, { events, effects }: Outcome): Run | null => {
  let done = 0
  let run: Run | null = null
  for (const effect of effects) {
    for (const event of events.slice(done, effect.at)) add(scene, way, event)
    done = Math.max(done, effect.at)
    if (effect.effect === 'run') run = effect
    else {
      way.hasAnswered = true
      if (effect.effect === 'say') {
        way.said = [...way.said, { response: effect.response }]
        add(scene, way, { event: 'bot', text: effect.response, data: {}, metadata: { utter_action: effect.response } })
      } else for (const message of effect.messages) add(scene, way, { event: 'bot', ...message })
    }
  }
  for (const event of events.slice(done)) add(scene, way, event)
  return run
}

/** Events gather until somebody looks at the state: most of a turn is folded at once. */
const add = (scene: Scene, way: Way, event: TrackerEvent): void => {
  const seen = { project: scene.project, get tracker() { return settled(way).tracker } }
  scene.properties.forEach((property, at) => {
    if (isViolation(property, way.memories[at] ?? false, event, seen)) note(way, at)
  })
  if (scene.hasMemory) way.memories = scene.properties.map((property, at) => remembered(property, way.memories[at] ?? false, event))
  way.unfolded.push(event)
}

const settled = (way: Way): Way => {
  if (way.unfolded.length === 0) return way
  way.tracker = foldDraft(way.tracker, way.unfolded)
  way.unfolded = []
  return way
}

const note = (way: Way, property: number): void => {
  if (!way.violated.includes(property)) way.violated = [...way.violated, property]
}

const finish = ({ project, properties }: Scene, way: Way): Course => {
  const { tracker } = settled(way)
  properties.forEach((property, at) => {
    if (isViolatedAtEnd(property, { commands: tracker.latestCommands, hasAnswered: way.hasAnswered }, { project, tracker })) note(way, at)
  })
  return courseOf(way)
}

const courseOf = (way: Way): Course => {
  const { tracker, memories, ends, violated, said } = settled(way)
  return { tracker, memories, ends, violated, said }
}
