import { describe, expect, it } from 'vitest'
import { rasaTracker } from '../../src/actions/tracker-json.js'
import { isUserFrame } from '../../src/dialogue/frames.js'
import { situationOf } from '../../src/dialogue/situation.js'
import type { Project } from '../../src/project/types.js'
import { bank } from './bank.js'
import { Conversation, projectOf, type Turn } from './conversation.js'

const project = projectOf(bank)
const v313 = projectOf(bank, '3.13')
const after = (turns: readonly string[], on: Project = project): Conversation => {
  const talk = new Conversation(on, { action_check_funds: () => [{ event: 'slot', name: 'funds', value: true }] })
  for (const commands of turns) talk.turn(commands)
  return talk
}
const flowEvents = ({ events }: Turn): readonly string[] => events.flatMap((event) => ('flow_id' in event && typeof event.flow_id === 'string' ? [`${event.event} ${event.flow_id}`] : []))
const atAmount = ['start flow transfer\nset slot recipient Ann']

describe('frames (5.1)', () => {
  it('have eight characters as id, a place and their context beside it', () => {
    const { stack } = after(atAmount).tracker
    expect(stack).toMatchObject([
      { flow_id: 'transfer', step_id: 'ask_amount', frame_type: 'regular', type: 'flow' },
      { flow_id: 'pattern_collect_information', frame_type: 'regular', type: 'pattern_collect_information', collect: 'amount', utter: 'utter_ask_amount', collect_action: 'action_ask_amount' },
    ])
    for (const { frame_id } of stack) expect(frame_id).toMatch(/^[0-9a-z]{8}$/)
  })

  it('of questions show their rejections, as authors wrote them', () => {
    const shown = (turns: readonly string[]): unknown => {
      const { tracker } = after(turns)
      return rasaTracker(project, 'c', tracker, []).stack.at(-1)
    }
    expect(shown(atAmount)).toMatchObject({ collect: 'amount', rejections: [{ if: 'slots.amount > 1000', utter: 'utter_too_much' }] })
    expect(shown([])).toBeUndefined()
    expect(shown(['start flow transfer'])).toMatchObject({ collect: 'recipient', rejections: [] })
    expect(shown(['start flow move\nset slot zip x'])).toMatchObject({ validate: 'zip', rejections: [{ if: 'not slots.zip matches "^[0-9]{4}$"', utter: 'utter_bad_zip' }] })
    const asks = after(['start flow transfer']).turn('set slot recipient Ann').outcomes[0]?.effects.find((effect) => effect.effect === 'say')
    expect(asks).toMatchObject({ context: { rejections: [{ if: 'slots.amount > 1000', utter: 'utter_too_much' }] } })
  })

  it('know how they came: interrupt, call, link', () => {
    const types = (turns: readonly string[]): readonly string[] => after(turns).tracker.stack.filter(isUserFrame).map((frame) => `${frame.flow_id} ${frame.frame_type}`)
    expect(types([...atAmount, 'start flow move'])).toEqual(['transfer regular', 'move interrupt', 'address call'])
    expect(types(['start flow lost\nset slot note x'])).toEqual(['block link'])
  })

  it('give patterns their context', () => {
    const contextOf = (turns: readonly string[], commands: string, response: string): unknown => {
      const { outcomes } = after(turns).turn(commands)
      return outcomes.flatMap(({ effects }) => effects).find((effect) => effect.effect === 'say' && effect.response === response)
    }
    expect(contextOf(atAmount, 'set slot recipient Bob', 'utter_corrected_previous_input')).toMatchObject({ context: { is_reset_only: false, corrected_slots: { recipient: 'Bob' }, new_slot_values: ['Bob'], reset_flow_id: 'transfer' } })
    expect(contextOf(atAmount, 'cancel flow', 'utter_flow_cancelled_rasa')).toMatchObject({ context: { canceled_name: 'transfer money' } })
    expect(contextOf(atAmount, 'disambiguate flows balance block move', 'utter_clarification_options_rasa')).toMatchObject({ context: { names: ['balance', 'block card', 'moving house'], clarification_options: 'balance, block card or moving house' } })
    expect(contextOf([...atAmount, 'start flow balance'], 'set slot account savings', 'utter_ask_continue_interrupted_flow_confirmation')).toMatchObject({ context: { previous_flow_name: 'transfer money', interrupted_flow_names: ['transfer money'], interrupted_flow_ids: ['transfer'], multiple_flows_interrupted: false } })
    expect(contextOf([], 'start flow balance\nset slot account savings', 'utter_ask_continue_conversation')).toMatchObject({ context: { previous_flow_name: 'balance', collect: 'continue_conversation' } })
    expect(contextOf(atAmount, 'cannot handle', 'utter_ask_rephrase')).toMatchObject({ context: { reason: 'cannot_handle_default' } })
  })
})

