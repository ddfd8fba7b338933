import type { ActionAnswer, ActionMessage } from '../actions/action.js'
import { ActionFailed, ActionRejected } from '../actions/errors.js'
import type { ActionRunner } from '../actions/runner.js'
import { rasaTracker, type RasaTracker } from '../actions/tracker-json.js'
import type { Command } from '../dialogue/commands.js'
import { step } from '../dialogue/engine.js'
import type { Stored, TrackerEvent } from '../dialogue/events.js'
import type { BotMessage, Effect, Outcome, StepVisit } from '../dialogue/outcome.js'
import { actionsOfEveryTurn, sessionDue, startSession } from '../dialogue/session.js'
import { isReverting } from '../dialogue/reverting.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { emptyTracker, foldDraft, type Tracker } from '../dialogue/tracker.js'
import { routingSlot } from '../project/nlu.js'
import type { Project, SlotValue } from '../project/types.js'
import { ResponseServerFailed } from '../respond/errors.js'
import { render, type Pick } from '../respond/render.js'
import type { ResponseServer } from '../respond/response-server.js'
import type { Search } from '../respond/search.js'
import { ModelServerFailed } from '../understand/errors.js'
import type { Understander, Understanding } from '../understand/understanding.js'
import { Draft, type Stamp } from './draft.js'
import { inTime } from './in-time.js'
import { stepKeyOf } from './keys.js'
import { whereOf, type Log } from './log.js'
import { PropertyWatch } from './property-watch.js'
import { heardJson, type TurnRecord } from './turn-record.js'

export type Message = {
  readonly conversation: string
  readonly text: string
  readonly channel: string
  readonly key: string
  readonly metadata: Readonly<Record<string, SlotValue>>
}
/** What a turn needs from outside, so that it can be run again exactly. */
export type TurnContext = Stamp & {
  readonly project: Project
  readonly understander: Understander
  readonly actions: ActionRunner
  readonly search: Search
  readonly responseServer?: ResponseServer
  readonly pick: (conversation: string, sequence: number) => Pick
  readonly log: Log
  readonly understandMilliseconds: number
  /** Events already stored, for action servers that want the whole history. */
  readonly history: () => Promise<readonly Stored<TrackerEvent>[]>
  readonly signal: AbortSignal
}
const mostRecalls = 5
type Run = Extract<Effect, { readonly effect: 'run' }>

const metadataSlot = 'session_started_metadata'
const trouble = (info: Readonly<Record<string, SlotValue>>): Command => ({ command: 'error', error_type: 'rasa_internal_error_default', info })

/** One message from its arrival to the last word of the answer, in memory. Whoever calls it stores what came out. */
export class Turn {
  readonly draft: Draft
  /** Every step of a flow that was entered, in order. */
  readonly visited: StepVisit[] = []
  private readonly passes = new Map<string, number>()
  private actionMilliseconds = 0
  private recalls = 0
  private readonly watch: PropertyWatch

  constructor(private readonly context: TurnContext, private readonly message: Message, tracker: Tracker) {
    this.draft = new Draft(tracker, context)
    this.watch = new PropertyWatch(context.project, context.log, context.history)
  }

  /** `isBroken`: an earlier try of this turn failed in our own code; the message then only meets the error pattern. */
  async run(isBroken = false): Promise<void> {
    const { project } = this.context
    const started = performance.now()
    await this.openSession()
    const before = this.draft.tracker
    const at = this.draft.events.length
    this.draft.add(this.userEvent({ commands: [] }))
    if (!isBroken) for (const action of actionsOfEveryTurn(project, this.draft.tracker)) await this.runEveryTurn(action)
    const record = isBroken ? this.record('failure', [trouble({ cause: 'turn' })], null, 0) : await this.understood(this.heardWith(before, at))
    this.draft.rewrite(at, this.userEvent(record))
    const isCalm = record.understanding?.isCalm
    if (isCalm !== undefined) this.draft.add({ event: 'slot', name: routingSlot, value: isCalm })
    await this.follow(step(project, this.draft.tracker, record.commands))
    await this.watch.end(this.draft.events, this.draft.tracker, { commands: record.commands, hasAnswered: this.draft.messages.length > 0 })
    const { violations } = this.watch
    const milliseconds = { ...record.milliseconds, actions: Math.round(this.actionMilliseconds), total: Math.round(performance.now() - started) }
    this.draft.annotate(at, { milliseconds, ...(violations.length > 0 && { violations }) })
  }

  /**
   * Opens the session where one is due. A message does so by itself; a test that sets slots beforehand does it first.
   * What the channel knew about the first message stands in a slot before a custom action_session_start runs (calm-spec 11.2).
   */
  async openSession(): Promise<void> {
    const { project, now } = this.context
    if (!sessionDue(project, this.draft.tracker, now())) {
      if (this.draft.tracker.session.state === 'inactive') this.draft.add({ event: 'conversation_resumed' })
      return
    }
    const run = await this.apply(startSession(project, this.draft.tracker))
    const { metadata } = this.message
    if (Object.keys(metadata).length > 0 && project.slots.has(metadataSlot)) this.draft.add({ event: 'slot', name: metadataSlot, value: metadata })
    await this.goOn(run)
  }

