import type { Project, Slot } from '../project/types.js'
import type { Tracker } from './tracker.js'

/** The commands that clean-up would keep in this state, and no others: what a constrained decoder may write. */
export type LegalCommands = {
  /** Flows that may start or be resumed now, in the order of the project. */
  readonly startable: readonly string[]
  /** Slots that may be filled or corrected without starting anything. */
  readonly settable: ReadonlyMap<string, Slot>
  /** For each startable flow, the slots that may be filled together with starting it. */
  readonly settableWith: ReadonlyMap<string, ReadonlyMap<string, Slot>>
  readonly cancel: boolean
  /** `disambiguate flows` over two or more of the startable flows. */
  readonly clarify: boolean
  readonly skip: boolean
  readonly repeat: boolean
  readonly chitchat: boolean
  readonly knowledge: boolean
  readonly handoff: boolean
  readonly cannotHandle: boolean
}

export const legalCommands = (_project: Project, _tracker: Tracker): LegalCommands => { throw new Error('legalCommands is being written') }
