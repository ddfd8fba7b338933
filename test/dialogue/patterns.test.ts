import { describe, expect, it } from 'vitest'
import { defaultActions } from '../../src/project/default-actions.js'
import { isDefaultAction } from '../../src/dialogue/default-action.js'
import type { Command } from '../../src/dialogue/commands.js'
import { situationOf } from '../../src/dialogue/situation.js'
import { bank } from './bank.js'
import { Conversation, projectOf, type TestActions } from './conversation.js'

const funds: TestActions = { action_check_funds: () => [{ event: 'slot', name: 'funds', value: true }] }
const talkIn = (yaml = bank, compat: '3.8' | '3.13' | '3.16' = '3.16', actions: TestActions = funds): Conversation => new Conversation(projectOf(yaml, compat), actions)
const withFlows = (flows: string, actions = ''): string => bank.replace('flows:\n', `flows:\n${flows}`).replace('actions: [', `actions: [${actions}`)
const midway = (yaml?: string, compat?: '3.8' | '3.13' | '3.16'): Conversation => {
  const talk = talkIn(yaml, compat)
  talk.turn('start flow transfer\nset slot recipient Ann')
  return talk
}

describe('default patterns (6.1)', () => {
  it('pattern_completed since 3.15: asks; yes goes on, no says goodbye and asks how it was', () => {
    const finished = (): Conversation => {
      const talk = talkIn()
      expect(talk.turn('start flow balance\nset slot account savings').said.at(-1)).toBe('utter_ask_continue_conversation')
      return talk
    }
    expect(finished().turn('set slot continue_conversation true').said).toEqual(['utter_can_do_something_else'])
    const talk = finished()
    expect(talk.turn('set slot continue_conversation false').said).toEqual(['utter_closing_words', 'utter_ask_csat_score'])
    expect(talk.turn('set slot csat_score Unsatisfied').said).toEqual(['utter_csat_thank_you_unsatisfied'])
    expect(talk.tracker.stack).toEqual([])
    expect(talk.turn('start flow balance').said).toEqual(['utter_ask_account'])
  })

  it('pattern_completed before 3.15: only offers', () => {
    expect(talkIn(bank, '3.13').turn('start flow balance\nset slot account savings').said).toEqual(['action_balance', 'utter_can_do_something_else'])
  })

  it('pattern_clarification: offers options and waits; options are known until the answer', () => {
    const talk = midway()
    expect(talk.turn('disambiguate flows balance block').said).toEqual(['utter_clarification_options_rasa'])
    expect(situationOf(talk.project, talk.tracker)).toMatchObject({ flow: 'transfer', asked: null, pattern: 'pattern_clarification', options: ['balance', 'block'] })
    expect(talk.turn('start flow block').said).toEqual(['utter_ask_card'])
    expect(situationOf(talk.project, talk.tracker).options).toEqual([])
  })

  it('pattern_clarification: answered with something else, the open question comes back', () => {
    const talk = midway()
    talk.turn('disambiguate flows balance block')
    expect(talk.turn('offtopic reply').said).toEqual(['utter_cannot_handle', 'utter_ask_amount'])
    talk.turn('disambiguate flows balance block')
    expect(talk.turn('set slot amount 5').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
  })

  it('pattern_clarification: asked twice, one question stands', () => {
    const talk = midway()
    talk.turn('disambiguate flows balance block')
    talk.turn('disambiguate flows lost block')
    expect(talk.flows).toEqual(['transfer', 'pattern_collect_information', 'pattern_clarification'])
    expect(situationOf(talk.project, talk.tracker).options).toEqual(['block', 'lost'])
  })

  it('pattern_clarification: without options asks openly since 3.15', () => {
    expect(talkIn().turn('disambiguate flows').said).toEqual(['utter_clarification_no_options_rasa'])
  })

  it.each<[string, '3.8' | '3.13' | '3.16', readonly string[]]>([
    ['declines small talk', '3.16', ['utter_cannot_handle', 'utter_ask_amount']],
    ['declines small talk', '3.13', ['utter_cannot_handle', 'utter_ask_amount']],
    ['has nobody to talk', '3.8', ['utter_cannot_handle', 'utter_ask_amount']],
  ])('pattern_chitchat %s in %s', (_name, compat, said) => {
    expect(midway(bank, compat).turn('offtopic reply').said).toEqual(said)
  })

  it('pattern_search: with action_trigger_search the edge answers; without a hit it says that nothing was found', () => {
    const yaml = withFlows('  pattern_search: {description: search, steps: [{action: action_trigger_search}]}\n')
    const found = midway(yaml)
    expect(found.turn('provide info').said).toEqual(['action_trigger_search', 'utter_ask_amount'])
  })

  it('pattern_cannot_handle: answers by its reason', () => {
    const reason = (name: string): readonly string[] => midway().turn([{ command: 'cannot handle', reason: name }]).said
    expect(reason('cannot_handle_chitchat')[0]).toBe('utter_cannot_handle')
    expect(reason('cannot_handle_not_supported')[0]).toBe('utter_cannot_handle')
    expect(reason('cannot_handle_no_relevant_answer')[0]).toBe('utter_no_relevant_answer_found')
    expect(reason('anything')[0]).toBe('utter_ask_rephrase')
  })

  it('pattern_internal_error: answers by the error, and the flow goes on where the message was at fault', () => {
    const error = (error_type: string): readonly string[] => midway().turn([{ command: 'error', error_type, info: {} }]).said
    expect(error('rasa_internal_error_user_input_too_long')).toEqual(['utter_user_input_too_long_error_rasa', 'utter_ask_amount'])
    expect(error('rasa_internal_error_user_input_empty')).toEqual(['utter_user_input_empty_error_rasa', 'utter_ask_amount'])
    expect(error('rasa_internal_error_default')).toEqual(['utter_internal_error_rasa', 'utter_ask_amount'])
  })

  it('pattern_internal_error: a failing action in a called flow cancels the caller too, and offers what waits below', () => {
    const talk = talkIn(bank, '3.16', { ...funds, validate_city: () => 'fails' })
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.turn('start flow move\nset slot street x')
    const { said, events } = talk.turn('set slot city y')
    expect(said).toEqual(['validate_city', 'utter_internal_error_rasa', 'utter_ask_continue_interrupted_flow_confirmation'])
    expect(events.filter(({ event }) => event === 'flow_cancelled')).toMatchObject([{ flow_id: 'address' }, { flow_id: 'move' }])
  })

  it('pattern_internal_error: failing itself leaves an apology and an empty stack', () => {
    const talk = talkIn(withFlows('  pattern_internal_error: {description: oops, steps: [{action: action_tell}]}\n', 'action_tell, '), '3.16', { action_check_funds: () => 'fails', action_tell: () => 'fails' })
    expect(talk.turn('start flow transfer\nset slot recipient Ann\nset slot amount 5').said).toEqual(['action_check_funds', 'action_tell', 'utter_internal_error_rasa'])
    expect(talk.tracker.stack).toEqual([])
    expect(talk.turn('start flow balance').said).toEqual(['utter_ask_account'])
  })

  it('pattern_human_handoff: counted since 3.16, reached by link or, before, by command', () => {
    const linked = talkIn(withFlows('  help: {description: help, steps: [{link: pattern_human_handoff}]}\n'))
    const { said, events } = linked.turn('start flow help')
    expect(said[0]).toBe('utter_human_handoff_not_available')
    expect(events).toContainEqual(expect.objectContaining({ event: 'action', name: 'action_handoff_metric' }))
    expect(midway(bank, '3.13').turn('hand over').said).toEqual(['utter_human_handoff_not_available', 'utter_ask_amount'])
  })

  it('pattern_skip_question: says that the step is needed and repeats the question', () => {
    expect(midway().turn('skip question').said).toEqual(['utter_skip_question_answer', 'utter_ask_amount'])
  })

  it('pattern_repeat_bot_messages: all messages since the last user message, the open question once', () => {
    const talk = midway()
    talk.turn('set slot amount 5000')
    expect(talk.turn('repeat message').said).toEqual(['again: utter_too_much', 'utter_ask_amount'])
    const ended = talkIn(bank, '3.13')
    ended.turn('start flow balance\nset slot account savings')
    expect(ended.turn('repeat message').said).toEqual(['again: utter_can_do_something_else'])
  })

  it('pattern_session_start: opens a session and may greet', () => {
    const talk = midway(withFlows('  pattern_session_start:\n    description: greet\n    nlu_trigger: [{intent: session_start}]\n    steps: [{action: action_session_start}, {action: utter_done}]\n'))
    const { said, events } = talk.message('/session_start')
    expect(said).toEqual(['utter_done'])
    expect(events.map(({ event }) => event)).toContain('session_started')
    expect(talk.tracker.stack).toEqual([])
    expect(talk.tracker.session.number).toBe(2)
  })

  it('pattern_session_end: an overridable flow, then the session is closed for good', () => {
    const talk = midway(withFlows('  pattern_session_end: {description: bye, steps: [{action: utter_done}]}\n'))
    const { said, outcomes, events } = talk.message('/session_end')
    expect(said).toEqual(['utter_done'])
    expect(outcomes.at(-1)?.next).toBe('ended')
    expect(events.at(-1)).toMatchObject({ event: 'session_ended' })
    expect(talk.turn('start flow balance').said).toEqual([])
  })

  it('pattern_restart: forgets everything', () => {
    const talk = midway()
    expect(talk.message('/restart').said).toEqual([])
    expect([talk.slot('recipient'), talk.tracker.stack, talk.tracker.transcript]).toEqual([null, [], []])
    expect(talk.turn('start flow transfer').said).toEqual(['utter_ask_recipient'])
  })

  it('pattern_user_silence: repeats, asks, then hangs up; a word in between starts the count anew', () => {
    const talk = midway()
    expect(talk.message('/silence_timeout').said).toEqual(['utter_ask_amount'])
    expect(talk.slot('consecutive_silence_timeouts')).toBe(1)
    expect(talk.message('/silence_timeout').said).toEqual(['utter_ask_still_there', 'utter_ask_amount'])
    talk.turn('offtopic reply')
    expect(talk.slot('consecutive_silence_timeouts')).toBe(0)
    talk.message('/silence_timeout')
    talk.message('/silence_timeout')
    const last = talk.message('/silence_timeout')
    expect(last.said).toEqual(['utter_inform_hangup'])
    expect(last.outcomes.at(-1)?.next).toBe('ended')
  })

  it('pattern_validate_slot: never twice for one slot at a time', () => {
    const talk = talkIn()
    talk.turn('start flow move\nset slot zip x')
    talk.turn('set slot zip y')
    expect(talk.flows.filter((flow) => flow === 'pattern_validate_slot')).toHaveLength(1)
    expect(talk.turn('set slot zip 8010').said).toEqual(['utter_ask_street'])
  })
})

describe('default actions (6.2)', () => {
  it('are all known', () => {
    for (const name of defaultActions) expect(isDefaultAction(name), name).toBe(true)
  })

  it('are replaced by an action of that name in the domain', () => {
    const talk = talkIn(withFlows('', 'action_cancel_flow, '))
    talk.turn('start flow transfer')
    expect(talk.turn('cancel flow').said.slice(0, 2)).toEqual(['action_cancel_flow', 'utter_flow_cancelled_rasa'])
  })

  it('of older policies are recorded and do nothing', () => {
    const talk = talkIn(withFlows('  old: {description: old, steps: [{action: action_back}, {action: utter_done}]}\n'))
    const { said, events } = talk.turn('start flow old')
    expect(said[0]).toBe('utter_done')
    expect(events).toContainEqual(expect.objectContaining({ event: 'action', name: 'action_back' }))
  })
})

describe('customised patterns (6.3)', () => {
  it('branch on the context of the pattern', () => {
    const talk = midway(withFlows(`  pattern_cancel_flow:
    description: cancel
    steps:
      - action: action_cancel_flow
        next:
          - if: context.canceled_name = "transfer money"
            then: [{action: utter_declined, next: END}]
          - else: [{action: utter_done, next: END}]
`))
    expect(talk.turn('cancel flow').said[0]).toBe('utter_declined')
  })

  it('link on to another pattern or to a user flow', () => {
    const link = (target: string): Conversation => midway(withFlows(`  pattern_cannot_handle: {description: c, steps: [{link: ${target}}]}\n`))
    expect(link('pattern_chitchat').turn('cannot handle').said).toEqual(['utter_cannot_handle', 'utter_ask_amount'])
    const talk = link('block')
    const { said, events } = talk.turn('cannot handle')
    expect(said).toEqual(['utter_ask_card'])
    expect(events).toContainEqual(expect.objectContaining({ event: 'flow_interrupted', flow_id: 'transfer' }))
  })

  it('start a flow straight from a clarification', () => {
    const talk = talkIn(withFlows('  pattern_clarification: {description: c, steps: [{action: action_clarify_flows}, {link: block}]}\n'))
    expect(talk.turn('disambiguate flows balance block').said).toEqual(['utter_ask_card'])
  })

  it('count clarifications in a slot and hand off', () => {
    const yaml = withFlows(`  pattern_clarification:
    description: c
    persisted_slots: [unclear]
    steps:
      - action: action_clarify_flows
        next:
          - if: slots.unclear >= 1
            then: [{link: pattern_human_handoff}]
          - else: [{set_slots: [{unclear: 1}]}, {action: utter_clarification_options_rasa, next: END}]
`).replace('slots:\n', 'slots:\n  unclear: {type: float, initial_value: 0, mappings: [{type: controlled}]}\n')
    const talk = talkIn(yaml)
    expect(talk.turn('disambiguate flows balance block').said).toEqual(['utter_clarification_options_rasa'])
    expect(talk.turn('disambiguate flows balance block').said).toEqual(['utter_human_handoff_not_available'])
  })

  it('collect slots that may be given early', () => {
    const talk = talkIn()
    talk.turn('start flow balance')
    talk.turn('set slot account savings')
    const commands: readonly Command[] = [{ command: 'set slot', name: 'continue_conversation', value: false }, { command: 'set slot', name: 'csat_score', value: 'satisfied' }]
    expect(talk.turn(commands).said[0]).toBe('utter_closing_words')
  })

  it('may wait for the user with action_listen in the middle', () => {
    const talk = midway(withFlows('  pattern_chitchat: {description: c, steps: [{action: utter_done}, {action: action_listen}, {action: utter_moved}]}\n'))
    expect(talk.turn('offtopic reply').said).toEqual(['utter_done'])
    expect(talk.turn('set slot amount 3').said).toEqual(['utter_moved', 'action_check_funds', 'utter_ask_confirmed'])
  })
})

describe('loops that never listen', () => {
  it('end after 1,000 steps with a located error; the conversation goes on', () => {
    const talk = talkIn(withFlows('  loop: {description: loop, steps: [{id: a, noop: true, next: b}, {id: b, noop: true, next: [{if: slots.blocked, then: END}, {else: a}]}]}\n'))
    const { said, outcomes } = talk.turn('start flow loop')
    expect(said).toEqual(['utter_internal_error_rasa'])
    expect(outcomes.flatMap(({ faults }) => faults)).toMatchObject([{ code: 'step-budget', flow: 'loop', place: { file: 'data/project.yml' } }])
    expect(talk.turn('start flow balance').said).toEqual(['utter_ask_account'])
  })

  it('count over actions too', () => {
    let runs = 0
    const talk = talkIn(withFlows('  loop: {description: loop, steps: [{id: a, action: action_spin, next: [{if: slots.blocked, then: END}, {else: a}]}]}\n', 'action_spin, '), '3.16', { action_spin: () => { runs++; return [] } })
    const { said } = talk.turn('start flow loop')
    expect(said.at(-1)).toBe('utter_internal_error_rasa')
    expect(runs).toBeLessThanOrEqual(1_000)
  })

  it('in the error pattern itself end in an apology', () => {
    const talk = talkIn(withFlows('  pattern_internal_error: {description: l, steps: [{id: a, noop: true, next: [{if: slots.blocked, then: END}, {else: a}]}]}\n'))
    const { said } = talk.turn([{ command: 'error', error_type: 'x', info: {} }])
    expect(said).toEqual(['utter_internal_error_rasa'])
    expect(talk.tracker.stack).toEqual([])
  })
})
