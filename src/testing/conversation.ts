import type { ActionAnswer, ActionMessage } from '../actions/action.js'
import { ActionFailed, ActionRejected } from '../actions/errors.js'
import type { ActionRunner } from '../actions/runner.js'
import { rasaTracker } from '../actions/tracker-json.js'
import type { Command } from '../dialogue/commands.js'
import { step } from '../dialogue/engine.js'
import type { BotData, Stored, TrackerEvent } from '../dialogue/events.js'
import type { BotMessage, Effect, Outcome, StepVisit } from '../dialogue/outcome.js'
import { startSession } from '../dialogue/session.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { emptyTracker, fold, type Tracker } from '../dialogue/tracker.js'
import type { Project, SlotValue } from '../project/types.js'
import { render } from '../respond/render.js'
import type { Search } from '../respond/search.js'
import type { Ear } from './ears.js'
import type { Conversation, TurnRecord } from './run-tests.js'
import type { TestCase, UserStep } from './test-case.js'

/** What a conversation needs of the world. It keeps nothing: no store, no lock, no clock, so that tests run at the speed of the engine. */
export type Surroundings = {
  readonly project: Project
  readonly ear: Ear
  readonly actions: Pick<ActionRunner, 'run'>
  readonly search: Search
}

/** Seconds from one event to the next: far below what ends a session. */
const tick = 0.001

/** The turns of the assistant without its edges: what is said, understood, done and answered, in memory. */
export const openConversation = (surroundings: Surroundings, testCase: TestCase, id: string): Conversation => {
  const talk = new Talk(surroundings, testCase.stubs, id)
  return {
    start: async (fixtures) => {
      await talk.take(startSession(surroundings.project, talk.tracker))
      for (const { slot, value } of fixtures) talk.note({ event: 'slot', name: slot, value })
      return talk.record(null)
    },
    say: (userStep, signal) => talk.say(userStep, signal),
  }
}

class Talk {
  tracker: Tracker
  #history: Stored<TrackerEvent>[] = []
  #turn: TrackerEvent[] = []
  #visited: StepVisit[] = []

  constructor(readonly surroundings: Surroundings, readonly stubs: TestCase['stubs'], readonly id: string) {
    this.tracker = emptyTracker(surroundings.project)
  }

  note(event: TrackerEvent): void {
    const sequence = this.tracker.sequence + 1
    const stored = { ...event, sequence, timestamp: sequence * tick }
    this.tracker = fold(this.tracker, stored)
    this.#history.push(stored)
    this.#turn.push(event)
  }

  /** What has been noted since the last record. */
  record(understood: readonly Command[] | null): TurnRecord {
    const record = { events: this.#turn, visited: this.#visited, understood }
    this.#turn = []
    this.#visited = []
    return record
  }

  async say(userStep: UserStep, signal: AbortSignal): Promise<TurnRecord> {
    const { project, ear } = this.surroundings
    const short = shortcut(project, this.tracker, userStep.text)
    const understood = short.kind === 'ask' ? await ear({ project, tracker: this.tracker, text: short.text, step: userStep, signal }) : null
    const commands = short.kind === 'ask' ? understood ?? [] : short.commands
    this.note({ event: 'user', text: userStep.text, parse_data: { commands }, metadata: userStep.metadata })
    // A model that says nothing has not understood.
    await this.take(step(project, this.tracker, commands.length > 0 ? commands : [{ command: 'cannot handle' }]))
    return this.record(understood)
  }

  /** Notes what the engine decided, and goes on until it listens. */
  async take(outcome: Outcome): Promise<void> {
    for (let next: Outcome | null = outcome; next !== null;) next = await this.#carryOut(next)
  }

  async #carryOut({ events, effects, visited }: Outcome): Promise<Outcome | null> {
    this.#visited.push(...visited)
    let noted = 0
    for (const effect of effects) {
      for (; noted < effect.at; noted++) this.#noteFrom(events, noted)
      if (effect.effect === 'run') {
        for (; noted < events.length; noted++) this.#noteFrom(events, noted)
        return this.#run(effect)
      }
      for (const message of effect.effect === 'repeat' ? effect.messages : [this.#rendered(effect.response, effect.context, effect.variables)]) this.#noteBot(message)
    }
    for (; noted < events.length; noted++) this.#noteFrom(events, noted)
    return null
  }

  #noteFrom(events: readonly TrackerEvent[], at: number): void {
    const event = events[at]
    if (event !== undefined) this.note(event)
  }

  #noteBot({ text, data, metadata }: BotMessage): void {
    this.note({ event: 'bot', text, data, metadata })
  }

  /** Always the first variation that fits: a test must not depend on luck. */
  #rendered(response: string, context: Readonly<Record<string, SlotValue>>, variables: Readonly<Record<string, SlotValue>>): BotMessage {
    const language = this.tracker.slots.get('language')
    const scene = { slots: this.tracker.slots, context, variables, channel: 'rest', language: typeof language === 'string' ? language : null }
    return render(this.surroundings.project, response, scene, () => 0).message
  }

  async #run({ action, stepKey }: Extract<Effect, { effect: 'run' }>): Promise<Outcome> {
    const { project } = this.surroundings
    const stub = this.stubs.get(action)
    if (stub === undefined && action === 'action_trigger_search') return this.#search()
    try {
      this.#noteAnswer(action, stub ?? await this.#answerOf(action, stepKey))
    } catch (error) {
      if (error instanceof ActionRejected) this.note({ event: 'action_execution_rejected', name: action })
      else if (error instanceof ActionFailed) return step(project, this.tracker, [{ command: 'error', error_type: 'rasa_internal_error_default', info: { action } }])
      else throw error
    }
    return step(project, this.tracker, [])
  }

  #answerOf(action: string, stepKey: string): Promise<ActionAnswer> {
    return this.surroundings.actions.run({
      action, conversation: this.id, slots: Object.fromEntries(this.tracker.slots), idempotencyKey: `${this.id}:${stepKey}`,
      signal: new AbortController().signal, tracker: async () => rasaTracker(this.id, this.tracker, this.#history),
    })
  }

  #noteAnswer(action: string, { events = [], messages = [] }: ActionAnswer): void {
    this.note({ event: 'action', name: action })
    for (const message of messages) this.#noteBot(this.#messageOf(message))
    for (const event of events) this.note(event)
  }

  #messageOf(message: ActionMessage): BotMessage {
    if ('utter' in message) return this.#rendered(message.utter, {}, message.variables ?? {})
    const data: BotData = message.data ?? {}
    return { text: message.text, data, metadata: {} }
  }

  #search(): Outcome {
    const { project, search } = this.surroundings
    const hit = search(this.tracker.latestMessage?.text ?? '')
    this.note({ event: 'action', name: 'action_trigger_search' })
    if (hit === null) return step(project, this.tracker, [{ command: 'cannot handle', reason: 'cannot_handle_no_relevant_answer' }])
    this.#noteBot({ text: hit.fact.answer, data: {}, metadata: { utter_source: hit.fact.title } })
    return step(project, this.tracker, [])
  }
}
