import { describe, expect, it } from 'vitest'
import { Conversation, projectOf } from './conversation.js'

const project = projectOf(`
slots:
  member: {type: bool, mappings: [{type: controlled}]}
  name: {type: text, mappings: [{type: from_llm}]}
responses:
  utter_hello: [{text: Hello.}]
  utter_first: [{text: Welcome for the first time.}]
  utter_perks: [{text: Members pay less.}]
  utter_join: [{text: You may join.}]
  utter_sorry: [{text: Sorry.}]
  utter_why: [{text: Why?}]
  utter_ask_name: [{text: Your name?}]
  utter_bye: [{text: Bye.}]
actions: [action_note]
flows:
  register:
    description: registers somebody
    run_pattern_completed: false
    steps: [{collect: name}, {action: utter_hello}]
nlu:
  - intent: hello
    examples: "- hello"
  - intent: perks
    examples: "- what do members get"
  - intent: complaint
    examples: "- this is bad"
  - intent: because
    examples: "- because it is slow"
  - intent: note
    examples: "- note this"
  - intent: leave
    examples: "- bye bye"
rules:
  - rule: first hello
    conversation_start: true
    steps: [{intent: hello}, {action: utter_first}, {action: utter_hello}]
  - rule: any hello
    steps: [{intent: hello}, {action: utter_hello}, {action: action_listen}, {action: action_listen}]
  - rule: perks of members
    condition: [{slot_was_set: [{member: true}]}]
    steps: [{intent: perks}, {action: utter_perks}]
  - rule: perks of others
    condition: [{slot_was_set: [{member: null}]}]
    steps: [{intent: perks}, {action: utter_join}]
  - rule: complaint
    steps: [{intent: complaint}, {action: utter_why}, {intent: because}, {action: utter_sorry}]
  - rule: note
    steps: [{intent: note}, {action: action_note}, {action: utter_hello}]
    matches: ['^note']
  - rule: goes on
    wait_for_user_input: false
    steps: [{intent: leave}, {action: utter_sorry}]
  - rule: after sorry
    steps: [{intent: leave}, {action: utter_sorry}, {action: utter_bye}]
`)
const talk = (actions = {}): Conversation => new Conversation(project, actions)

describe('rules of several steps (10)', () => {
  it('conversation_start: only the first message of a conversation is answered so', () => {
    const one = talk()
    expect(one.message('hello').said).toEqual(['utter_first', 'utter_hello'])
    expect(one.message('Hello!').said).toEqual(['utter_hello'])
  })

  it('condition: slots decide which rule applies, as they are then', () => {
    const one = talk({ action_note: () => [{ event: 'slot', name: 'member', value: true }] })
    expect(one.message('what do members get').said).toEqual(['utter_join'])
    expect(one.message('note it').said).toEqual(['action_note', 'utter_hello'])
    expect(one.message('what do members get').said).toEqual(['utter_perks'])
  })

  it('wait_for_user_input: false lets another rule go on', () => {
    expect(talk().message('bye bye').said).toEqual(['utter_sorry', 'utter_bye'])
  })

  it('a rule over several messages waits between them', () => {
    const one = talk()
    expect(one.message('this is bad').said).toEqual(['utter_why'])
    expect(one.message('because it is slow').said).toEqual(['utter_sorry'])
  })

  it('afterwards the open question of a flow comes back', () => {
    const one = talk()
    one.turn('start flow register')
    expect(one.message('this is bad').said).toEqual(['utter_why', 'utter_ask_name'])
    expect(one.flows).toEqual(['register', 'pattern_collect_information'])
  })

  it('an action that fails ends the rule, and the error is told', () => {
    const one = talk({ action_note: () => 'fails' })
    expect(one.message('note this').said).toEqual(['action_note', 'utter_internal_error_rasa'])
    expect(one.flows).toEqual([])
  })

  it('a restart forgets what was', () => {
    const one = talk()
    one.message('this is bad')
    one.turn([{ command: 'restart' }])
    expect(one.tracker.past).toEqual([])
    expect(one.message('hello').said).toEqual(['utter_first', 'utter_hello'])
  })
})
