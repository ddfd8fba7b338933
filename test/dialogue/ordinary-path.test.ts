import { describe, expect, it } from 'vitest'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

const project = projectOf(bank)
const open = (funds: (amount: unknown) => boolean = () => true): Conversation =>
  new Conversation(project, { action_check_funds: ({ slots }) => [{ event: 'slot', name: 'funds', value: funds(slots.get('amount')) }] })

describe('the ordinary path', () => {
  it('asks for one slot after another, runs actions, and completes (2.2, 2.3, 2.8)', () => {
    const talk = open()
    expect(talk.turn('start flow transfer').said).toEqual(['utter_ask_recipient'])
    expect(talk.turn('set slot recipient Ann').said).toEqual(['utter_ask_amount'])
    expect(talk.turn('set slot amount 50').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
    const last = talk.turn('set slot confirmed true')
    expect(last.said).toEqual(['action_transfer', 'utter_done', 'utter_ask_continue_conversation'])
    expect(last.events).toContainEqual(expect.objectContaining({ event: 'flow_completed', flow_id: 'transfer' }))
    expect([talk.slot('recipient'), talk.slot('amount'), talk.slot('confirmed')]).toEqual([null, null, null])
    expect(talk.slot('funds'), 'what actions set stays').toBe(true)
  })

  it('skips questions whose answers came with the first message (2.3)', () => {
    expect(open().turn('start flow transfer\nset slot recipient Ann\nset slot amount 50').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
  })

  it('asks again after ask_before_filling even if the value came early (2.3)', () => {
    const talk = open()
    expect(talk.turn('start flow transfer\nset slot recipient Ann\nset slot amount 50\nset slot confirmed true').said.at(-1)).toBe('utter_ask_confirmed')
    expect(talk.slot('confirmed')).toBeNull()
  })

  it('refuses a value by rejections and asks again in the same turn (2.3)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.turn('set slot amount 5000').said).toEqual(['utter_too_much', 'utter_ask_amount'])
    expect(talk.slot('amount')).toBeNull()
    expect(talk.turn('set slot amount 500').said.at(-1)).toBe('utter_ask_confirmed')
  })

  it('validates a prefilled value exactly when its step is reached (2.3)', () => {
    const talk = open()
    expect(talk.turn('start flow transfer\nset slot amount 5000').said).toEqual(['utter_ask_recipient'])
    expect(talk.turn('set slot recipient Ann').said).toEqual(['utter_too_much', 'utter_ask_amount'])
  })

  it('answers a value of the wrong type with the built-in rejection (2.3)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.turn('set slot amount a lot').said).toEqual(['utter_float_slot_rejection', 'utter_ask_amount'])
    talk.turn('set slot amount 5')
    expect(talk.turn('set slot confirmed maybe').said).toEqual(['utter_boolean_slot_rejection', 'utter_ask_confirmed'])
  })

  it('jumps back where set_slots null re-opens a question (2.4)', () => {
    const talk = open((amount) => Number(amount) < 100)
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.turn('set slot amount 200').said).toEqual(['action_check_funds', 'utter_no_funds', 'utter_ask_amount'])
    expect(talk.turn('set slot amount 20').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
  })

  it('stores categorical values in the casing of the domain (7)', () => {
    const talk = open()
    talk.turn('start flow balance')
    talk.turn('set slot account sAvings')
    expect(talk.history).toContainEqual(expect.objectContaining({ event: 'slot', name: 'account', value: 'Savings' }))
  })
})

describe('corrections', () => {
  it('says so, goes back, runs actions again, and asks the confirmation again (5.5)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann\nset slot amount 50')
    const { said, events } = talk.turn('set slot amount 60')
    expect(said).toEqual(['utter_corrected_previous_input', 'action_check_funds', 'utter_ask_confirmed'])
    expect(events.find((event) => event.event === 'user')).toMatchObject({ parse_data: { commands: [{ command: 'correct slot', corrected_slots: [{ name: 'amount', value: 60 }] }] } })
    expect(talk.slot('amount')).toBe(60)
  })

  it('validates the corrected value (5.5)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann\nset slot amount 50')
    expect(talk.turn('set slot amount 6000').said).toEqual(['utter_corrected_previous_input', 'utter_too_much', 'utter_ask_amount'])
  })

  it('takes a correction and the answer to the open question in one turn (5.5)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.turn('set slot amount 70\nset slot recipient Bob').said).toEqual(['utter_corrected_previous_input', 'action_check_funds', 'utter_ask_confirmed'])
    expect([talk.slot('recipient'), talk.slot('amount')]).toEqual(['Bob', 70])
  })

  it('asks again for a slot corrected to nothing, without "updated" (5.5)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.turn('set slot recipient null').said).toEqual(['utter_ask_recipient'])
  })

  it('re-asks when the same value is said again (4.2 row 11)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.turn('set slot recipient Ann').said).toEqual(['utter_ask_amount'])
  })
})

