import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Stored, TrackerEvent } from '../../src/dialogue/events.js'
import { step } from '../../src/dialogue/engine.js'
import { emptyTracker, foldAll, foldDraft, type Tracker } from '../../src/dialogue/tracker.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

/**
 * Conversations as past releases stored them, one file a release. They are replayed by today's code: the state must be the
 * recorded one, and so must every next step. A file is never changed once its release is out; RECORD=0.x writes a new one.
 */
type Recorded = { readonly name: string; readonly compat: '3.8' | '3.13' | '3.16'; readonly history: readonly Stored<TrackerEvent>[]; readonly state: string }
const folder = join(import.meta.dirname, 'recorded')

const scripts: Readonly<Record<string, readonly string[]>> = {
  'a transfer with everything in it': ['start flow transfer\nset slot recipient Ann', 'set slot amount 5000', 'set slot amount 50', 'offtopic reply', 'set slot amount 60', 'start flow balance', 'set slot account savings', 'set slot continue_interrupted_flow_confirmation true', 'set slot confirmed true', 'set slot continue_conversation false', 'set slot csat_score satisfied'],
  'called flows, validation, a correction after the return': ['start flow move\nset slot zip x', 'set slot zip 8010', 'set slot street a', 'set slot city b', 'set slot city c', 'repeat message', 'set slot note n'],
  'links, cancellations, clarifications': ['disambiguate flows balance block', 'start flow lost', 'cancel flow', 'start flow lost\nset slot note x', 'set slot card credit', 'start flow balance\nstart flow move', 'cancel flow', 'skip question', 'cannot handle'],
}
const ACTIONS = { action_check_funds: () => [{ event: 'slot', name: 'funds', value: true } as const] }

/** What a conversation is in: fields that later releases add do not count. */
const stateOf = ({ sequence, slots, stack, pending, session: { number, state } }: Tracker): string =>
  JSON.stringify({ sequence, slots: Object.fromEntries(slots), stack, pending, session: { number, state } })

const record = (): readonly Recorded[] =>
  (['3.8', '3.13', '3.16'] as const).flatMap((compat) => Object.entries(scripts).map(([name, turns]) => {
    const talk = new Conversation(projectOf(bank, compat), ACTIONS)
    for (const commands of turns) talk.turn(commands)
    return { name, compat, history: talk.history, state: stateOf(talk.tracker) }
  }))

const release = process.env['RECORD']
if (release !== undefined) writeFileSync(join(folder, `${release}.json`), `[\n${record().map((talk) => JSON.stringify(talk)).join(',\n')}\n]\n`)

describe.each(readdirSync(folder))('conversations recorded by %s', (file) => {
  const recorded = JSON.parse(readFileSync(join(folder, file), 'utf8')) as readonly Recorded[]
  it.each(recorded.map((talk) => [`${talk.name} (${talk.compat})`, talk] as const))('%s: the same state', (_name, { compat, history, state }) => {
    expect(stateOf(foldAll(emptyTracker(projectOf(bank, compat)), history))).toBe(state)
  })

  it.each(recorded.map((talk) => [`${talk.name} (${talk.compat})`, talk] as const))('%s: the same steps again', (_name, { compat, history }) => {
    const project = projectOf(bank, compat)
    let tracker = emptyTracker(project)
    for (let at = 0; at < history.length; at++) {
      const event = history[at]!
      tracker = foldAll(tracker, [event])
      if (event.event !== 'user') continue
      const { events, effects } = step(project, tracker, event.parse_data.commands)
      // Up to the first thing that the edge adds between, the engine alone decides what follows.
      const own = events.slice(0, effects[0]?.at ?? events.length)
      expect(history.slice(at + 1, at + 1 + own.length)).toMatchObject(own)
      expect(foldDraft(tracker, own).sequence).toBe(event.sequence + own.length)
    }
  })
})
