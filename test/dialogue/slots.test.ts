import { describe, expect, it } from 'vitest'
import { coerced, isDeclared } from '../../src/dialogue/coercion.js'
import { readCommands, writeCommands } from '../../src/dialogue/command-text.js'
import { legalCommands } from '../../src/dialogue/legal.js'
import { actionsOfEveryTurn } from '../../src/dialogue/session.js'
import { emptyTracker } from '../../src/dialogue/tracker.js'
import type { SlotValue } from '../../src/project/types.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

const typed = projectOf(`
actions: [action_watch, action_old]
slots:
  text: {type: text}
  bool: {type: bool}
  kind: {type: categorical, values: [Small, LARGE, none]}
  number: {type: float, min_value: 1, max_value: 10}
  any: {type: any}
  list: {type: list, mappings: [{type: controlled}]}
  watched: {type: text, mappings: [{type: controlled, run_action_every_turn: action_watch}]}
  here: {type: text, mappings: [{type: from_llm, conditions: [{active_flow: one}]}]}
responses:
  utter_ask_text: [{text: t}]
  utter_ask_here: [{text: h}]
  utter_ask_bool: [{text: b}]
flows:
  one: {description: first, steps: [{collect: text}, {collect: here}]}
  two: {description: second, steps: [{collect: bool}, {collect: here}]}
`)
const fit = (name: string, value: SlotValue): SlotValue => {
  const result = coerced(typed.slots.get(name)!, value)
  return result.ok ? result.value : result.response
}

describe('types of slots (7)', () => {
  it.each<[string, SlotValue, SlotValue]>([
    ['text', 'x', 'x'], ['text', 5, '5'], ['text', 'none', 'none'], ['text', ' ', null], ['text', null, null],
    ['bool', true, true], ['bool', 'True', true], ['bool', 'false', false], ['bool', 'yes', true], ['bool', 'No', false], ['bool', 'None', null], ['bool', 'perhaps', 'utter_boolean_slot_rejection'], ['bool', 2, 'utter_boolean_slot_rejection'],
    ['kind', 'small', 'Small'], ['kind', 'Large', 'LARGE'], ['kind', 'none', 'none'], ['kind', 'null', null], ['kind', 'huge', 'utter_categorical_slot_rejection'],
    ['number', '5', 5], ['number', 1.5, 1.5], ['number', ' 7 ', 7], ['number', 'five', 'utter_float_slot_rejection'], ['number', 0, 'utter_float_slot_rejection'], ['number', '11', 'utter_float_slot_rejection'],
    ['number', Infinity, 'utter_float_slot_rejection'], ['number', '1e999', 'utter_float_slot_rejection'], ['number', '0x5', 'utter_float_slot_rejection'], ['number', '', null],
    ['any', { a: [1, null] }, { a: [1, null] }], ['any', 'None', 'None'], ['list', ['a'], ['a']],
  ])('%s takes %j as %j', (name, value, expected) => {
    expect(fit(name, value)).toEqual(expected)
  })
})

describe('a domain that gives "None" a meaning (7)', () => {
  const covers = projectOf(bank.replace('card: {type: categorical, values: [debit, credit]}', 'card: {type: categorical, values: [debit, None]}'))
  const asked = (): Conversation => {
    const talk = new Conversation(covers)
    talk.turn('start flow block')
    return talk
  }
  it.each(['/SetSlots(card=None)', '/SetSlots(card=none)', '/SetSlots(card="None")'])('takes it from the button %s', (payload) => {
    const talk = asked()
    talk.message(payload)
    expect(talk.slot('card')).toBe('None')
  })
  it('takes it from a command line, quoted or as the domain\'s own word, and still has "null" for nothing', () => {
    const card = (slot: string, word: string): boolean => isDeclared(covers.slots.get(slot), word)
    const read = (line: string): unknown => readCommands(line, card)[0]
    for (const word of ['None', '"None"']) expect(read(`set slot card ${word}`)).toEqual({ command: 'set slot', name: 'card', value: 'None' })
    expect([read('set slot card null'), read('SetSlot(amount, None)')]).toEqual([{ command: 'set slot', name: 'card', value: null }, { command: 'set slot', name: 'amount', value: null }])
    expect(writeCommands([{ command: 'set slot', name: 'card', value: 'None' }])).toBe('set slot card "None"')
  })
})

describe('mappings (7)', () => {
  it('conditions restrict a slot to its flow', () => {
    const settable = (flow: string): readonly string[] => {
      const talk = new Conversation(typed)
      talk.turn(`start flow ${flow}`)
      return [...legalCommands(typed, talk.tracker).settable.keys()]
    }
    expect(settable('one')).toEqual(['text', 'here'])
    expect(settable('two')).toEqual(['bool'])
  })

  it('run_action_every_turn names actions for the edge to run before each message', () => {
    expect(actionsOfEveryTurn(typed, emptyTracker(typed))).toEqual(['action_watch'])
  })
})

