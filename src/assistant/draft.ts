import type { Stored, TrackerEvent } from '../dialogue/events.js'
import type { BotMessage } from '../dialogue/outcome.js'
import { fold, type Tracker } from '../dialogue/tracker.js'

/** A turn as far as it has come: events stamped and folded, none of them stored. */
export class Draft {
  readonly events: Stored<TrackerEvent>[] = []
  readonly messages: BotMessage[] = []

  constructor(private current: Tracker, private readonly now: () => number) {}

  get tracker(): Tracker {
    return this.current
  }

  add(event: TrackerEvent): void {
    const stored: Stored<TrackerEvent> = { ...event, sequence: this.current.sequence + 1, timestamp: this.now() }
    this.current = fold(this.current, stored)
    this.events.push(stored)
    if (event.event === 'bot') this.messages.push({ text: event.text, data: event.data, metadata: event.metadata })
  }

  /** Exchanges an event of this turn for one that folds the same: the record of a turn is complete only at its end. */
  rewrite(index: number, event: TrackerEvent): void {
    const old = this.events[index]
    if (old) this.events[index] = { ...event, sequence: old.sequence, timestamp: old.timestamp }
  }
}