describe('called and linked flows', () => {
  it('runs a called flow as if its steps stood there (2.6)', () => {
    const talk = open()
    expect(talk.turn('start flow move').said).toEqual(['utter_ask_street'])
    talk.turn('set slot street High Street 1')
    talk.turn('set slot city Graz')
    expect(talk.turn('set slot zip 8010').said).toEqual(['utter_ask_note'])
    expect(talk.turn('set slot note none of it').said).toEqual(['utter_moved', 'utter_ask_continue_conversation'])
    expect([talk.slot('street'), talk.slot('zip')]).toEqual([null, null])
  })

  it('corrects a slot of a called flow that has finished (2.6, 5.5)', () => {
    const talk = open()
    talk.turn('start flow move\nset slot street A\nset slot city B\nset slot zip 8010')
    expect(talk.turn('set slot city C').said).toEqual(['utter_corrected_previous_input', 'validate_city', 'utter_ask_note'])
    expect(talk.slot('city')).toBe('C')
  })

  it('asks again for an emptied slot of a called flow that has finished (2.6, 5.5)', () => {
    const talk = open()
    talk.turn('start flow move\nset slot street A\nset slot city B\nset slot zip 8010')
    expect(talk.turn('set slot city null').said).toEqual(['utter_ask_city'])
    expect(talk.flows).toEqual(['move', 'address', 'pattern_collect_information'])
    expect(talk.turn('set slot city D').said).toEqual(['validate_city', 'utter_ask_note'])
  })

  it('cancels the caller with the called flow and names the called one (2.6, 5.4)', () => {
    const talk = open()
    talk.turn('start flow move\nset slot street A')
    const { said, events, outcomes } = talk.turn('cancel flow')
    expect(said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
    expect(outcomes[0]?.effects[0]).toMatchObject({ context: { canceled_name: 'address' } })
    expect(events.filter(({ event }) => event === 'flow_cancelled')).toMatchObject([{ flow_id: 'address' }, { flow_id: 'move' }])
    expect(talk.slot('street')).toBeNull()
  })

  it('ends the linking flow, starts the other, and hands over a prefilled slot (2.5)', () => {
    const talk = open()
    talk.turn('start flow lost\nset slot card credit')
    const { said, events } = talk.turn('set slot note at the station')
    expect(said).toEqual(['utter_blocked'])
    expect(events.filter(({ event }) => event === 'flow_completed')).toMatchObject([{ flow_id: 'lost' }, { flow_id: 'block' }])
    expect(talk.slot('card'), 'persisted').toBe('credit')
    expect(talk.tracker.stack).toEqual([])
  })
})

describe('interruptions', () => {
  it('asks before resuming from 3.14 on: yes (5.3)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    const digression = talk.turn('start flow balance')
    expect(digression.said).toEqual(['utter_ask_account'])
    expect(digression.events).toContainEqual(expect.objectContaining({ event: 'flow_interrupted', flow_id: 'transfer' }))
    expect(talk.turn('set slot account savings').said).toEqual(['action_balance', 'utter_ask_continue_interrupted_flow_confirmation'])
    const resumed = talk.turn('set slot continue_interrupted_flow_confirmation true')
    expect(resumed.said).toEqual(['utter_ask_amount'])
    expect(resumed.events).toContainEqual(expect.objectContaining({ event: 'flow_resumed', flow_id: 'transfer' }))
    expect(talk.slot('recipient')).toBe('Ann')
  })

  it('asks before resuming from 3.14 on: no (5.3)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.turn('start flow balance\nset slot account savings')
    const refused = talk.turn('set slot continue_interrupted_flow_confirmation false')
    expect(refused.events).toContainEqual(expect.objectContaining({ event: 'flow_cancelled', flow_id: 'transfer' }))
    expect(refused.said).toEqual(['utter_ask_continue_conversation'])
    expect(talk.slot('recipient')).toBeNull()
  })

  it('only tells before 3.14 (5.3)', () => {
    const talk = new Conversation(projectOf(bank, '3.13'))
    talk.turn('start flow transfer\nset slot recipient Ann')
    expect(talk.turn('start flow balance\nset slot account savings').said).toEqual(['action_balance', 'utter_flow_continue_interrupted', 'utter_ask_amount'])
  })

  it('starts another flow instead of answering whether to resume (5.3)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.turn('start flow balance\nset slot account savings')
    expect(talk.turn('start flow block').said).toEqual(['utter_ask_card'])
    expect(talk.flows).toEqual(['transfer', 'pattern_collect_information', 'block', 'pattern_collect_information'])
  })

  it('resumes when the user names the flow instead of saying yes (4.2 row 6)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.turn('start flow balance\nset slot account savings')
    expect(talk.turn('start flow transfer').said).toEqual(['utter_ask_amount'])
  })

  it('resumes a flow deeper in the stack when it is named, from 3.14 on (4.2 row 7)', () => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    talk.turn('start flow balance')
    const { said, events } = talk.turn('start flow transfer')
    expect(said).toEqual(['utter_ask_amount'])
    expect(events.map(({ event }) => event).filter((name) => name.startsWith('flow_'))).toEqual(['flow_interrupted', 'flow_resumed'])
    expect(talk.flows[0]).toBe('balance')
  })

  it('runs several started flows, the first mentioned first (4.2 row 9)', () => {
    const talk = open()
    expect(talk.turn('start flow balance\nstart flow block').said).toEqual(['utter_ask_account'])
    expect(talk.turn('set slot account savings').said).toEqual(['action_balance', 'utter_ask_card'])
  })
})