describe('validation (7)', () => {
  const start = (commands: string): Conversation => {
    const talk = new Conversation(projectOf(bank))
    talk.turn(commands)
    return talk
  }
  it('in a button runs at once as well', () => {
    const talk = start('start flow move')
    expect(talk.message('/SetSlots(zip=12)').said).toEqual(['utter_bad_zip', 'utter_ask_zip'])
  })

  it('of a value that starts a flow comes before the first question of the flow', () => {
    const talk = new Conversation(projectOf(bank))
    expect(talk.turn('start flow move\nset slot zip x\nset slot street y').said).toEqual(['utter_bad_zip', 'utter_ask_zip'])
    expect(talk.turn('set slot zip 1234').said).toEqual(['utter_ask_city'])
  })

  it('blocks until valid, with digressions in between', () => {
    const talk = start('start flow move\nset slot zip x')
    expect(talk.turn('offtopic reply').said).toEqual(['utter_cannot_handle', 'utter_ask_zip'])
    expect(talk.turn('set slot street high').said).toEqual(['utter_ask_zip'])
    expect(talk.turn('set slot zip 123').said).toEqual(['utter_bad_zip', 'utter_ask_zip'])
    expect(talk.turn('set slot zip 1234').said).toEqual(['utter_ask_city'])
  })

  const askedForZip = 'start flow move\nset slot street high\nset slot city Graz'
  it.each([
    ['resumed', 'start flow move\nset slot zip y'],
    ['resumed first, then answered', 'start flow move', 'set slot zip y'],
  ])('is not passed by when the flow is interrupted and %s', (_, ...turns) => {
    const talk = start(askedForZip)
    expect(talk.turn('set slot zip x\nstart flow balance').said).toEqual(['utter_bad_zip', 'utter_ask_zip'])
    expect(turns.map((turn) => talk.turn(turn).said).at(-1)).toEqual(['utter_bad_zip', 'utter_ask_zip'])
    expect(talk.slot('zip')).toBe(null)
    expect(talk.turn('set slot zip 1234').said).toEqual(['utter_ask_note'])
    expect(talk.flows.filter((flow) => flow === 'pattern_validate_slot')).toEqual([])
  })

  it('comes before what a correction in the same message goes back to', () => {
    const talk = start(askedForZip)
    expect(talk.turn('set slot street low\nset slot zip x').said).toEqual(['utter_corrected_previous_input', 'utter_bad_zip', 'utter_ask_zip'])
    expect(talk.turn('set slot zip 1234').said).toEqual(['validate_city', 'utter_ask_note'])
  })

  it('of a value said while its flow is cancelled is not needed: the value goes too, even where the flow would leave it behind', () => {
    const talk = new Conversation(projectOf(bank.replace('description: ask for an address\n', 'description: ask for an address\n    persisted_slots: [zip]\n')))
    talk.turn(askedForZip)
    expect(talk.turn('set slot zip x\ncancel flow').said.at(0)).toBe('utter_flow_cancelled_rasa')
    expect(talk.slot('zip')).toBe(null)
  })

  it('is made up for at the question where a value came in without it', () => {
    const project = projectOf(bank.replace('flows:\n', 'flows:\n  fill: {description: fill it, steps: [{action: action_balance}, {collect: zip}, {action: utter_blocked}]}\n'))
    const talk = new Conversation(project, { action_balance: () => [{ event: 'slot', name: 'zip', value: 'x' }] })
    expect(talk.turn('start flow fill').said).toEqual(['action_balance', 'utter_bad_zip', 'utter_ask_zip'])
  })

  it('of two slots at once asks for one after the other', () => {
    const two = projectOf(bank.replace('  note: {type: text}', '  note: {type: text, validation: {rejections: [{if: \'slots.note = "bad"\', utter: utter_declined}], refill_utter: utter_ask_note}}'))
    const talk = new Conversation(two)
    expect(talk.turn('start flow move\nset slot zip x\nset slot note bad').said).toEqual(['utter_declined', 'utter_ask_note'])
    expect(talk.turn('set slot note good').said).toEqual(['utter_bad_zip', 'utter_ask_zip'])
    expect(talk.turn('set slot zip 1234').said).toEqual(['utter_ask_street'])
  })

  it('a value that an action wrote and that cannot be is refused when its step is reached', () => {
    const project = projectOf(bank.replace('flows:\n', 'flows:\n  fill: {description: fill it, steps: [{action: action_balance}, {collect: card}, {action: utter_blocked}]}\n'))
    const talk = new Conversation(project, { action_balance: () => [{ event: 'slot', name: 'card', value: 'library' }] })
    expect(talk.turn('start flow fill').said).toEqual(['action_balance', 'utter_categorical_slot_rejection', 'utter_ask_card'])
  })
})
