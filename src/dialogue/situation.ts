import type { Project, SlotType, SlotValue } from '../project/types.js'
import type { Line, Tracker } from './tracker.js'

/** A slot of the active flow as the model sees it. */
export type SituationSlot = {
  readonly name: string
  readonly type: SlotType
  readonly value: SlotValue
  readonly description: string | null
  /** Allowed values of a categorical slot. */
  readonly values: readonly string[]
}

/** All that the model may know of a conversation before it reads the next message. */
export type Situation = {
  /** The active user flow; while a called flow runs, the calling one. */
  readonly flow: string | null
  /** The slot being asked for, in patterns too. */
  readonly asked: string | null
  /** The topmost pattern other than pattern_collect_information. */
  readonly pattern: string | null
  /** Collect slots of the active flow and of those it calls, each once, in the order of the file. */
  readonly slots: readonly SituationSlot[]
  /** User flows waiting below the active one, topmost first. */
  readonly interrupted: readonly string[]
  /** Flows offered by the clarification that was just asked. */
  readonly options: readonly string[]
  readonly transcript: readonly Line[]
}

export const situationOf = (_project: Project, _tracker: Tracker): Situation => { throw new Error('situationOf is being written') }
