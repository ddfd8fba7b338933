import type { Stored } from '../dialogue/events.js'
import type { TrackerEvent } from '../dialogue/events.js'

/** The answer of a turn, kept beside its events so that a retry gets the same bytes. */
export type Receipt = { readonly key: string; readonly answer: string }

/**
 * Events of conversations, numbered from 1 without gaps. Every append is one durable transaction:
 * events and receipt are all there after a crash, or none is (contract P1-P3).
 */
export type TrackerStore = {
  /** Events with a sequence above `after` (0 = all), in order. */
  readonly read: (conversation: string, after?: number) => Promise<readonly Stored<TrackerEvent>[]>
  /**
   * Appends events numbered from `expected + 1`. Throws ConversationMoved where `expected` is not the last sequence.
   * `receipt.key` is unique per conversation.
   */
  readonly append: (conversation: string, expected: number, events: readonly Stored<TrackerEvent>[], receipt?: Receipt) => Promise<void>
  readonly receipt: (conversation: string, key: string) => Promise<Receipt | null>
  readonly conversations: (limit: number, offset: number) => Promise<readonly string[]>
  readonly forget: (conversation: string) => Promise<boolean>
  readonly close: () => Promise<void>
}
