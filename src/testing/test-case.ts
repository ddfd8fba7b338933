import type { ActionAnswer } from '../actions/action.js'
import type { Command } from '../dialogue/commands.js'
import type { Place, SlotValue } from '../project/types.js'
import type { Check } from './check.js'

/** One message of the user, and what must have happened once the assistant has answered it. */
export type TestTurn = {
  /** Null for the expectations before the first message: they judge the start of the session. */
  readonly user: UserStep | null
  readonly checks: readonly Check[]
  /** `assertion_order_enabled`: each check must be met at or after the place where the one before was met. */
  readonly ordered: boolean
  readonly place: Place
}
export type UserStep = {
  readonly text: string
  /** What the model ought to say; null where the file does not tell. An empty list means that nothing is to be understood. */
  readonly commands: readonly Command[] | null
  readonly metadata: Readonly<Record<string, SlotValue>>
  readonly place: Place
}
/** Answers in the order in which the action is run; the last one goes for all further runs. */
export type Stub = readonly (ActionAnswer | 'fails')[]
export type Fixture = { readonly slot: string; readonly value: SlotValue }

export type TestCase = {
  readonly name: string
  readonly file: string
  readonly fixtures: readonly Fixture[]
  readonly turns: readonly TestTurn[]
  /** Answers that stand in for custom actions, by action name. */
  readonly stubs: ReadonlyMap<string, Stub>
  readonly place: Place
}
