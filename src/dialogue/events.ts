import type { Button, SlotValue } from '../project/types.js'
import type { Command } from './commands.js'

/** Whose events those of a session are (calm-spec 11.1); written once, where the session begins. */
export type SessionMark = { readonly session_id: string; readonly assistant_id: string; readonly model_id: string }

/** What a bot message carries besides its text. */
export type BotData = {
  readonly buttons?: readonly Button[]
  readonly image?: string
  readonly attachment?: SlotValue
  readonly custom?: SlotValue
  readonly elements?: readonly SlotValue[]
  readonly quick_replies?: readonly SlotValue[]
}

/** Rasa's tracker events that CALM uses (calm-spec section 11.1). Plain JSON; no clock and no id in here. */
export type TrackerEvent =
  | { readonly event: 'user'; readonly text: string; readonly parse_data: { readonly commands: readonly Command[]; readonly [key: string]: unknown }; readonly input_channel?: string; readonly message_id?: string; readonly metadata?: Readonly<Record<string, SlotValue>> }
  | { readonly event: 'bot'; readonly text: string | null; readonly data: BotData; readonly metadata: { readonly utter_action?: string; readonly [key: string]: SlotValue | undefined } }
  | { readonly event: 'slot'; readonly name: string; readonly value: SlotValue }
  | { readonly event: 'reset_slots' }
  | { readonly event: 'action'; readonly name: string; readonly metadata?: Readonly<Record<string, SlotValue>> }
  | { readonly event: 'action_execution_rejected'; readonly name: string }
  /**
   * The engine waits for this action; `step_key` names the step execution for ever, `steps_left` is what the turn may still take.
   * Settled by the next `action` or `action_execution_rejected`.
   */
  | { readonly event: 'followup'; readonly name: string; readonly metadata: { readonly step_key: string; readonly steps_left: number } }
  /** The edge says which session it is, and what served it: the engine makes no id. */
  | { readonly event: 'session_started'; readonly metadata?: SessionMark }
  | { readonly event: 'session_ended'; readonly reason?: string }
  | { readonly event: 'restart' }
  | { readonly event: 'stack'; readonly update: string }
  /** `flow_hash` fingerprints the definition the conversation began with, so that a changed one is noticed. */
  | { readonly event: 'flow_started'; readonly flow_id: string; readonly metadata?: { readonly flow_hash: string } }
  | { readonly event: 'flow_completed' | 'flow_cancelled' | 'flow_interrupted' | 'flow_resumed'; readonly flow_id: string; readonly step_id: string }
  /** The form that is active, null where it has ended. */
  | { readonly event: 'active_loop'; readonly name: string | null }
  | { readonly event: 'routing_session_ended' }
  | { readonly event: 'pause' | 'resume' }
  /** Takes back the latest message, or the latest action, with all that followed. */
  | { readonly event: 'rewind' | 'undo' }
  /** Nobody has spoken for as long as the project says. The conversation goes on with the next message. */
  | { readonly event: 'conversation_inactive' }
  /** It does, in the same session as before but under a new id. */
  | { readonly event: 'conversation_resumed'; readonly metadata?: SessionMark }
  | { readonly event: 'session_paused'; readonly reason?: string }
  | { readonly event: 'reminder'; readonly intent: string; readonly date_time: string; readonly name?: string; readonly entities?: SlotValue; readonly kill_on_user_msg?: boolean }
  | { readonly event: 'cancel_reminder'; readonly name?: string | null; readonly intent?: string | null; readonly entities?: SlotValue }
  | { readonly event: InertEvent; readonly [field: string]: unknown }

/** Events of Rasa that are kept in the history and change nothing in flows: notes of channels, of older policies, of background agents. */
export type InertEvent =
  | 'entities' | 'export'
  | 'loop_interrupted' | 'form' | 'form_validation'
  | 'agent_started' | 'agent_completed' | 'agent_interrupted' | 'agent_cancelled' | 'agent_resumed'

/** An event as it lies in the store: the edge stamps it. */
export type Stored<E> = E & {
  readonly sequence: number
  /** Seconds since 1970, as Rasa writes them. */
  readonly timestamp: number
}
