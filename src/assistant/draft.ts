import type { Stored, TrackerEvent } from '../dialogue/events.js'
import type { BotMessage } from '../dialogue/outcome.js'
import { foldAll, type Tracker } from '../dialogue/tracker.js'

/** A turn as far as it has come: events stamped and folded, none of them stored. */
export class Draft {
  readonly events: Stored<TrackerEvent>[] = []
  readonly messages: BotMessage[] = []

  private folded: Tracker
  /** Events that `folded` already holds. */
  private known = 0

  constructor(private readonly before: Tracker, private readonly now: () => number) {
    this.folded = before
  }

  /** As of the newest event. Folding waits until somebody asks: one copy of the tracker for a batch of events. */
  get tracker(): Tracker {
    if (this.known < this.events.length) {
      this.folded = foldAll(this.folded, this.events.slice(this.known))
      this.known = this.events.length
    }
    return this.folded
  }

  add(event: TrackerEvent): void {
    const previous = this.events.at(-1)?.sequence ?? this.before.sequence
    this.events.push({ ...event, sequence: previous + 1, timestamp: this.now() })
    if (event.event === 'bot') this.messages.push({ text: event.text, data: event.data, metadata: event.metadata })
  }

  /** Exchanges an event of this turn for one that tells more of the same: the record of a turn is complete only at its end. */
  rewrite(index: number, event: TrackerEvent): void {
    const old = this.events[index]
    if (!old) return
    this.events[index] = { ...event, sequence: old.sequence, timestamp: old.timestamp }
    this.folded = this.before
    this.known = 0
  }
}
