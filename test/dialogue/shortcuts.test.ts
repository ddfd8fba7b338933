import { describe, expect, it } from 'vitest'
import { shortcut } from '../../src/dialogue/shortcuts.js'
import { emptyTracker } from '../../src/dialogue/tracker.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

const project = projectOf(`${bank.replace('  note: {type: text}', '  note: {type: text}\n  city_said: {type: text, mappings: [{type: from_entity, entity: city}]}\n  tags: {type: list, mappings: [{type: controlled}]}')
  .replace('    if: false\n', '    if: false\n    nlu_trigger: [{intent: reveal_address}]\n')}
nlu:
  - intent: balance_please
    examples: |
      - what is my balance
      - how much money do I have
  - intent: hours
    examples: |
      - when are you open
  - intent: refund
    examples: |
      - refund please
  - intent: address_please
    examples: |
      - my address please
rules:
  - rule: balance at once
    steps: [{intent: balance_please}, {action: utter_done}]
  - rule: opening hours
    steps: [{intent: hours}, {action: utter_moved}]
  - rule: hidden flow
    steps: [{intent: address_please}, {flow: address}]
  - rule: refund
    steps: [{intent: refund}, {flow: balance}]
    matches: ['^i want (my )?money back']
`)
const found = (message: string): ReturnType<typeof shortcut> => shortcut(project, emptyTracker(project), message)
const commands = (...list: readonly object[]): unknown => ({ kind: 'commands', commands: list })
const filled = (name: string, value: unknown): object => ({ command: 'set slot', name, value, extractor: 'button' })

describe('messages that need no model (4.2, 5.2)', () => {
  it.each<[string, string, unknown]>([
    ['row 1: blank', ' \n ', commands({ command: 'error', error_type: 'rasa_internal_error_user_input_empty', info: {} })],
    ['row 2: too long', 'x'.repeat(421), commands({ command: 'error', error_type: 'rasa_internal_error_user_input_too_long', info: { max_characters: 420 } })],
    ['just short enough', ` ${'x'.repeat(420)} `, { kind: 'ask', text: 'x'.repeat(420) }],
    ['row 17: a button', '/SetSlots(amount=50, note=hello world)', commands(filled('amount', '50'), filled('note', 'hello world'))],
    ['row 17: words for nothing', '/SetSlots(amount=None, note=null, card=undefined)', commands(filled('amount', null), filled('note', null), filled('card', null))],
    ['row 17: an equal sign in the value', '/SetSlots(note=a=b)', commands(filled('note', 'a=b'))],
    ['row 17: the word is case-sensitive', '/setslots(amount=50)', { kind: 'ask', text: 'setslots(amount=50)' }],
    ['row 17: ten pairs', `/SetSlots(${Array.from({ length: 10 }, (_, at) => `s${at}=1`).join(', ')})`, commands(...Array.from({ length: 10 }, (_, at) => filled(`s${at}`, '1')))],
    ['row 17: eleven pairs', `/SetSlots(${Array.from({ length: 11 }, (_, at) => `s${at}=1`).join(', ')})`, commands({ command: 'cannot handle', reason: 'cannot_handle_not_supported' })],
    ['row 17: a list slot', '/SetSlots(tags=a)', commands({ command: 'cannot handle', reason: 'cannot_handle_not_supported' })],
    ['row 17: nonsense inside', '/SetSlots(amount)', commands({ command: 'cannot handle', reason: 'cannot_handle_not_supported' })],
    ['row 26: an unknown intent goes through as text', '//fly_away now', { kind: 'ask', text: 'fly_away now' }],
    ['row 26: an unknown intent', '/fly_away', { kind: 'ask', text: 'fly_away' }],
    ['row 27: an intent that triggers a flow, whatever its guard', '/reveal_address', commands({ command: 'start flow', flow: 'address', trigger: 'intent' })],
    ['row 27: with entities', '/reveal_address{"city": "Graz"}', commands({ command: 'start flow', flow: 'address', trigger: 'intent' }, { command: 'set slot', name: 'city_said', value: 'Graz', extractor: 'nlu' })],
    ['row 27: with braces nested', '/reveal_address{"city": {"name": "Graz"}}', commands({ command: 'start flow', flow: 'address', trigger: 'intent' }, { command: 'set slot', name: 'city_said', value: { name: 'Graz' }, extractor: 'nlu' })],
    ['row 27: broken JSON goes through as text', '/reveal_address{"city": }', { kind: 'ask', text: 'reveal_address{"city": }' }],
    ['an intent of a rule', '/hours', commands({ command: 'apply rule', rule: 'opening hours' })],
    ['restart', '/restart', commands({ command: 'restart' })],
    ['the start of a session', '/session_start{"call_id": "1"}', commands({ command: 'session start' })],
    ['the end of a session', '/session_end', commands({ command: 'session end' })],
    ['silence', '/silence_timeout', commands({ command: 'user silence' })],
    ['a rule, word for word', 'What is my  BALANCE?', commands({ command: 'apply rule', rule: 'balance at once' })],
    ['a rule by its pattern', 'I want my money back!', commands({ command: 'start flow', flow: 'balance' })],
    ['nearly a rule', 'what is my balance today', { kind: 'ask', text: 'what is my balance today' }],
    ['a rule for a flow that may not start now does not apply', 'my address please', { kind: 'ask', text: 'my address please' }],
  ])('%s', (_name, message, expected) => {
    expect(found(message)).toEqual(expected)
  })

  it('a rule answers, and the open question comes back', () => {
    const talk = new Conversation(project)
    talk.turn('start flow transfer')
    expect(talk.message('When are you open?').said).toEqual(['utter_moved', 'utter_ask_recipient'])
  })

  it('a button fills the asked slot', () => {
    const talk = new Conversation(project, { action_check_funds: () => [{ event: 'slot', name: 'funds', value: true }] })
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.message('/SetSlots(amount=20)').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
  })

  it('/intent starts a flow with entities', () => {
    const talk = new Conversation(project)
    expect(talk.message('/reveal_address').said).toEqual(['utter_ask_street'])
  })

  it('a huge message costs nothing', () => {
    expect(found(`/${'{"a":'.repeat(200_000)}`)).toMatchObject({ kind: 'commands', commands: [{ error_type: 'rasa_internal_error_user_input_too_long' }] })
  })
})

