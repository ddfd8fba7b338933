import { describe, expect, it } from 'vitest'
import { RevertTooFar } from '../../src/dialogue/errors.js'
import type { Stored, TrackerEvent } from '../../src/dialogue/events.js'
import { applied } from '../../src/dialogue/reverting.js'
import { emptyTracker, foldAll, type Tracker } from '../../src/dialogue/tracker.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

const project = projectOf(bank)
const numbered = (events: readonly TrackerEvent[], first = 1): readonly Stored<TrackerEvent>[] => events.map((event, at) => ({ ...event, sequence: first + at, timestamp: 100 + at }))
const user = (text: string): TrackerEvent => ({ event: 'user', text, parse_data: { commands: [] } })
const action = (name: string): TrackerEvent => ({ event: 'action', name })
const note = (value: string): TrackerEvent => ({ event: 'slot', name: 'note', value })
const rewind: TrackerEvent = { event: 'rewind' }
const undo: TrackerEvent = { event: 'undo' }
const started: TrackerEvent = { event: 'session_started' }
const short = (events: readonly TrackerEvent[]): readonly string[] => applied(numbered(events)).map((event) => ('text' in event ? String(event.text) : 'name' in event ? String(event.name) : event.event))
/** What a conversation is in; numbers and times go on whatever is taken back. */
const state = ({ slots, stack, transcript, pending, session, latestAction }: Tracker): string =>
  JSON.stringify({ slots: Object.fromEntries(slots), stack, transcript, pending, messages: session.messages, latestAction })

describe('events that are taken back', () => {
  it.each<[string, readonly TrackerEvent[], readonly string[]]>([
    ['rewind: the latest message and all that followed', [started, user('a'), action('utter_x'), user('b'), note('n'), rewind], ['session_started', 'a', 'utter_x']],
    ['rewind twice: the message before as well', [started, user('a'), user('b'), rewind, rewind], ['session_started']],
    ['rewind and a new message', [started, user('a'), rewind, user('c')], ['session_started', 'c']],
    ['rewind before anything was said: nothing', [started, note('n'), rewind], ['session_started', 'note']],
    ['rewind does not reach into the session before', [started, user('a'), started, rewind], ['session_started', 'a', 'session_started']],
    ['rewind does not reach behind a restart', [user('a'), { event: 'restart' }, rewind], ['a', 'restart']],
    ['undo: the latest action and what it did', [started, user('a'), action('one'), note('n'), action('two'), note('m'), undo], ['session_started', 'a', 'one', 'note']],
    ['undo: listening is no action', [started, user('a'), action('one'), note('n'), action('action_listen'), undo], ['session_started', 'a']],
    ['undo: that it was asked for goes too', [started, { event: 'followup', name: 'one', metadata: { step_key: 'k', steps_left: 9 } }, action('one'), undo], ['session_started']],
    ['undo twice: the action before as well', [started, action('one'), action('two'), undo, undo], ['session_started']],
    ['undo without an action: nothing', [started, user('a'), undo], ['session_started', 'a']],
  ])('%s', (_name, events, left) => expect(short(events)).toEqual(left))

  it('leave the state of the conversation as it was before, and numbers go on', () => {
    const talk = new Conversation(project, { action_check_funds: () => [{ event: 'slot', name: 'funds', value: true }] })
    talk.turn('start flow transfer\nset slot recipient Ann')
    const before = talk.tracker
    talk.turn('set slot amount 50')
    expect(state(talk.tracker)).not.toBe(state(before))
    const events = [...talk.history, ...numbered([rewind], talk.history.length + 1)]
    const after = foldAll(emptyTracker(project), events)
    expect(state(after)).toBe(state(before))
    expect(after.sequence).toBe(events.length)
  })

  it('cannot be folded into a tracker that has them already', () => {
    const [first, second, last] = [numbered([started, user('a')]), numbered([note('x')], 3), numbered([rewind], 4)]
    const half = foldAll(emptyTracker(project), first)
    expect(() => foldAll(half, [...second, ...last])).toThrow(RevertTooFar)
    expect(foldAll(emptyTracker(project), [...first, ...second, ...last]).transcript).toEqual([])
  })
})
