import type { ActionRunner } from '../actions/runner.js'
import type { Project } from '../project/types.js'
import type { Pick as PickVariation } from '../respond/render.js'
import type { ResponseServer } from '../respond/response-server.js'
import type { Search } from '../respond/search.js'
import type { TrackerStore } from '../store/tracker-store.js'
import type { Understander } from '../understand/understanding.js'
import type { Log } from './log.js'

export type AssistantParts = {
  readonly project: Project
  readonly store: TrackerStore
  readonly understander: Understander
  readonly actions: ActionRunner
  readonly search: Search
  /** Words the responses; without one they are said as the domain has them. */
  readonly responseServer?: ResponseServer
  /** Seconds since 1970. */
  readonly now: () => number
  /** A new id: for a session, and for a message that came without a key. */
  readonly newId: () => string
  readonly pick?: (conversation: string, sequence: number) => PickVariation
  readonly log?: Log
  readonly limits?: Partial<AssistantLimits>
}
export type AssistantLimits = {
  readonly understandMilliseconds: number
  /** Messages of one conversation that may wait behind the running one. */
  readonly waiting: number
  /** How often a turn is begun anew when other processes write to its conversation. */
  readonly attempts: number
}
export const defaultLimits: AssistantLimits = { understandMilliseconds: 15_000, waiting: 32, attempts: 5 }