  /** An action or a response that somebody outside asked for (calm-spec 11.4): it is said and noted, and no flow moves. */
  async execute(action: string): Promise<void> {
    if (!this.context.project.responses.has(action)) {
      await this.take(action, null, await this.answerOf(action, `execute.${action}`))
      return
    }
    this.draft.add({ event: 'action', name: action })
    await this.say(action, {}, {})
  }

  /** Slots that an action fills anew each turn, before the message is understood (calm-spec 5.2). Its failure is not the user's: the turn goes on without it. */
  private async runEveryTurn(action: string): Promise<void> {
    try {
      const answer = await this.answerOf(action, `every-turn.${action}`)
      if (answer.events?.some(isReverting) === true) throw new ActionFailed(action, 'invalid-answer', 'it takes back the message that it runs before')
      await this.take(action, null, answer)
    } catch (error) {
      this.logFailure(action, error)
    }
  }

  /** What the message is understood with: the state before it and what actions of every turn did, without the message, which the prompt adds. */
  private heardWith(before: Tracker, at: number): Tracker {
    return foldDraft(before, this.draft.events.slice(at + 1))
  }

  private userEvent(known: TurnRecord | { readonly commands: readonly Command[] }): TrackerEvent {
    const { text, channel, key, metadata } = this.message
    return { event: 'user', text, parse_data: { ...known }, input_channel: channel, message_id: key, metadata }
  }

  private record(source: TurnRecord['source'], commands: readonly Command[], understanding: Understanding | null, milliseconds: number): TurnRecord {
    const { understander, project } = this.context
    return {
      commands, source, understanding, ...(understanding?.heard && heardJson(understanding.heard)), model_version: understanding?.modelVersion ?? understander.modelVersion, project_version: project.version,
      milliseconds: { understanding: Math.round(milliseconds), actions: 0, total: 0 },
    }
  }

  /** Rules, buttons and slash commands first; the model for the rest. A model that fails is an error command, not an exception. */
  private async understood(tracker: Tracker): Promise<TurnRecord> {
    const { project, understander, understandMilliseconds, signal, log } = this.context
    const known = shortcut(project, tracker, this.message.text)
    if (known.kind === 'commands') return this.record('shortcut', known.commands, null, 0)
    const started = performance.now()
    try {
      const understanding = await inTime(understandMilliseconds, signal, (limit) => understander.understand(project, tracker, known.text, limit))
      // A model that says nothing has not understood.
      const commands: readonly Command[] = understanding.commands.length > 0 ? understanding.commands : [{ command: 'cannot handle' }]
      return this.record('model', commands, understanding, performance.now() - started)
    } catch (error) {
      const reason = error instanceof ModelServerFailed ? error.reason : undefined
      log({ level: 'error', event: 'understanding-failed', model: understander.modelVersion, ...(reason !== undefined && { reason }), ...whereOf(error) })
      return this.record('failure', [trouble({ cause: 'understanding' })], null, performance.now() - started)
    }
  }

  /** Does what the engine asks for until it listens. */
  private async follow(outcome: Outcome): Promise<void> {
    await this.goOn(await this.apply(outcome))
  }

  private async goOn(asked: Run | null): Promise<void> {
    for (let run = asked; run !== null;) {
      const commands = await this.runAction(run)
      run = await this.apply(step(this.context.project, this.draft.tracker, commands))
    }
  }

  /** Folds the events of an outcome and speaks at the right places between them; gives back the action that is to be run, if any. */
  private async apply({ events, effects, faults, visited }: Outcome): Promise<Run | null> {
    this.visited.push(...visited)
    for (const { code, message, flow, step: at, place } of faults) this.context.log({ level: 'warn', event: 'fault', code, message, flow, step: at, place })
    let done = 0
    let run: Run | null = null
    for (const effect of effects) {
      for (; done < effect.at; done += 1) this.addAt(events, done)
      if (effect.effect === 'say') await this.say(effect.response, effect.context, effect.variables)
      else if (effect.effect === 'repeat') for (const message of effect.messages) this.draft.add({ event: 'bot', ...message })
      else run = effect
    }
    for (; done < events.length; done += 1) this.addAt(events, done)
    return run
  }

  private addAt(events: readonly TrackerEvent[], index: number): void {
    const event = events[index]
    if (event) this.add(event)
  }

  private add(event: TrackerEvent): void {
    this.watch.hear(event, this.draft.events.length, () => this.draft.tracker)
    this.draft.add(event)
  }

