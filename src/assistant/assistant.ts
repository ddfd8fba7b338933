import { checkedAnswer } from '../actions/answer.js'
import type { ActionRunner } from '../actions/runner.js'
import type { SessionMark, Stored, TrackerEvent } from '../dialogue/events.js'
import type { BotMessage, StepVisit } from '../dialogue/outcome.js'
import { sessionDue } from '../dialogue/session.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { emptyTracker, foldAll, type Tracker } from '../dialogue/tracker.js'
import type { Project, SlotValue } from '../project/types.js'
import type { Pick as PickVariation } from '../respond/render.js'
import type { ResponseServer } from '../respond/response-server.js'
import type { Search } from '../respond/search.js'
import { AlreadyAnswered, ConversationMoved } from '../store/errors.js'
import type { Receipt, TrackerStore } from '../store/tracker-store.js'
import type { Understander } from '../understand/understanding.js'
import { conversationLock } from './conversation-lock.js'
import { Draft, type Stamp } from './draft.js'
import { AssistantStopping, ConversationContended, MessageKeyReused, SessionIsOver } from './errors.js'
import { fingerprintOf, pickBy } from './keys.js'
import { silent, whereOf, type Log } from './log.js'
import { trackerCache, type TrackerCache } from './tracker-cache.js'
import type { TurnRecord } from './turn-record.js'
import { Turn, type Message, type TurnContext } from './turn.js'

export type AssistantParts = {
  readonly project: Project
  readonly store: TrackerStore
  readonly understander: Understander
  readonly actions: ActionRunner
  readonly search: Search
  /** Words the responses; without one they are said as the domain has them. */
  readonly responseServer?: ResponseServer
  /** Seconds since 1970. */
  readonly now: () => number
  /** A new id: for a session, and for a message that came without a key. */
  readonly newId: () => string
  readonly pick?: (conversation: string, sequence: number) => PickVariation
  readonly log?: Log
  readonly limits?: Partial<AssistantLimits>
}
export type AssistantLimits = {
  readonly understandMilliseconds: number
  /** Messages of one conversation that may wait behind the running one. */
  readonly waiting: number
  /** How often a turn is begun anew when other processes write to its conversation. */
  readonly attempts: number
}
const defaultLimits: AssistantLimits = { understandMilliseconds: 15_000, waiting: 32, attempts: 5 }

export type Incoming = {
  readonly conversation: string
  readonly text: string
  readonly channel: string
  /** Names the message for ever: sent again with the same key it gets the same answer, and nothing happens twice. */
  readonly messageKey?: string
  readonly metadata?: Readonly<Record<string, SlotValue>>
}
export type Answer = {
  readonly messages: readonly BotMessage[]
  /** As of the end of the conversation's newest turn. */
  readonly tracker: Tracker
  /** What this message added to the history: nothing when it was answered before. */
  readonly events: readonly Stored<TrackerEvent>[]
  /** Steps of flows that this message led through. */
  readonly visited: readonly StepVisit[]
  readonly isRepeated: boolean
}

/** One assistant over one store. It owns neither store nor understander: whoever opened them closes them. */
export class Assistant {
  readonly project: Project
  private readonly cache: TrackerCache
  private readonly lock
  private readonly limits: AssistantLimits
  private readonly log: Log
  /** One per running turn: a signal that outlives its turns would gather what each of them hung on it. */
  private readonly running = new Set<AbortController>()
  private stopping = false
  private halted = false

  constructor(private readonly parts: AssistantParts) {
    this.project = parts.project
    this.limits = { ...defaultLimits, ...parts.limits }
    this.log = parts.log ?? silent
    this.cache = trackerCache(parts.project, parts.store)
    this.lock = conversationLock(this.limits.waiting)
  }

  /**
   * One message, one answer. Resolves once every event of the turn is durable; a session that has ended for good gets
   * no answer and keeps nothing. Throws ConversationBusy, AssistantStopping,
   * MessageKeyReused, ConversationContended, and what the store throws; in all these cases the turn left no trace, or
   * (StoreUnavailable 'io-error') the same message key tells what became of it.
   */
  handle(incoming: Incoming): Promise<Answer> {
    if (this.stopping) return Promise.reject(new AssistantStopping())
    return this.lock.run(incoming.conversation, () => this.answer(incoming))
  }

