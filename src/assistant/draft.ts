import type { SessionMark, Stored, TrackerEvent } from '../dialogue/events.js'
import type { BotMessage } from '../dialogue/outcome.js'
import { isReverting } from '../dialogue/reverting.js'
import { foldAll, type Tracker } from '../dialogue/tracker.js'
import type { TurnRecord } from './turn-record.js'

/** What the edge adds to events: the engine has neither a clock nor ids. */
export type Stamp = {
  /** Seconds since 1970. */
  readonly now: () => number
  /** Called once for each session that begins. Without it sessions have no mark: a test does not look at them. */
  readonly newSession?: () => SessionMark
}

/** A turn as far as it has come: events stamped and folded, none of them stored. */
export class Draft {
  readonly events: Stored<TrackerEvent>[] = []
  readonly messages: BotMessage[] = []

  private folded: Tracker
  /** Events that `folded` already holds. */
  private known = 0
  /** Where folding begins, and what goes before the events of this turn: the whole history once something is taken back. */
  private start: { readonly tracker: Tracker; readonly events: readonly Stored<TrackerEvent>[] }

  constructor(private readonly before: Tracker, private readonly stamp: Stamp) {
    this.folded = before
    this.start = { tracker: before, events: [] }
  }

  /** As of the newest event. Folding waits until somebody asks: one copy of the tracker for a batch of events. */
  get tracker(): Tracker {
    if (this.known < this.events.length) {
      const added = this.events.slice(this.known)
      this.folded = added.some(isReverting) ? this.foldedAnew() : foldAll(this.folded, added)
      this.known = this.events.length
    }
    return this.folded
  }

  add(event: TrackerEvent): void {
    const previous = this.events.at(-1)?.sequence ?? this.before.sequence
    const { now, newSession } = this.stamp
    const marked = (event.event === 'session_started' || event.event === 'conversation_resumed') && newSession ? { ...event, metadata: newSession() } : event
    this.events.push(stamped(marked, previous + 1, now()))
    if (event.event === 'bot') this.messages.push({ text: event.text, data: event.data, metadata: event.metadata })
  }

  /** Exchanges an event of this turn for one that knows more: what a message was understood as. */
  rewrite(index: number, event: TrackerEvent): void {
    const old = this.events[index]
    if (!old) return
    this.events[index] = stamped(event, old.sequence, old.timestamp)
    this.folded = this.foldedAnew()
    this.known = this.events.length
  }

  /** To be called before an event is added that takes others back: `empty` and what is stored since. */
  recall(empty: Tracker, events: readonly Stored<TrackerEvent>[]): void {
    this.start = { tracker: empty, events }
  }

  private foldedAnew(): Tracker {
    return foldAll(this.start.tracker, [...this.start.events, ...this.events])
  }

  /** Adds to the record of a message what no tracker knows: nothing is folded again. */
  annotate(index: number, facts: Pick<TurnRecord, 'milliseconds' | 'violations'>): void {
    const event = this.events[index]
    if (event?.event === 'user') this.events[index] = { ...event, parse_data: { ...event.parse_data, ...facts } }
  }
}

/** A change that is no turn. */
export const draftOf = (before: Tracker, stamp: Stamp, events: readonly TrackerEvent[]): Draft => {
  const draft = new Draft(before, stamp)
  for (const event of events) draft.add(event)
  return draft
}

/** Copied before it is stamped: a literal that spreads an event and adds to it is four times slower. */
const stamped = (event: TrackerEvent, sequence: number, timestamp: number): Stored<TrackerEvent> => Object.assign({ ...event }, { sequence, timestamp })