  private async say(response: string, context: Readonly<Record<string, SlotValue>>, variables: Readonly<Record<string, SlotValue>>): Promise<void> {
    const { tracker } = this.draft
    const { conversation, channel } = this.message
    const language = tracker.slots.get('language')
    const scene = { slots: tracker.slots, context, variables, channel, language: typeof language === 'string' ? language : null }
    const { message, id, fault } = render(this.context.project, response, scene, this.context.pick(conversation, tracker.sequence))
    if (fault !== null) this.context.log({ level: 'warn', event: 'response-fault', response, fault })
    this.draft.add({ event: 'bot', ...await this.worded(response, id, variables) ?? message })
  }

  /** The words of a response server. Where it fails, those of the domain are said. */
  private async worded(response: string, id: string | null, variables: Readonly<Record<string, SlotValue>>): Promise<BotMessage | null> {
    const { responseServer, signal, log } = this.context
    if (!responseServer) return null
    try {
      return await responseServer({ response, id, arguments: variables, channel: { name: this.message.channel }, tracker: await this.trackerJson() }, signal)
    } catch (error) {
      if (!(error instanceof ResponseServerFailed)) throw error
      log({ level: 'error', event: 'response-server-failed', response, reason: error.reason })
      return null
    }
  }

  private async trackerJson(): Promise<RasaTracker> {
    return rasaTracker(this.context.project, this.message.conversation, this.draft.tracker, [...await this.context.history(), ...this.draft.events])
  }

  /** Runs one action and takes over its words and events. The commands that the engine is to go on with: none, or what went wrong. */
  private async runAction({ action, stepKey }: Run): Promise<readonly Command[]> {
    const forbidding = await this.watch.judge(this.draft.events, action)
    if (forbidding !== null) return [trouble({ cause: 'property', action, property: forbidding.name })]
    if (action === 'action_trigger_search' && !this.context.actions.has(action)) return this.search(action)
    const place = stepKey.replace(/@\d+$/, '') // the sequence behind it differs when the conversation has moved
    try {
      await this.take(action, place, await this.answerOf(action, place))
      return []
    } catch (error) {
      return [trouble({ cause: 'action', action, reason: this.logFailure(action, error) })]
    }
  }

  private async answerOf(action: string, place: string): Promise<ActionAnswer> {
    const { actions, signal } = this.context
    const { conversation, key } = this.message
    const pass = this.passes.get(place) ?? 0
    this.passes.set(place, pass + 1)
    const started = performance.now()
    try {
      return await actions.run({
        action, conversation, slots: Object.fromEntries(this.draft.tracker.slots), idempotencyKey: stepKeyOf(conversation, key, place, pass), signal,
        tracker: () => this.trackerJson(),
      })
    } finally {
      this.actionMilliseconds += performance.now() - started
    }
  }

  /** Why the action failed; what is no failure of an action is thrown on. */
  private logFailure(action: string, error: unknown): string {
    if (!(error instanceof ActionFailed || error instanceof ActionRejected)) throw error
    const reason = error instanceof ActionFailed ? error.reason : 'rejected'
    this.context.log({ level: 'error', event: 'action-failed', action, reason, detail: error.detail, ...(error.cause !== undefined && whereOf(error.cause)) })
    return reason
  }

  /** Messages come first, with the slots as they were before the action, then its events: Rasa's order. */
  private async take(action: string, place: string | null, { messages = [], events = [] }: ActionAnswer): Promise<void> {
    const [flow = '', ...at] = place?.split('.') ?? []
    this.add({ event: 'action', name: action, ...(place !== null && { metadata: { active_flow: flow, step_id: at.join('.') } }) })
    for (const message of messages) await this.speak(action, message)
    for (const event of events) {
      if (isReverting(event)) await this.recall(action)
      this.add(event)
    }
  }

  /** What is taken back may lie in turns before. An action that takes itself back for ever is stopped. */
  private async recall(action: string): Promise<void> {
    if (++this.recalls > mostRecalls) throw new ActionFailed(action, 'invalid-answer', `it takes back what was said more than ${mostRecalls} times in a turn`)
    this.draft.recall(emptyTracker(this.context.project), await this.context.history())
  }

  private async speak(action: string, message: ActionMessage): Promise<void> {
    if ('utter' in message) await this.say(message.utter, {}, message.variables ?? {})
    else this.draft.add({ event: 'bot', text: message.text === '' ? null : message.text, data: message.data ?? {}, metadata: { utter_action: action } })
  }

  /** The built-in action_trigger_search: a fact's answer word for word, or the engine says that there is none. */
  private search(action: string): readonly Command[] {
    const hit = this.context.search(this.message.text)
    this.add({ event: 'action', name: action, metadata: { fact: hit?.fact.title ?? null, score: hit?.score ?? 0 } })
    if (hit === null) return [{ command: 'cannot handle', reason: 'cannot_handle_no_relevant_answer' }]
    this.draft.add({ event: 'bot', text: hit.fact.answer, data: {}, metadata: { utter_action: action, fact: hit.fact.title } })
    return []
  }
}