describe('repair', () => {
  const midway = (): Conversation => {
    const talk = open()
    talk.turn('start flow transfer\nset slot recipient Ann')
    return talk
  }
  it.each([
    ['chitchat', 'offtopic reply', ['utter_cannot_handle', 'utter_ask_amount']],
    ['knowledge', 'provide info', ['utter_no_knowledge_base', 'utter_ask_amount']],
    ['a skipped question', 'skip question', ['utter_skip_question_answer', 'utter_ask_amount']],
    ['something not understood', 'cannot handle', ['utter_ask_rephrase', 'utter_ask_amount']],
    ['an unknown flow', 'start flow nonsense', ['utter_ask_rephrase', 'utter_ask_amount']],
    ['nothing at all', '', ['utter_ask_rephrase', 'utter_ask_amount']],
    ['repeating', 'repeat message', ['utter_ask_amount']],
    ['an answer beside chitchat', 'set slot amount 5\nofftopic reply', ['utter_cannot_handle', 'action_check_funds', 'utter_ask_confirmed']],
    ['which flow is meant', 'disambiguate flows balance block', ['utter_clarification_options_rasa']],
  ])('answers %s and comes back to the question (6.1)', (_name, commands, said) => {
    expect(midway().turn(commands).said).toEqual(said)
  })

  it('cancels with a word, resets, and goes on to the next request (5.4)', () => {
    const talk = midway()
    const { said, events } = talk.turn('cancel flow')
    expect(said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
    expect(events).toContainEqual({ event: 'flow_cancelled', flow_id: 'transfer', step_id: 'ask_amount' })
    expect(talk.slot('recipient')).toBeNull()
    expect(talk.turn('start flow balance').said).toEqual(['utter_ask_account'])
  })

  it('lets a flow live that starts as another is cancelled, and says the cancellation first (4.2 row 19)', () => {
    const talk = midway()
    expect(talk.turn('start flow balance\ncancel flow').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_account'])
    expect(talk.flows).toEqual(['balance', 'pattern_collect_information'])
  })

  it('starts the flow that the user picks after a clarification (6.1)', () => {
    const talk = open()
    expect(talk.turn('disambiguate flows balance block').said).toEqual(['utter_clarification_options_rasa'])
    expect(talk.turn('start flow block').said).toEqual(['utter_ask_card'])
  })

  it('cancels the flow without a word and apologises when an action fails (2.2)', () => {
    const talk = new Conversation(project, { action_check_funds: () => 'fails' })
    talk.turn('start flow transfer\nset slot recipient Ann')
    const { said, events } = talk.turn('set slot amount 5')
    expect(said.slice(0, 2)).toEqual(['action_check_funds', 'utter_internal_error_rasa'])
    expect(events).toContainEqual(expect.objectContaining({ event: 'flow_cancelled', flow_id: 'transfer' }))
    expect(talk.slot('amount')).toBeNull()
  })

  it('answers an empty and an overlong message without losing its place (4.2 rows 1 and 2)', () => {
    const talk = midway()
    expect(talk.message('   ').said).toEqual(['utter_user_input_empty_error_rasa', 'utter_ask_amount'])
    expect(talk.message('x'.repeat(421)).said).toEqual(['utter_user_input_too_long_error_rasa', 'utter_ask_amount'])
  })

  it('validates a slot with a validation of its own at once, wherever it is said (7)', () => {
    const talk = open()
    expect(talk.turn('start flow move\nset slot zip x').said).toEqual(['utter_bad_zip', 'utter_ask_zip'])
    expect(talk.turn('set slot zip 8010').said).toEqual(['utter_ask_street'])
  })
})
