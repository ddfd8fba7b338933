import { describe, expect, it } from 'vitest'
import { GapInHistory, StackPatchFailed, UnknownEvent, UnknownSlot, ActionPending } from '../../src/dialogue/errors.js'
import { step } from '../../src/dialogue/engine.js'
import type { Stored, TrackerEvent } from '../../src/dialogue/events.js'
import { patched } from '../../src/dialogue/stack-patch.js'
import { emptyTracker, fold, foldAll, foldDraft } from '../../src/dialogue/tracker.js'
import { bank } from './bank.js'
import { bytes, Conversation, projectOf } from './conversation.js'

const project = projectOf(bank)
const empty = emptyTracker(project)
const stored = (event: TrackerEvent, sequence: number): Stored<TrackerEvent> => ({ ...event, sequence, timestamp: 10 + sequence })
const user = (text: string): TrackerEvent => ({ event: 'user', text, parse_data: { commands: [] }, input_channel: 'rest', message_id: 'm1' })
const bot = (text: string): TrackerEvent => ({ event: 'bot', text, data: { buttons: [{ title: 'Yes', payload: '/x' }] }, metadata: {} })

describe('folding events (11.1)', () => {
  it('stops at a gap, a repetition, an unknown event, an unknown slot and a patch that does not fit', () => {
    expect(() => fold(empty, stored(user('a'), 2))).toThrow(GapInHistory)
    expect(() => fold(fold(empty, stored(user('a'), 1)), stored(user('a'), 1))).toThrow(GapInHistory)
    expect(() => fold(empty, stored({ event: 'unheard_of' } as unknown as TrackerEvent, 1))).toThrow(UnknownEvent)
    expect(() => fold(empty, stored({ event: 'slot', name: 'gone', value: 1 }, 1))).toThrow(UnknownSlot)
    expect(() => fold(empty, stored({ event: 'stack', update: '[{"op":"remove","path":"/0"}]' }, 1))).toThrow(StackPatchFailed)
    expect(() => fold(empty, stored({ event: 'stack', update: 'nonsense' }, 1))).toThrow(StackPatchFailed)
  })

  it('never quotes what a user said in an error', () => {
    try {
      fold(empty, stored(user('my secret'), 5))
    } catch (error) {
      expect(String(error)).not.toContain('secret')
    }
  })

  it('forgets slots of old events that the project has dropped (5.6)', () => {
    const folded = foldAll(empty, [stored({ event: 'slot', name: 'gone', value: 1 }, 1), stored({ event: 'slot', name: 'note', value: 'x' }, 2)])
    expect([folded.slots.get('note'), folded.slots.has('gone'), folded.forgottenSlots, folded.sequence]).toEqual(['x', false, ['gone'], 2])
  })

  it('keeps the last twenty utterances, button titles among them', () => {
    let tracker = empty
    for (let turn = 0; turn < 15; turn++) tracker = foldDraft(tracker, [user(`u${turn}`), bot(`b${turn}`)])
    expect(tracker.transcript).toHaveLength(20)
    expect(tracker.transcript.at(-1)).toEqual({ who: 'bot', text: 'b14', buttons: ['Yes'] })
    expect(tracker.latestMessage).toEqual({ text: 'u14', messageId: 'm1', channel: 'rest' })
    expect(tracker.session.lastActivity, 'a draft has no time').toBeNull()
  })

  it('leaves text before a restart out of the transcript, and puts slots and stack back', () => {
    const tracker = foldDraft(empty, [user('a'), { event: 'slot', name: 'note', value: 'x' }, { event: 'restart' }])
    expect([tracker.transcript, tracker.slots.get('note'), tracker.sequence]).toEqual([[], null, 3])
  })

  it('reset_slots puts slots back to their initial values', () => {
    const tracker = foldDraft(empty, [{ event: 'slot', name: 'blocked', value: true }, { event: 'reset_slots' }, { event: 'slot', name: 'note', value: 'x' }])
    expect([tracker.slots.get('blocked'), tracker.slots.get('note'), empty.slots.get('note')]).toEqual([false, 'x', null])
  })

  it('pause keeps the bot silent until resume', () => {
    const paused = foldDraft(empty, [{ event: 'session_started' }, { event: 'pause' }, user('a')])
    expect(step(project, paused, [{ command: 'start flow', flow: 'transfer' }]).effects).toEqual([])
    const resumed = foldDraft(paused, [{ event: 'resume' }])
    expect(step(project, resumed, [{ command: 'start flow', flow: 'transfer' }]).effects).toHaveLength(1)
  })

  it.each(['entities', 'export', 'routing_session_ended', 'loop_interrupted', 'form', 'form_validation', 'agent_started', 'agent_completed', 'agent_interrupted', 'agent_cancelled', 'agent_resumed'] as const)('keeps %s in the history without effect', (event) => {
    const folded = foldDraft(empty, [{ event, name: 'x' }])
    expect(bytes({ ...folded, sequence: 0 })).toBe(bytes(empty))
  })

  it('never changes a tracker that was handed out', () => {
    const talk = new Conversation(project)
    const states: [string, () => string][] = []
    for (const commands of ['start flow move', 'set slot street x', 'offtopic reply', 'set slot street y', 'cancel flow', 'start flow balance']) {
      talk.turn(commands)
      const { tracker } = talk
      states.push([bytes(tracker), () => bytes(tracker)])
    }
    for (const [then, now] of states) expect(now()).toBe(then)
  })

  it('gives the state as of any event', () => {
    const talk = new Conversation(project)
    const states: string[] = []
    for (const commands of ['start flow move', 'set slot street x', 'set slot street y', 'start flow balance']) {
      talk.turn(commands)
      states.push(`${talk.history.length} ${bytes(talk.tracker)}`)
    }
    for (const state of states) {
      const [length = '0', ...rest] = state.split(' ')
      expect(bytes(foldAll(empty, talk.history.slice(0, Number(length))))).toBe(rest.join(' '))
    }
  })
})

