import { checkedAnswer } from '../actions/answer.js'
import type { SessionMark, Stored, TrackerEvent } from '../dialogue/events.js'
import type { BotMessage, StepVisit } from '../dialogue/outcome.js'
import { sessionDue } from '../dialogue/session.js'
import { dueAt, inactiveAt } from '../dialogue/due.js'
import { messageOf, type Reminder } from '../dialogue/reminders.js'
import { isReverting } from '../dialogue/reverting.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { emptyTracker, foldAll, type Tracker } from '../dialogue/tracker.js'
import type { Project, SlotValue } from '../project/types.js'
import { AlreadyAnswered, ConversationMoved } from '../store/errors.js'
import type { Marks, Receipt } from '../store/tracker-store.js'
import { conversationLock } from './conversation-lock.js'
import { Draft, draftOf, type Stamp } from './draft.js'
import { AssistantStopping, ConversationContended, MessageKeyReused, SessionIsOver } from './errors.js'
import { fingerprintOf, pickBy } from './keys.js'
import { silent, whereOf, type Log } from './log.js'
import { defaultLimits, type AssistantLimits, type AssistantParts } from './parts.js'
import { predict, type Prediction } from './predict.js'
import { trackerCache, type TrackerCache } from './tracker-cache.js'
import type { TurnRecord } from './turn-record.js'
import { Turn, type Message, type TurnContext } from './turn.js'

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
   * Does what is due in a conversation without a message: its reminders are heard as messages, and a session in which nobody speaks
   * becomes inactive. Gives what was said, for the channel of the latest message. Throws as `handle` does.
   */
  wake(conversation: string): Promise<Pick<Answer, 'messages'> & { readonly channel: string }> {
    if (this.stopping) return Promise.reject(new AssistantStopping())
    return this.lock.run(conversation, async () => {
      const messages: BotMessage[] = []
      const { reminders, latestMessage, ...before } = await this.cache.load(conversation)
      const channel = latestMessage?.channel ?? 'rest'
      for (const reminder of reminders) if (reminder.at <= this.parts.now()) messages.push(...await this.ring(conversation, channel, reminder))
      const inactive = before.session.state === 'ended' ? null : inactiveAt(this.project, await this.cache.load(conversation))
      if (inactive !== null && inactive <= this.parts.now()) await this.drafted(conversation, async (tracker) => draftOf(tracker, this.stamp, [{ event: 'conversation_inactive' }]))
      return { messages, channel }
    })
  }

  /** A reminder is heard once, whatever crashes: its event names the message. One that means nothing here is taken off the list. */
  private async ring(conversation: string, channel: string, reminder: Reminder): Promise<readonly BotMessage[]> {
    const text = messageOf(reminder)
    const { name, intent } = reminder
    if (shortcut(this.project, await this.cache.load(conversation), text).kind === 'ask') {
      this.log({ level: 'warn', event: 'reminder-without-meaning', intent, advice: 'name it under nlu_trigger of a flow, or in a rule' })
      await this.drafted(conversation, async (tracker) => draftOf(tracker, this.stamp, [{ event: 'cancel_reminder', name }]))
      return []
    }
    return (await this.answer({ conversation, text, channel, messageKey: `reminder:${reminder.sequence}`, metadata: { reminder: name } })).messages
  }

  /**
   * Adds events that did not come from a turn: an operator's correction, a fixture. They are checked as those of an action
   * are (ActionFailed 'invalid-answer' where they are wrong). Throws SessionIsOver, ConversationContended, and what the store throws.
   */
  note(conversation: string, given: unknown): Promise<Pick<Answer, 'messages' | 'tracker'>> {
    return this.amended(conversation, async (before) => {
      const { events = [] } = checkedAnswer(this.project, 'this request', { events: given })
      const draft = new Draft(before, this.stamp)
      if (events.some(isReverting)) draft.recall(emptyTracker(this.project), await this.parts.store.read(conversation))
      for (const event of events) draft.add(event)
      return draft
    })
  }

  /** Adds what a user said without answering it: somebody else, an operator perhaps, does. Throws as `note` does. */
  async hear({ conversation, text, channel, messageKey = this.parts.newId(), metadata = {} }: Incoming): Promise<Tracker> {
    const { tracker } = await this.amended(conversation, async (before) =>
      draftOf(before, this.stamp, [{ event: 'user', text, parse_data: { commands: [] }, input_channel: channel, message_id: messageKey, metadata }]))
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
      await this.parts.store.replace(conversation, sequence, events, this.marksOf(tracker)).catch((error: unknown) => {
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

  /** What would come next after a history. Throws what folding it and the model throw. */
  predict(events: readonly Stored<TrackerEvent>[]): Promise<Prediction> {
    return predict(this.project, this.parts.understander, events, AbortSignal.timeout(this.limits.understandMilliseconds))
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
      await this.parts.store.append(conversation, before.sequence, events, receipt, this.marksOf(tracker))
    } catch (error) {
      this.cache.drop(conversation)
      if (!(error instanceof ConversationMoved || error instanceof AlreadyAnswered)) throw error
      this.log({ level: 'info', event: 'conversation-moved' })
      return false
    }
    this.cache.keep(conversation, tracker)
    return true
  }

  private marksOf(tracker: Tracker): Marks {
    return { due: dueAt(this.project, tracker), user: tracker.userId }
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
    return this.lock.run(conversation, () => this.drafted(conversation, change))
  }

  private async drafted(conversation: string, change: (before: Tracker) => Promise<Draft>): Promise<Draft> {
    for (let attempt = 1; attempt <= this.limits.attempts; attempt += 1) {
      const before = await this.cache.load(conversation)
      if (before.session.state === 'ended') throw new SessionIsOver()
      const draft = await change(before)
      if (await this.stored(conversation, draft, before)) return draft
    }
    throw new ConversationContended(this.limits.attempts)
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
