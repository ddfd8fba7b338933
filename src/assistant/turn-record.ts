import type { Command } from '../dialogue/commands.js'
import type { Heard } from '../dialogue/heard.js'
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
  /** What an NLU model heard, in Rasa's words. */
  readonly intent?: Heard['intent']
  readonly intent_ranking?: Heard['ranking']
  readonly entities?: Heard['entities']
  /** The question of a retrieval intent, such as `faq/hours`. */
  readonly full_retrieval_intent?: string
  readonly model_version: string
  readonly project_version: string
  /** Absent where all held. */
  readonly violations?: readonly Violation[]
  /** Wall time; `total` ends before the turn is stored. */
  readonly milliseconds: { readonly understanding: number; readonly actions: number; readonly total: number }
}

export const heardJson = ({ intent, ranking, entities, retrieval }: Heard): Pick<TurnRecord, 'intent' | 'intent_ranking' | 'entities' | 'full_retrieval_intent'> =>
  ({ intent, intent_ranking: ranking.slice(0, 10), entities, ...(retrieval !== null && { full_retrieval_intent: retrieval }) })