  /** The state of a conversation as this process knows it: newest where no other process writes to the store. */
  tracker(conversation: string): Promise<Tracker> {
    return this.lock.run(conversation, () => this.cache.load(conversation))
  }

  /**
   * Adds events that did not come from a turn: an operator's correction, a fixture. They are checked as those of an action
   * are (ActionFailed 'invalid-answer' where they are wrong). Throws SessionIsOver, ConversationContended, and what the store throws.
   */
  note(conversation: string, given: unknown): Promise<Pick<Answer, 'messages' | 'tracker'>> {
    return this.amended(conversation, async (before) => {
      const { events = [] } = checkedAnswer(this.project, 'this request', { events: given })
      const draft = new Draft(before, this.stamp)
      for (const event of events) draft.add(event)
      return draft
    })
  }

  /** Adds what a user said without answering it: somebody else, an operator perhaps, does. Throws as `note` does. */
  async hear({ conversation, text, channel, messageKey = this.parts.newId(), metadata = {} }: Incoming): Promise<Tracker> {
    const { tracker } = await this.amended(conversation, async (before) => {
      const draft = new Draft(before, this.stamp)
      draft.add({ event: 'user', text, parse_data: { commands: [] }, input_channel: channel, message_id: messageKey, metadata })
      return draft
    })
    return tracker
  }

  /** Says a response or runs a custom action in a conversation, outside its flows. Throws as `note` does, and ActionFailed and ActionRejected. */
  async execute(conversation: string, action: string, channel: string): Promise<Pick<Answer, 'messages' | 'tracker'>> {
    const message: Message = { conversation, text: '', channel, metadata: {}, key: this.parts.newId() }
    return this.amended(conversation, async (before) => {
      const turn = new Turn(this.context(conversation, new AbortController().signal), message, before)
      await turn.execute(action)
      return turn.draft
    })
  }

  /**
   * Puts another history in the place of a conversation's own. Throws what folding it throws, and ConversationContended: then the old
   * one stays.
   */
  async replace(conversation: string, events: readonly Stored<TrackerEvent>[]): Promise<Tracker> {
    if (this.stopping) throw new AssistantStopping()
    return this.lock.run(conversation, async () => {
      const tracker = foldAll(emptyTracker(this.project), events)
      const { sequence } = await this.cache.load(conversation)
      this.cache.drop(conversation)
      await this.parts.store.replace(conversation, sequence, events).catch((error: unknown) => {
        throw error instanceof ConversationMoved ? new ConversationContended(1) : error
      })
      return tracker
    })
  }

  /** What a message would be understood as at the very beginning of a conversation; nothing is kept. Throws what the model throws. */
  async parse(text: string): Promise<Pick<TurnRecord, 'commands' | 'source' | 'understanding'>> {
    const tracker = emptyTracker(this.project)
    const known = shortcut(this.project, tracker, text)
    if (known.kind === 'commands') return { commands: known.commands, source: 'shortcut', understanding: null }
    const limit = AbortSignal.timeout(this.limits.understandMilliseconds)
    const understanding = await this.parts.understander.understand(this.project, tracker, known.text, limit)
    return { commands: understanding.commands, source: 'model', understanding }
  }

  /** Removes a conversation; false where there was none. */
  forget(conversation: string): Promise<boolean> {
    return this.lock.run(conversation, async () => {
      this.cache.drop(conversation)
      return this.parts.store.forget(conversation)
    })
  }

  get isStopping(): boolean {
    return this.stopping
  }

  get runningConversations(): number {
    return this.lock.running()
  }

