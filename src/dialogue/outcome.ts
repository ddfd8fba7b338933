import type { Place, SlotValue } from '../project/types.js'
import type { BotData, TrackerEvent } from './events.js'

export type BotMessage = { readonly text: string | null; readonly data: BotData; readonly metadata: { readonly utter_action?: string; readonly [key: string]: SlotValue | undefined } }

/** What the edge is to do. `at` = how many of the outcome's events precede it: fold those first, then render or run. */
export type Effect =
  /** Render this response with the slots as they are then; `context` is `context.*` of Jinja templates, `variables` go over slots in `{name}`. */
  | { readonly effect: 'say'; readonly response: string; readonly context: Readonly<Record<string, SlotValue>>; readonly variables: Readonly<Record<string, SlotValue>>; readonly at: number }
  /** Say these messages again, word for word. */
  | { readonly effect: 'repeat'; readonly messages: readonly BotMessage[]; readonly at: number }
  /** Run the custom action, append `{event:'action', name}` and its own events, then call `step(project, tracker, [])`. Always the last effect. */
  | { readonly effect: 'run'; readonly action: string; readonly stepKey: string; readonly at: number }

/** Something wrong in the project, met while running: for the log. */
export type Fault = {
  readonly code: 'step-budget' | 'call-cycle' | 'stale-step' | 'no-way-to-ask' | 'bad-template' | 'bad-condition' | 'unknown-action'
  readonly message: string
  readonly flow: string
  readonly step: string
  readonly place: Place | null
}

export type StepVisit = { readonly flow: string; readonly step: string }

export type Outcome = {
  readonly events: readonly TrackerEvent[]
  readonly effects: readonly Effect[]
  /** `listen`: the turn is over. `continue`: run the action, then step again. `ended`: the session is closed for good. */
  readonly next: 'listen' | 'continue' | 'ended'
  /** Every step entered, in order: for coverage and for drawing. */
  readonly visited: readonly StepVisit[]
  readonly faults: readonly Fault[]
}
