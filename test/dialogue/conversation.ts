import { expect } from 'vitest'
import { cleaned } from '../../src/dialogue/cleanup.js'
import { readCommands } from '../../src/dialogue/command-text.js'
import type { Command } from '../../src/dialogue/commands.js'
import { step } from '../../src/dialogue/engine.js'
import type { Stored, TrackerEvent } from '../../src/dialogue/events.js'
import type { Outcome } from '../../src/dialogue/outcome.js'
import { sessionDue, startSession } from '../../src/dialogue/session.js'
import { shortcut } from '../../src/dialogue/shortcuts.js'
import { emptyTracker, fold, foldAll, foldDraft, type Tracker } from '../../src/dialogue/tracker.js'
import { readProject } from '../../src/project/load.js'
import { written } from '../../src/project/written.js'
import type { Project, SlotValue } from '../../src/project/types.js'

/** A project from the text of one YAML file, with every default pattern of its profile. Missing texts of responses are only warnings. */
export const projectOf = (yaml: string, compat: Project['config']['compat'] = '3.16', config = ''): Project => {
  const files = new Map([['config.yml', `language: en\nassistant_id: test\ncompat: "${compat}"\n${config}`], ['data/project.yml', yaml]])
  const { project, problems, sources } = readProject('/test', files, { env: {}, actionWords: new Set(), problems: [] })
  if (project === null) throw new Error(problems.filter(({ severity }) => severity === 'error').map((problem) => written(problem, sources)).join('\n'))
  return project
}

type ActionResult = readonly TrackerEvent[] | 'fails'
export type TestActions = Readonly<Record<string, (tracker: Tracker, stepKey: string) => ActionResult>>

export type Turn = {
  /** Responses said, actions run (`action_x`), in order; repeated messages as `again: text`. */
  readonly said: readonly string[]
  readonly events: readonly TrackerEvent[]
  readonly outcomes: readonly Outcome[]
  readonly commands: readonly Command[]
}

/** The edge in small: folds events, renders names of responses, runs actions, and checks that replay equals the live state. */
export class Conversation {
  tracker: Tracker
  readonly history: Stored<TrackerEvent>[] = []
  /** The same without stamps. */
  readonly events: TrackerEvent[] = []
  now = 1_000

  constructor(readonly project: Project, readonly actions: TestActions = {}) {
    this.tracker = emptyTracker(project)
  }

  /** One user turn: commands in the compact syntax, or as they are. */
  turn(commands: string | readonly Command[], text = 'words'): Turn {
    const raw = typeof commands === 'string' ? readCommands(commands) : commands
    if (sessionDue(this.project, this.tracker, this.now)) this.#follow(startSession(this.project, this.tracker), [], [])
    const taken = cleaned(this.project, this.tracker, raw)
    return this.#takeTurn(text, taken)
  }

  /** One user turn whose message needs no model. */
  message(text: string): Turn {
    if (sessionDue(this.project, this.tracker, this.now)) this.#follow(startSession(this.project, this.tracker), [], [])
    const found = shortcut(this.project, this.tracker, text)
    expect(found.kind, `"${text}" needs a model`).toBe('commands')
    return this.#takeTurn(text, found.kind === 'commands' ? cleaned(this.project, this.tracker, found.commands) : [])
  }

  slot(name: string): SlotValue {
    return this.tracker.slots.get(name) ?? null
  }

  get flows(): readonly string[] {
    return this.tracker.stack.map(({ flow_id }) => flow_id)
  }

  #takeTurn(text: string, commands: readonly Command[]): Turn {
    const before = this.history.length
    this.#append([{ event: 'user', text, parse_data: { commands } }])
    const said: string[] = []
    const outcomes: Outcome[] = []
    let outcome = step(this.project, this.tracker, commands)
    while (this.#follow(outcome, said, outcomes) === 'continue') outcome = step(this.project, this.tracker, [])
    this.#expectReplay()
    return { said, outcomes, commands, events: this.events.slice(before) }
  }

  #follow(outcome: Outcome, said: string[], outcomes: Outcome[]): Outcome['next'] {
    outcomes.push(outcome)
    let done = 0
    for (const effect of outcome.effects) {
      this.#append(outcome.events.slice(done, effect.at))
      done = effect.at
      if (effect.effect === 'say') {
        said.push(effect.response)
        this.#append([{ event: 'bot', text: effect.response, data: {}, metadata: { utter_action: effect.response } }])
      } else if (effect.effect === 'repeat') {
        for (const message of effect.messages) {
          said.push(`again: ${message.text ?? ''}`)
          this.#append([{ event: 'bot', ...message }])
        }
      } else {
        said.push(effect.action)
        const result = this.actions[effect.action]?.(this.tracker, effect.stepKey) ?? []
        this.#append(result === 'fails' ? [{ event: 'action_execution_rejected', name: effect.action }] : [{ event: 'action', name: effect.action }, ...result])
      }
    }
    this.#append(outcome.events.slice(done))
    return outcome.next
  }

  #append(events: readonly TrackerEvent[]): void {
    const draft = foldDraft(this.tracker, events)
    let live = this.tracker
    for (const event of events) {
      const stored = { ...event, sequence: this.history.length + 1, timestamp: this.now }
      this.history.push(stored)
      this.events.push(event)
      live = fold(live, stored)
    }
    expect(bytes({ ...draft, session: live.session })).toBe(bytes(live))
    this.tracker = live
  }

  #expectReplay(): void {
    const replayed = foldAll(emptyTracker(this.project), JSON.parse(JSON.stringify(this.history)) as Stored<TrackerEvent>[])
    expect(bytes(replayed)).toBe(bytes(this.tracker))
  }
}

/** A tracker as bytes: two that differ in anything differ here. */
export const bytes = (tracker: Tracker): string =>
  JSON.stringify(tracker, (_key, value: unknown) => (value instanceof Map ? { map: [...value as Map<string, unknown>] } : value))
