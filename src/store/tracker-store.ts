import type { Stored, TrackerEvent } from '../dialogue/events.js'

/** The answer of a turn, kept beside its events so that a retry gets the same bytes. */
export type Receipt = { readonly key: string; readonly answer: string }

/**
 * A folded tracker as of `sequence`, so that loading does not read a long history again.
 * `format` names the fold that made it: a snapshot of another format is ignored, never trusted.
 */
export type Snapshot = { readonly sequence: number; readonly format: string; readonly state: string }

/** What a conversation is found by, besides its id, as of its newest event. */
export type Marks = {
  /** When something is to happen in it without a message, in seconds since 1970. */
  readonly due: number | null
  /** Who its user is. */
  readonly user: string | null
}
export const noMarks: Marks = { due: null, user: null }

/**
 * Events of conversations, numbered from 1 without gaps. Every append is one durable transaction:
 * events and receipt are all there after a crash, or none is (contract P1-P3).
 * Every method may throw StoreUnavailable and StoreCorrupt.
 */
export type TrackerStore = {
  /** Events with a sequence above `after` (0 = all), in order. */
  readonly read: (conversation: string, after?: number) => Promise<readonly Stored<TrackerEvent>[]>
  /**
   * Appends events numbered from `expected + 1`; resolves once they are durable. Throws ConversationMoved where `expected`
   * is not the last sequence, AlreadyAnswered where the conversation has that receipt key, StoreFull, WrongNumbering.
   */
  readonly append: (conversation: string, expected: number, events: readonly Stored<TrackerEvent>[], receipt?: Receipt, marks?: Marks) => Promise<void>
  /**
   * Puts `events`, numbered from 1, in the place of a history that ends at `expected`, as one durable transaction. Receipts stay:
   * a message that was answered stays answered. Throws ConversationMoved, StoreFull, WrongNumbering.
   */
  readonly replace: (conversation: string, expected: number, events: readonly Stored<TrackerEvent>[], marks?: Marks) => Promise<void>
  /** `key` is unique per conversation. */
  readonly receipt: (conversation: string, key: string) => Promise<Receipt | null>
  /** The newest snapshot, or null. */
  readonly snapshot: (conversation: string) => Promise<Snapshot | null>
  /** Keeps only the newest. A snapshot is a cache: losing it loses nothing. One past the end of the history is refused (WrongNumbering). */
  readonly keepSnapshot: (conversation: string, snapshot: Snapshot) => Promise<void>
  /** Ids, the one that spoke last first. */
  readonly conversations: (limit: number, offset: number) => Promise<readonly string[]>
  /** Ids of the conversations of one user, the one that spoke last first. */
  readonly conversationsOf: (user: string, limit: number, offset: number) => Promise<readonly string[]>
  /** Ids of conversations that are due at `now`, the longest overdue first. */
  readonly due: (now: number, limit: number) => Promise<readonly string[]>
  /** Removes events, receipts and snapshot of a conversation; false where there was none. */
  readonly forget: (conversation: string) => Promise<boolean>
  readonly close: () => Promise<void>
}