describe('slots that Rasa\'s NLU side fills (7)', () => {
  const mapped = projectOf(`
slots:
  comment: {type: text, mappings: [{type: from_text}]}
  reason: {type: text, mappings: [{type: from_text, conditions: [{active_flow: other}]}, {type: from_llm}]}
  urgent: {type: bool, mappings: [{type: from_intent, intent: [emergency, alarm], value: true}, {type: from_intent, not_intent: [emergency, alarm], value: false}]}
  topic: {type: text, mappings: [{type: from_trigger_intent, intent: emergency, value: help}]}
  street: {type: text, mappings: [{type: from_entity, entity: street, intent: tell_street}]}
responses:
  utter_ask_comment: [{text: What is it?}]
  utter_ask_reason: [{text: Why?}]
  utter_ask_urgent: [{text: Urgent?}]
  utter_ask_topic: [{text: About?}]
  utter_ask_street: [{text: Where?}]
  utter_hours: [{text: Always.}]
flows:
  report:
    description: report something
    nlu_trigger: [{intent: emergency}]
    steps: [{collect: topic}, {collect: urgent}, {collect: comment}, {collect: reason}]
  other:
    description: another
    steps: [{collect: street}]
nlu:
  - intent: hours
    examples: |
      - when are you open
rules:
  - rule: hours
    steps: [{intent: hours}, {action: utter_hours}]
`)
  const nlu = (name: string, value: unknown): object => ({ command: 'set slot', name, value, extractor: 'nlu' })
  const commandsOf = (message: string, before: readonly string[] = []): unknown => {
    const talk = new Conversation(mapped)
    for (const turn of before) talk.turn(turn)
    const known = shortcut(mapped, talk.tracker, message)
    return known.kind === 'commands' ? known.commands : known.text
  }

  it('from_intent and from_trigger_intent: an intent that is known from its message', () => {
    expect(commandsOf('/emergency')).toEqual([{ command: 'start flow', flow: 'report', trigger: 'intent' }, nlu('urgent', true), nlu('topic', 'help')])
    expect(commandsOf('/alarm')).toEqual([nlu('urgent', true)])
    expect(new Conversation(mapped).message('/emergency').said).toEqual(['utter_ask_comment'])
  })

  it('from_intent with not_intent: any other intent, known from its message or a rule', () => {
    expect(commandsOf('/hours')).toEqual([{ command: 'apply rule', rule: 'hours' }, nlu('urgent', false)])
    expect(commandsOf('When are you open?')).toEqual([{ command: 'apply rule', rule: 'hours' }, nlu('urgent', false)])
  })

  it('from_entity: with the intent that it is for', () => {
    expect(commandsOf('/tell_street{"street": "Main"}')).toEqual([nlu('urgent', false), nlu('street', 'Main')])
    expect(commandsOf('/tell{"street": "Main"}')).toEqual([nlu('urgent', false)])
  })

  it('from_text: whatever is said where the slot is asked, and nowhere else; the model is not asked (4.2 row 30)', () => {
    expect(commandsOf('it burns, cancel everything', ['start flow report\nset slot topic x'])).toBe('it burns, cancel everything')
    const talk = new Conversation(mapped)
    talk.message('/emergency')
    expect(talk.message('it burns, cancel everything').said).toEqual(['utter_ask_reason'])
    expect(talk.slot('comment')).toBe('it burns, cancel everything')
  })

  it('from_text: a rule, a button and a slash command still come first, and conditions hold', () => {
    const talk = new Conversation(mapped)
    talk.message('/emergency')
    // Another intent says that it is not urgent: a correction, told beside the rule's answer.
    expect(talk.message('when are you open').said).toEqual(['utter_hours', 'utter_corrected_previous_input', 'utter_ask_comment'])
    talk.message('/SetSlots(comment=fire)')
    expect(talk.slot('comment')).toBe('fire')
    expect(shortcut(mapped, talk.tracker, 'because')).toEqual({ kind: 'ask', text: 'because' })
  })
})
