import type { BotMessage } from '../dialogue/outcome.js'
import type { TrackerStore } from '../store/tracker-store.js'
import type { Assistant } from './assistant.js'
import { whereOf, type Log } from './log.js'

/** Somebody has been told something without asking; the channel is the one of their latest message. */
export type Deliver = (conversation: string, channel: string, messages: readonly BotMessage[]) => Promise<void>
export type TimekeeperParts = {
  readonly assistant: Pick<Assistant, 'wake'>
  readonly store: Pick<TrackerStore, 'due'>
  readonly deliver: Deliver
  /** Seconds since 1970. */
  readonly now: () => number
  readonly log: Log
}

/** Conversations that are woken in one look at the clock; the rest follows with the next. */
const mostAtOnce = 100
/** A conversation that cannot be woken is left alone for a while: the others must not wait for it. */
const secondsAfterFailure = 60

/**
 * Wakes conversations in which something is due: reminders, and sessions in which nobody speaks. What is due lies in the store with the
 * events, so a crash loses none: what has come due in the meantime is found by the first look.
 */
export class Timekeeper {
  private readonly failed = new Map<string, number>()
  private timer: NodeJS.Timeout | null = null
  private looking: Promise<void> = Promise.resolve()
  private stopped = false

  constructor(private readonly parts: TimekeeperParts) {}

  /** Looks now, and again `pauseMilliseconds` after each look. */
  start(pauseMilliseconds = 1_000): void {
    this.looking = this.look().catch((error: unknown) => this.parts.log({ level: 'error', event: 'timers-unreadable', ...whereOf(error) })).finally(() => {
      if (!this.stopped) this.timer = setTimeout(() => this.start(pauseMilliseconds), pauseMilliseconds).unref()
    })
  }

  /** One look at the clock. Throws what the store throws. */
  async look(): Promise<void> {
    const { assistant, store, deliver, now, log } = this.parts
    for (const conversation of await store.due(now(), mostAtOnce + this.failed.size)) {
      if (this.stopped) return
      if ((this.failed.get(conversation) ?? 0) > now()) continue
      try {
        const { messages, channel } = await assistant.wake(conversation)
        this.failed.delete(conversation)
        if (messages.length > 0) await deliver(conversation, channel, messages)
      } catch (error) {
        this.failed.set(conversation, now() + secondsAfterFailure)
        log({ level: 'error', event: 'wake-failed', ...whereOf(error) })
      }
    }
  }

  async stop(): Promise<void> {
    this.stopped = true
    if (this.timer !== null) clearTimeout(this.timer)
    await this.looking
  }
}