  /** Begins no more turns, waits for the running ones, and after `graceMilliseconds` tells model and actions to stop. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.stopping = true
    const timer = setTimeout(() => {
      this.halted = true
      for (const turn of this.running) turn.abort(new AssistantStopping())
    }, graceMilliseconds)
    await this.lock.idle()
    clearTimeout(timer)
  }

  private async answer({ conversation, text, channel, messageKey, metadata = {} }: Incoming): Promise<Answer> {
    const { store, newId } = this.parts
    const message: Message = { conversation, text, channel, metadata, key: messageKey ?? newId() }
    const fingerprint = fingerprintOf(text, metadata)
    for (let attempt = 1; attempt <= this.limits.attempts; attempt += 1) {
      if (messageKey !== undefined) {
        const receipt = await store.receipt(conversation, messageKey)
        if (receipt) return this.repeated(conversation, receipt, fingerprint)
      }
      const before = await this.cache.load(conversation)
      if (before.session.state === 'ended' && !sessionDue(this.project, before, this.parts.now())) return { messages: [], tracker: before, events: [], visited: [], isRepeated: false }
      const { draft, visited } = await this.run(message, before)
      // Stopped in its middle, a turn is not what it would have been: it is left out, and the client asks again.
      if (this.halted) throw new AssistantStopping()
      const { tracker, events, messages } = draft
      const receipt = messageKey === undefined ? undefined : { key: messageKey, answer: JSON.stringify({ fingerprint, messages }) }
      if (!await this.stored(conversation, draft, before, receipt)) continue
      this.readAhead(tracker)
      return { messages, tracker, events, visited, isRepeated: false }
    }
    throw new ConversationContended(this.limits.attempts)
  }

  /** One append for all events. False where somebody else was faster: what was drafted is then for a history that is past. */
  private async stored(conversation: string, { tracker, events }: Draft, before: Tracker, receipt?: Receipt): Promise<boolean> {
    try {
      await this.parts.store.append(conversation, before.sequence, events, receipt)
    } catch (error) {
      this.cache.drop(conversation)
      if (!(error instanceof ConversationMoved || error instanceof AlreadyAnswered)) throw error
      this.log({ level: 'info', event: 'conversation-moved' })
      return false
    }
    this.cache.keep(conversation, tracker)
    return true
  }

  /** While the user reads, the model may already read what the next message will be seen with. Only a gain of time: its failure is none. */
  private readAhead(tracker: Tracker): void {
    this.parts.understander.readAhead?.(this.project, tracker).catch((error: unknown) => this.log({ level: 'debug', event: 'read-ahead-failed', ...whereOf(error) }))
  }

  private async repeated(conversation: string, { key, answer }: Receipt, fingerprint: string): Promise<Answer> {
    const kept = JSON.parse(answer) as { readonly fingerprint: string; readonly messages: readonly BotMessage[] }
    if (kept.fingerprint !== fingerprint) throw new MessageKeyReused(key)
    return { messages: kept.messages, tracker: await this.cache.load(conversation), events: [], visited: [], isRepeated: true }
  }

  private get stamp(): Stamp {
    const { now, newId, project, understander } = this.parts
    return { now, newSession: (): SessionMark => ({ session_id: newId(), assistant_id: project.config.assistantId, model_id: understander.modelVersion }) }
  }

  private context(conversation: string, signal: AbortSignal): TurnContext {
    const { pick = pickBy, store, ...parts } = this.parts
    return {
      ...parts, ...this.stamp, pick, log: this.log, understandMilliseconds: this.limits.understandMilliseconds, signal,
      history: () => store.read(conversation),
    }
  }

  /** A change that is no turn: drafted from the newest state, again where another process was faster. */
  private async amended(conversation: string, change: (before: Tracker) => Promise<Draft>): Promise<Draft> {
    if (this.stopping) throw new AssistantStopping()
    return this.lock.run(conversation, async () => {
      for (let attempt = 1; attempt <= this.limits.attempts; attempt += 1) {
        const before = await this.cache.load(conversation)
        if (before.session.state === 'ended') throw new SessionIsOver()
        const draft = await change(before)
        if (await this.stored(conversation, draft, before)) return draft
      }
      throw new ConversationContended(this.limits.attempts)
    })
  }

  /** A mistake in our own code must not lose the conversation: the turn is made again, straight into the error pattern. */
  private async run(message: Message, before: Tracker): Promise<Turn> {
    const halt = new AbortController()
    this.running.add(halt)
    const context = this.context(message.conversation, halt.signal)
    try {
      const turn = new Turn(context, message, before)
      await turn.run()
      return turn
    } catch (error) {
      this.log({ level: 'error', event: 'turn-failed', ...whereOf(error) })
      const excuse = new Turn(context, message, before)
      await excuse.run(true)
      return excuse
    } finally {
      this.running.delete(halt)
    }
  }
}