describe('stack patches', () => {
  const base = [{ frame_id: 'a', flow_id: 'f', step_id: 's', frame_type: 'regular', type: 'pattern_x', info: { deep: [1, 2] } }] as const
  it.each<[string, string, unknown]>([
    ['a field', '[{"op":"replace","path":"/0/step_id","value":"t"}]', [{ ...base[0], step_id: 't' }]],
    ['inside a field', '[{"op":"add","path":"/0/info/deep/-","value":3}]', [{ ...base[0], info: { deep: [1, 2, 3] } }]],
    ['a move', '[{"op":"move","from":"/0/info/deep","path":"/0/list"}]', [{ ...base[0], info: {}, list: [1, 2] }]],
    ['a copy and a test', '[{"op":"test","path":"/0/flow_id","value":"f"},{"op":"copy","from":"/0/flow_id","path":"/0/name"}]', [{ ...base[0], name: 'f' }]],
    ['escaped names', '[{"op":"add","path":"/0/a~1b~0c","value":1}]', [{ ...base[0], 'a/b~c': 1 }]],
    ['the name __proto__ as a name', '[{"op":"add","path":"/0/__proto__","value":{"x":1}}]', [Object.defineProperty({ ...base[0] }, '__proto__', { value: { x: 1 }, enumerable: true, configurable: true, writable: true })]],
  ])('of Rasa apply: %s', (_name, update, expected) => {
    const result = patched(base, update)
    expect(JSON.stringify(result)).toBe(JSON.stringify(expected))
    expect(({} as { x?: number }).x).toBeUndefined()
  })

  it.each(['[{"op":"replace","path":"/0/nothing","value":1}]', '[{"op":"remove","path":"/5"}]', '[{"op":"test","path":"/0/flow_id","value":"g"}]', '[{"op":"add","path":"/0/step_id/x","value":1}]', '[{"op":"fly","path":"/0"}]', '{}', '[{"op":"replace","path":"","value":1}]', '[{"op":"copy","from":"/9","path":"/0"}]'])('refuse what does not fit: %s', (update) => {
    expect(() => patched(base, update)).toThrow(StackPatchFailed)
  })
})

describe('actions under way', () => {
  const waiting = (): Conversation['tracker'] => {
    const started = foldDraft(empty, [{ event: 'session_started' }, user('a')])
    return foldDraft(started, step(project, started, [{ command: 'start flow', flow: 'balance' }, { command: 'set slot', name: 'account', value: 'Savings' }]).events)
  }
  it('are known from the events alone, with the same key after a crash', () => {
    const tracker = waiting()
    expect(tracker.pending).toMatchObject({ action: 'action_balance' })
    expect(step(project, tracker, [])).toMatchObject({ events: [], next: 'continue', effects: [{ effect: 'run', action: 'action_balance', stepKey: tracker.pending?.stepKey, at: 0 }] })
  })

  it('must be reported before the next message', () => {
    expect(() => step(project, waiting(), [{ command: 'chitchat' }])).toThrow(ActionPending)
  })

  it('may be given up with an error', () => {
    const tracker = waiting()
    const outcome = step(project, tracker, [{ command: 'error', error_type: 'rasa_internal_error_default', info: {} }])
    expect(outcome.events[0]).toEqual({ event: 'action_execution_rejected', name: 'action_balance' })
    expect(foldDraft(tracker, outcome.events).pending).toBeNull()
    expect(outcome.next).toBe('listen')
  })
})
