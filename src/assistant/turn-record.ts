import type { Command } from '../dialogue/commands.js'
import type { Understanding } from '../understand/understanding.js'

/** A property of the project that did not hold, and the event at which it was noticed. */
export type Violation = { readonly property: string; readonly on: string; /** The action was kept from running. */ readonly blocked: boolean }

/** `parse_data` of a user event: why the assistant did what it did. Read by the inspector, by feedback and by training. */
export type TurnRecord = {
  readonly commands: readonly Command[]
  /** Who found the commands: the model; a rule, button or slash command; or nobody, because the model failed. */
  readonly source: 'model' | 'shortcut' | 'failure'
  /** What the model made of it, null where it was not asked. */
  readonly understanding: Understanding | null
  readonly model_version: string
  readonly project_version: string
  /** Absent where all held. */
  readonly violations?: readonly Violation[]
  /** Wall time; `total` ends before the turn is stored. */
  readonly milliseconds: { readonly understanding: number; readonly actions: number; readonly total: number }
}
