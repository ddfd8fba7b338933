import type { BotData, TrackerEvent } from '../dialogue/events.js'
import type { SlotValue } from '../project/types.js'

/** What a custom action is told. */
export type ActionRequest = {
  readonly action: string
  readonly conversation: string
  readonly slots: Readonly<Record<string, SlotValue>>
  /** The same for every attempt at this step, for ever: hand it to whatever must happen once. */
  readonly idempotencyKey: string
  readonly signal: AbortSignal
}
/** A bot message of an action: a named response with extra variables, or a text of its own. */
export type ActionMessage =
  | { readonly utter: string; readonly variables?: Readonly<Record<string, SlotValue>> }
  | { readonly text: string; readonly data?: BotData }
export type ActionAnswer = { readonly events?: readonly TrackerEvent[]; readonly messages?: readonly ActionMessage[] }

/** Business code behind a step `action: action_...`. Throwing leads the conversation into pattern_internal_error. */
export type Action = (request: ActionRequest) => ActionAnswer | Promise<ActionAnswer>
/** What a module in the project's `actions/` folder exports as `actions`. */
export type Actions = Readonly<Record<string, Action>>

/** The event that fills a slot; `null` empties it. */
export const setSlot = (name: string, value: SlotValue): TrackerEvent => ({ event: 'slot', name, value })
