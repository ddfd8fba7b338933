import { describe, expect, it } from 'vitest'
import { sessionDue, startSession } from '../../src/dialogue/session.js'
import { emptyTracker, foldDraft } from '../../src/dialogue/tracker.js'
import type { Project } from '../../src/project/types.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

const project = projectOf(bank)
const session = (lines: string, compat: Project['config']['compat'] = '3.16'): Project => projectOf(`${bank}\nsession_config: {${lines}}\n`, compat)

describe('sessions (11.2)', () => {
  it('begin with the first message: action, session_started, action_listen', () => {
    const talk = new Conversation(project)
    talk.turn('start flow balance')
    expect(talk.events.slice(0, 4).map((event) => ('name' in event ? `${event.event} ${String(event.name)}` : event.event))).toEqual(['action action_session_start', 'session_started', 'action action_listen', 'user'])
    expect(talk.tracker.session).toMatchObject({ number: 1, state: 'open', messages: 1 })
  })

  it('begin anew after inactivity: slots are carried over, flows are not', () => {
    const talk = new Conversation(project)
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.now += 3_601
    const { said } = talk.turn('repeat message')
    expect(said).toEqual(['utter_ask_rephrase'])
    expect([talk.tracker.session.number, talk.slot('recipient'), talk.flows]).toEqual([2, 'Ann', []])
    expect(talk.tracker.transcript.map(({ who }) => who)).toEqual(['user', 'bot'])
  })

  it('do not begin anew within the time', () => {
    const talk = new Conversation(project)
    talk.turn('start flow transfer')
    talk.now += 3_600
    talk.turn('set slot recipient Ann')
    expect(talk.tracker.session.number).toBe(1)
  })

  it.each([['never, with 0 minutes', 'session_expiration_time: 0', 1e9, 1], ['after one minute', 'session_expiration_time: 1', 61, 2]] as const)('expire %s', (_name, lines, seconds, number) => {
    const talk = new Conversation(session(lines))
    talk.turn('start flow transfer')
    talk.now += seconds
    talk.turn('cannot handle')
    expect(talk.tracker.session.number).toBe(number)
  })

  it('carry nothing where the project says so', () => {
    const talk = new Conversation(session('session_expiration_time: 1, carry_over_slots_to_new_session: false'))
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.now += 100
    talk.turn('cannot handle')
    expect(talk.slot('recipient')).toBeNull()
  })

  it('end for good from 3.16 on; before that the next message begins another', () => {
    const ended = (on: Project): Conversation => {
      const talk = new Conversation(on)
      talk.message('/session_end')
      return talk
    }
    expect(sessionDue(project, ended(project).tracker, 2_000)).toBe(false)
    expect(ended(project).turn('start flow balance').outcomes.at(-1)).toMatchObject({ events: [], next: 'ended' })
    const old = ended(projectOf(bank, '3.13'))
    expect(old.turn('start flow balance').said).toEqual(['utter_ask_account'])
    expect(old.tracker.session.number).toBe(2)
  })

  it('are opened once, also where the domain has an action of its own for it, which may speak', () => {
    const own = projectOf(bank.replace('actions: [', 'actions: [action_session_start, '))
    const talk = new Conversation(own, { action_session_start: () => [{ event: 'session_started' }, { event: 'slot', name: 'note', value: 'vip' }] })
    expect(startSession(own, emptyTracker(own))).toMatchObject({ next: 'continue', effects: [{ effect: 'run', action: 'action_session_start' }] })
    talk.turn('start flow transfer')
    expect([talk.tracker.session.number, talk.slot('note')]).toEqual([1, 'vip'])
  })

  it('action_session_start is skipped as a step where the session has only just begun (2.2)', () => {
    const talk = new Conversation(project)
    talk.message('/session_start')
    expect(talk.tracker.session.number).toBe(1)
    expect(talk.events.filter(({ event }) => event === 'session_started')).toHaveLength(1)
    talk.turn('start flow balance')
    talk.message('/session_start')
    expect([talk.tracker.session.number, talk.flows]).toEqual([2, []])
  })

  it('replay from any session boundary (5.1)', () => {
    const talk = new Conversation(project)
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.now += 4_000
    talk.turn('start flow balance')
    const boundary = talk.events.findLastIndex(({ event }) => event === 'session_started')
    const replayed = foldDraft(emptyTracker(project), talk.events.slice(boundary))
    expect([replayed.stack, [...replayed.slots]]).toEqual([talk.tracker.stack, [...talk.tracker.slots]])
  })
})