describe('what follows a flow (5.3)', () => {
  it('two interrupted flows: asks which, takes the named one, and the other waits on', () => {
    const talk = after([...atAmount, 'start flow move', 'start flow balance'])
    expect(talk.turn('set slot account savings').said).toEqual(['action_balance', 'utter_ask_interrupted_flow_to_continue'])
    expect(situationOf(project, talk.tracker)).toMatchObject({ flow: null, asked: 'interrupted_flow_to_continue', pattern: 'pattern_continue_interrupted', interrupted: ['move', 'transfer'] })
    const chosen = talk.turn('set slot interrupted_flow_to_continue Transfer Money')
    expect(chosen.said).toEqual(['utter_ask_amount'])
    expect(flowEvents(chosen)).toContain('flow_resumed transfer')
    expect(talk.flows).toEqual(['move', 'address', 'pattern_collect_information', 'transfer', 'pattern_collect_information'])
  })

  it('two interrupted flows: "none" cancels both', () => {
    const talk = after([...atAmount, 'start flow move', 'start flow balance', 'set slot account savings'])
    const none = talk.turn('set slot interrupted_flow_to_continue "none"')
    expect(flowEvents(none).filter((name) => name.startsWith('flow_cancelled'))).toEqual(['flow_cancelled address', 'flow_cancelled move', 'flow_cancelled transfer'])
    expect(none.said).toEqual(['utter_ask_continue_conversation'])
  })

  it.each([
    'set slot interrupted_flow_to_continue none', 'set slot interrupted_flow_to_continue "None"', 'set slot interrupted_flow_to_continue No',
    'set slot interrupted_flow_to_continue None of them.', 'set slot interrupted_flow_to_continue neither', 'set slot interrupted_flow_to_continue no thanks',
    ...['No, thank you.', 'no thanks!', 'No thank you very much', 'nah', 'Neither.', 'Neither of those, thanks', 'nothing', 'nothing at all', 'No, none of them', 'not now', 'No, not now, thanks.', 'none of the two', 'no no no']
      .map((words) => `set slot interrupted_flow_to_continue ${words}`),
  ])('two interrupted flows: the words for none cancel both (%s)', (words) => {
    const none = after([...atAmount, 'start flow move', 'start flow balance', 'set slot account savings']).turn(words)
    expect(flowEvents(none).filter((name) => name.startsWith('flow_cancelled'))).toEqual(['flow_cancelled address', 'flow_cancelled move', 'flow_cancelled transfer'])
    expect(none.said).toEqual(['utter_ask_continue_conversation'])
  })

  it.each(['no limits', 'nothing but money', 'thank you'])('two interrupted flows: one that is called "%s" can be named', (name) => {
    const nonstop = projectOf(bank.replace('name: transfer money', `name: ${name}`))
    const talk = after([...atAmount, 'start flow move', 'start flow balance', 'set slot account savings'], nonstop)
    expect(talk.turn(`set slot interrupted_flow_to_continue ${name}`).said).toEqual(['utter_ask_amount'])
  })

  it('two interrupted flows: a name that fits none is asked for again', () => {
    const talk = after([...atAmount, 'start flow move', 'start flow balance', 'set slot account savings'])
    expect(talk.turn('set slot interrupted_flow_to_continue the thing before').said).toEqual(['utter_ask_interrupted_flow_to_continue'])
    expect(talk.slot('interrupted_flow_to_continue')).toBeNull()
  })

  it('two interrupted flows: naming a flow as a request does as well', () => {
    const talk = after([...atAmount, 'start flow move', 'start flow balance', 'set slot account savings'])
    expect(talk.turn('start flow transfer').said).toEqual(['utter_ask_amount'])
  })

  it('a knowledge answer with several flows under way: asks which to go on with, the one just asked among them', () => {
    const talk = after([...atAmount, 'start flow balance'])
    const answered = talk.turn('provide info')
    expect(answered.said).toEqual(['utter_no_knowledge_base', 'utter_ask_interrupted_flow_to_continue'])
    expect(flowEvents(answered)).toContain('flow_interrupted balance')
    expect(talk.turn('set slot interrupted_flow_to_continue balance').said).toEqual(['utter_ask_account'])
    expect(talk.flows).toEqual(['transfer', 'pattern_collect_information', 'balance', 'pattern_collect_information'])
  })

  it.each<[string, readonly string[], Project, string]>([
    ['with one flow under way', atAmount, project, 'utter_ask_amount'],
    ['before 3.14', [...atAmount, 'start flow balance'], v313, 'utter_ask_account'],
    ['while the resume question is open', [...atAmount, 'start flow balance', 'set slot account savings'], project, 'utter_ask_continue_interrupted_flow_confirmation'],
  ])('a knowledge answer %s: the open question comes back', (_name, turns, on, question) => {
    expect(after(turns, on).turn('provide info').said).toEqual(['utter_no_knowledge_base', question])
  })

  it('a finished flow above a queued one lets it begin without a question', () => {
    expect(after(['start flow balance\nstart flow move']).turn('set slot account savings').said).toEqual(['action_balance', 'utter_ask_street'])
  })

  it('small talk while the resume question is open comes back to it', () => {
    const talk = after([...atAmount, 'start flow balance', 'set slot account savings'])
    expect(talk.turn('offtopic reply').said).toEqual(['utter_cannot_handle', 'utter_ask_continue_interrupted_flow_confirmation'])
    expect(talk.turn('cancel flow').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
  })

  it('before 3.14 it only says that it goes on, and asks the open question', () => {
    const talk = after([...atAmount, 'start flow balance'], v313)
    const turn = talk.turn('set slot account savings')
    expect(turn.said).toEqual(['action_balance', 'utter_flow_continue_interrupted', 'utter_ask_amount'])
    expect(flowEvents(turn).at(-1)).toBe('flow_resumed transfer')
  })

  it('a new request instead of an answer to "anything else?" just starts', () => {
    const talk = after(['start flow balance\nset slot account savings'])
    expect(talk.flows).toEqual(['pattern_completed', 'pattern_collect_information'])
    expect(talk.turn('start flow move').said).toEqual(['utter_ask_street'])
    expect(talk.flows[0]).toBe('move')
    expect(talk.slot('continue_conversation')).toBeNull()
  })

  it('shared slots of a waiting flow outlive the flow above it', () => {
    const shared = projectOf(bank.replace('  balance:\n', '  pay:\n    description: pay a bill\n    steps: [{collect: recipient}, {collect: note}]\n  balance:\n'))
    const talk = after([...atAmount, 'start flow pay', 'set slot note x'], shared)
    talk.turn('set slot continue_interrupted_flow_confirmation true')
    expect(talk.slot('recipient')).toBe('Ann')
  })
})

describe('cancelling (5.4)', () => {
  it('takes the top flow only; what waits below is offered', () => {
    const talk = after([...atAmount, 'start flow balance'])
    const turn = talk.turn('cancel flow')
    expect(turn.said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_interrupted_flow_confirmation'])
    expect(flowEvents(turn)).toContain('flow_cancelled balance')
    expect(talk.slot('recipient')).toBe('Ann')
  })

  it('during a clarification cancels the flow below it', () => {
    const talk = after([...atAmount, 'disambiguate flows balance block'])
    expect(talk.turn('cancel flow').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
  })

  it('while a value is being refilled drops the refilling too', () => {
    const talk = after(['start flow move\nset slot zip x'])
    expect(talk.flows).toContain('pattern_validate_slot')
    expect(talk.turn('cancel flow').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
    expect(talk.flows).not.toContain('pattern_validate_slot')
  })

  it('with a value in the same message: the value goes with the flow', () => {
    const talk = after(atAmount)
    expect(talk.turn('set slot amount 5\ncancel flow').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
    expect(talk.slot('amount')).toBeNull()
  })

  it('with a new request and its values in the same message: they are kept for the new flow, also where the old one had the same', () => {
    const shared = projectOf(bank.replace('  balance:\n', '  pay:\n    description: pay a bill\n    steps: [{collect: recipient}, {collect: amount}, {collect: note}]\n  balance:\n'))
    const talk = after(['start flow transfer\nset slot recipient Ann\nset slot amount 50'], shared)
    expect(talk.turn('cancel flow\nstart flow pay\nset slot recipient Ann\nset slot amount 60').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_note'])
    expect([talk.slot('recipient'), talk.slot('amount')]).toEqual(['Ann', 60])
    const other = after(['start flow transfer\nset slot recipient Ann\nset slot amount 50'], shared)
    expect(other.turn('cancel flow\nstart flow pay\nset slot amount 60').said, 'what was not said again went with the old flow').toEqual(['utter_flow_cancelled_rasa', 'utter_ask_recipient'])
  })

  it('with a correction in the same message: nothing is said of the correction', () => {
    expect(after(atAmount).turn('set slot recipient Bob\ncancel flow').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
  })

  it('while a correction waits for its confirmation cancels the flow', () => {
    const talk = after([...atAmount, 'set slot recipient Bob'], confirming)
    expect(talk.flows).toContain('pattern_correction')
    expect(talk.turn('cancel flow').said).toEqual(['utter_flow_cancelled_rasa', 'utter_ask_continue_conversation'])
    expect(talk.flows).not.toContain('pattern_correction')
  })
})

const confirming = projectOf(bank.replace('flows:\n', `flows:
  pattern_correction:
    description: corrects after asking
    steps:
      - noop: true
        next:
          - if: context.is_reset_only
            then: correct
          - else: ask
      - id: ask
        collect: confirm_correction
        next:
          - if: slots.confirm_correction
            then: correct
          - else: END
      - id: correct
        action: action_correct_flow_slot
        next: END
`))

describe('corrections (5.5)', () => {
  const atConfirmation = ['start flow transfer\nset slot recipient Ann\nset slot amount 50']
  it('twice in a row', () => {
    const talk = after(atConfirmation)
    talk.turn('set slot amount 60')
    expect(talk.turn('set slot amount 70').said).toEqual(['utter_corrected_previous_input', 'action_check_funds', 'utter_ask_confirmed'])
    expect(talk.slot('amount')).toBe(70)
  })

  it('of two slots at once go back to the earlier one and say one sentence', () => {
    const turn = after(atConfirmation).turn('set slot amount 60\nset slot recipient Bob')
    expect(turn.said).toEqual(['utter_corrected_previous_input', 'action_check_funds', 'utter_ask_confirmed'])
  })

  it('of a value given early, whose question has not come yet, changes it and stays', () => {
    const talk = after(['start flow transfer\nset slot amount 50'])
    expect(talk.turn('set slot amount 60').said).toEqual(['utter_corrected_previous_input', 'utter_ask_recipient'])
    expect([talk.slot('amount'), talk.flows]).toEqual([60, ['transfer', 'pattern_collect_information']])
  })

  it('of a waiting flow changes it there and leaves the upper flow alone', () => {
    const talk = after([...atConfirmation, 'start flow balance'])
    expect(talk.turn('set slot amount 60').said).toEqual(['utter_corrected_previous_input', 'utter_ask_account'])
    talk.turn('set slot account savings')
    expect(talk.turn('set slot continue_interrupted_flow_confirmation true').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
  })

  // Shares everything with the transfer, its yes too.
  const sharing = projectOf(bank.replace('  balance:\n', `  pay:
    description: pay a bill
    steps:
      - collect: recipient
      - collect: amount
        rejections: [{if: slots.amount > 900, utter: utter_too_much}]
      - collect: confirmed
        ask_before_filling: true
      - collect: note
  balance:
`))
  it.each([
    ['corrected', ['set slot amount 60', 'start flow transfer'], ['action_check_funds', 'utter_ask_confirmed']],
    ['corrected and refused', ['set slot amount 5000', 'start flow transfer\nset slot amount 5000'], ['utter_too_much', 'utter_ask_amount']],
    ['corrected to nothing', ['set slot amount null', 'start flow transfer\nset slot amount 70'], ['action_check_funds', 'utter_ask_confirmed']],
    ['answered anew', ['set slot confirmed false', 'start flow transfer'], ['utter_ask_confirmed']],
  ])('where the upper flow is %s, a yes that a waiting flow had got counts no longer', (_, turns, said) => {
    const talk = after([...atConfirmation, 'set slot confirmed true\nstart flow pay'], sharing)
    const [change = '', resume = ''] = turns
    talk.turn(change)
    const { said: resumed } = talk.turn(resume)
    expect(resumed).toEqual(said)
    expect(talk.events).not.toContainEqual({ event: 'action', name: 'action_transfer' })
  })

  it('to the same value leave the yes of a waiting flow alone', () => {
    const talk = after([...atConfirmation, 'set slot confirmed true\nstart flow balance', 'set slot amount 50'])
    expect(talk.turn('start flow transfer').said.at(0)).toBe('action_transfer')
  })

  it('a yes to the upper flow is none to the flow below', () => {
    const talk = after([...atConfirmation, 'start flow pay', 'set slot confirmed true', 'set slot note x'], sharing)
    expect(talk.turn('set slot continue_interrupted_flow_confirmation true').said).toEqual(['utter_ask_confirmed'])
  })

  it('together with a new request are made before it begins', () => {
    const talk = after(atConfirmation)
    expect(talk.turn('start flow balance\nset slot amount 60').said).toEqual(['utter_corrected_previous_input', 'utter_ask_account'])
    expect(talk.slot('amount')).toBe(60)
  })

  it('of a slot whose question clears it are a plain new answer: it is asked again', () => {
    const talk = after(['start flow transfer\nset slot recipient Ann\nset slot amount 50'])
    expect(talk.turn('set slot confirmed true').said.slice(0, 2)).toEqual(['action_transfer', 'utter_done'])
  })

  it('after the flow has ended are none', () => {
    const talk = after([...atConfirmation, 'set slot confirmed true'])
    expect(talk.turn('set slot amount 60').said[0]).toBe('utter_ask_rephrase')
  })

  it('with a value of the wrong type are not taken', () => {
    const talk = after(atConfirmation)
    expect(talk.turn('set slot amount lots').said).toEqual(['utter_ask_rephrase', 'utter_ask_confirmed'])
    expect(talk.slot('amount')).toBe(50)
  })

  it('are validated at once where the slot has a validation of its own', () => {
    const talk = after(['start flow move\nset slot street a\nset slot city b\nset slot zip 8010'])
    expect(talk.turn('set slot zip nope').said).toEqual(['utter_corrected_previous_input', 'utter_bad_zip', 'utter_ask_zip'])
    expect(talk.turn('set slot zip 8020').said).toEqual(['utter_ask_note'])
  })

  it('that need confirming wait for it: yes', () => {
    const talk = after(['start flow transfer\nset slot recipient Ann', 'set slot recipient Bob'], confirming)
    expect(talk.slot('recipient')).toBe('Ann')
    talk.turn('set slot confirm_correction true')
    expect(talk.slot('recipient')).toBe('Bob')
  })

  it('that need confirming wait for it: no', () => {
    const talk = after(['start flow transfer\nset slot recipient Ann', 'set slot recipient Bob'], confirming)
    expect(talk.turn('set slot confirm_correction false').said).toEqual(['utter_ask_amount'])
    expect(talk.slot('recipient')).toBe('Ann')
  })

  it('that need confirming may be corrected themselves: the last counts, and one question is asked', () => {
    const talk = after(['start flow transfer\nset slot recipient Ann', 'set slot recipient Bob', 'set slot recipient Cy'], confirming)
    expect(talk.flows.filter((flow) => flow === 'pattern_correction')).toHaveLength(1)
    expect(talk.turn('set slot confirm_correction true').said).toEqual(['utter_ask_amount'])
    expect(talk.slot('recipient')).toBe('Cy')
  })
})

describe('changed flows (5.6, 4.2 row 28)', () => {
  const changed = (from: string, to: string): Project => projectOf(bank.replace(from, to))
  const goOn = (on: Project): Conversation => {
    const talk = after(atAmount)
    const later = new Conversation(on, talk.actions)
    later.history.push(...talk.history)
    later.events.push(...talk.events)
    later.tracker = { ...talk.tracker, initialSlots: later.tracker.initialSlots }
    return later
  }

  it('tell the user and start afresh', () => {
    const talk = goOn(changed('if: slots.amount > 1000', 'if: slots.amount > 900'))
    const turn = talk.turn('set slot amount 5')
    expect(turn.commands).toEqual([{ command: 'handle code change' }])
    expect(turn.said).toEqual(['utter_inform_code_change', 'utter_ask_continue_conversation'])
    expect(talk.slot('recipient')).toBeNull()
  })

  it('are not noticed where only another flow changed', () => {
    const talk = goOn(changed('action: action_balance', 'action: utter_done'))
    expect(talk.turn('set slot amount 5').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
  })

  it('are not noticed where a flow only moved in its file', () => {
    expect(goOn(changed('flows:\n', 'flows:\n\n\n')).turn('set slot amount 5').said).toEqual(['action_check_funds', 'utter_ask_confirmed'])
  })

  it('may be gone altogether', () => {
    const without = { ...project, flows: new Map([...project.flows].filter(([id]) => id !== 'transfer')) }
    const talk = goOn(without)
    const turn = talk.turn('set slot amount 5')
    expect(turn.said[0]).toBe('utter_inform_code_change')
    expect(turn.outcomes.flatMap(({ faults }) => faults)).toMatchObject([{ code: 'stale-step' }])
    expect(talk.turn('start flow balance').said).toEqual(['utter_ask_account'])
  })
})
