import { ActionFailed } from '../actions/errors.js'
import { runInProcess } from '../actions/in-process.js'
import type { ActionRunner } from '../actions/runner.js'
import { silent } from '../assistant/log.js'
import { Turn, type TurnContext } from '../assistant/turn.js'
import type { Command } from '../dialogue/commands.js'
import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { emptyTracker, foldAll, type Tracker } from '../dialogue/tracker.js'
import type { Project, SlotValue } from '../project/types.js'
import type { Search } from '../respond/search.js'
import type { Understander } from '../understand/understanding.js'
import type { Ear } from './ears.js'
import type { Conversation, TurnRecord } from './run-tests.js'
import type { TestCase, UserStep } from './test-case.js'

/** What a conversation needs of the world. It keeps nothing: no store and no lock, so that tests run at the speed of the engine. */
export type Surroundings = {
  readonly project: Project
  readonly ear: Ear
  readonly actions: ActionRunner
  readonly search: Search
}

/** Seconds from one event to the next: far below what ends a session. */
const tick = 0.001
const stubMilliseconds = 10_000

/** The assistant's own turns, one after the other in memory. Variations are the first that fit: no test may depend on luck. */
export const openConversation = (surroundings: Surroundings, testCase: TestCase, id: string): Conversation => {
  const talk = new Talk(surroundings, stubbed(surroundings, testCase.stubs), id)
  return {
    start: async (fixtures) => {
      await talk.turn('', {}, new AbortController().signal, (turn) => turn.openSession())
      return talk.record(fixtures.map(({ slot, value }) => ({ event: 'slot', name: slot, value })))
    },
    say: (step, signal) => talk.say(step, signal),
  }
}

/** Stubs answer through the same checks as real actions, so a stub cannot promise what no action could. */
const stubbed = ({ project, actions }: Surroundings, stubs: TestCase['stubs'], runs = new Map<string, number>()): ActionRunner => ({
  ...actions,
  has: (action) => stubs.has(action) || actions.has(action),
  run: async (request) => {
    const stub = stubs.get(request.action)
    if (stub === undefined) return actions.run(request)
    const run = runs.get(request.action) ?? 0
    runs.set(request.action, run + 1)
    const answer = stub[Math.min(run, stub.length - 1)] ?? {}
    if (answer === 'fails') throw new ActionFailed(request.action, 'threw', 'its stub says so')
    return runInProcess(project, () => answer, request, stubMilliseconds)
  },
})

class Talk {
  #tracker: Tracker
  #history: Stored<TrackerEvent>[] = []
  #last: { readonly events: readonly TrackerEvent[]; readonly visited: TurnRecord['visited'] } = { events: [], visited: [] }
  #messages = 0
  #clock = 0

  constructor(readonly surroundings: Surroundings, readonly actions: ActionRunner, readonly id: string) {
    this.#tracker = emptyTracker(surroundings.project)
  }

  async say(step: UserStep, signal: AbortSignal): Promise<TurnRecord> {
    const ear = new EarOfStep(this.surroundings.ear, step)
    await this.turn(step.text, step.metadata, signal, (turn) => turn.run(), ear)
    // The assistant makes an error command of a model that fails. A test is not to take that for an answer.
    if (ear.failure !== null) throw ear.failure
    return { ...this.#last, understood: ear.understood }
  }

  async turn(text: string, metadata: Readonly<Record<string, SlotValue>>, signal: AbortSignal, run: (turn: Turn) => Promise<void>, understander: Understander = deaf): Promise<void> {
    const { project, search } = this.surroundings
    const context: TurnContext = {
      project, search, signal, understander, actions: this.actions, log: silent, understandMilliseconds: 600_000,
      pick: () => () => 0, now: () => (this.#clock += tick), history: async () => this.#history,
    }
    const turn = new Turn(context, { conversation: this.id, text, channel: 'rest', key: String(this.#messages++), metadata }, this.#tracker)
    await run(turn)
    this.#tracker = turn.draft.tracker
    this.#history.push(...turn.draft.events)
    this.#last = { events: turn.draft.events, visited: turn.visited }
  }

  /** The opening of the session, and what is set beside it. */
  record(events: readonly TrackerEvent[]): TurnRecord {
    const stored = events.map((event, at) => ({ ...event, sequence: this.#tracker.sequence + at + 1, timestamp: (this.#clock += tick) }))
    this.#tracker = foldAll(this.#tracker, stored)
    this.#history.push(...stored)
    return { ...this.#last, understood: null }
  }
}

/** Understands as the test wants it understood, and keeps what that was. */
class EarOfStep implements Understander {
  readonly modelVersion = 'test'
  understood: readonly Command[] | null = null
  failure: Error | null = null

  constructor(private readonly ear: Ear, private readonly step: UserStep) {}

  async understand(project: Project, tracker: Tracker, text: string, signal = new AbortController().signal): ReturnType<Understander['understand']> {
    try {
      this.understood = await this.ear({ project, tracker, text, step: this.step, signal })
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error))
      throw error
    }
    return { commands: this.understood, candidates: [], probability: 1, promptHash: '', modelVersion: this.modelVersion, milliseconds: 0 }
  }

  dispose(): Promise<void> {
    return Promise.resolve()
  }
}

const deaf: Understander = {
  modelVersion: 'test',
  understand: () => Promise.reject(new Error('nothing is said while a session opens')),
  dispose: () => Promise.resolve(),
}
