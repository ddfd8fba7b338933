import { describe, expect, it } from 'vitest'
import { cleaned } from '../../src/dialogue/cleanup.js'
import { readCommands } from '../../src/dialogue/command-text.js'
import type { Command } from '../../src/dialogue/commands.js'
import { legalCommands } from '../../src/dialogue/legal.js'
import type { Project } from '../../src/project/types.js'
import { bank } from './bank.js'
import { Conversation, projectOf } from './conversation.js'

const current = projectOf(bank)
const [v38, v313] = [projectOf(bank, '3.8'), projectOf(bank, '3.13')]
const cannot = { command: 'cannot handle' }
const after = (turns: readonly string[], project: Project = current): Conversation => {
  const talk = new Conversation(project, { action_check_funds: () => [{ event: 'slot', name: 'funds', value: true }] })
  for (const commands of turns) talk.turn(commands)
  return talk
}
const clean = (turns: readonly string[], commands: string | readonly Command[], project: Project = current): readonly Command[] =>
  cleaned(project, after(turns, project).tracker, typeof commands === 'string' ? readCommands(commands) : commands)

const inTransfer = ['start flow transfer\nset slot recipient Ann']
const interrupted = [...inTransfer, 'start flow balance']
const resumeAsked = [...interrupted, 'set slot account savings']

describe('clean-up (4.2)', () => {
  it.each<[row: string, turns: readonly string[], commands: string, expected: readonly object[]]>([
    ['4: nothing that can be read', [], 'gibberish', [cannot]],
    ['4: a flow that does not exist', [], 'start flow nowhere', [cannot]],
    ['5: an unknown flow beside a known one', [], 'start flow nowhere\nstart flow balance', [{ command: 'start flow', flow: 'balance' }]],
    ['5: a pattern cannot be started by the model', [], 'start flow pattern_search', [cannot]],
    ['6: the active flow again, with a question open: asked again', inTransfer, 'start flow transfer', [{ command: 'noop' }]],
    ['6: the active flow again beside something else', inTransfer, 'start flow transfer\nset slot amount 5', [{ command: 'set slot', name: 'amount', value: 5 }]],
    ['6: a calling flow counts as active', ['start flow move'], 'start flow move', [{ command: 'noop' }]],
    ['6: a called flow counts as active', ['start flow move'], 'start flow address', [{ command: 'noop' }]],
    ['6: a linked flow counts as active', ['start flow lost\nset slot note x'], 'start flow block', [{ command: 'noop' }]],
    ['6: the flow whose resumption is asked for', resumeAsked, 'start flow transfer', [{ command: 'start flow', flow: 'transfer' }]],
    ['8: a flow whose guard is false', [], 'start flow address', [cannot]],
    ['9: several flows', [], 'start flow balance\nstart flow block\nstart flow balance', [{ command: 'start flow', flow: 'balance' }, { command: 'start flow', flow: 'block' }]],
    ['10: two values for one slot: the last', inTransfer, 'set slot amount 5\nset slot amount 6', [{ command: 'set slot', name: 'amount', value: 6 }]],
    ['11: the value that is there, compared as text', ['start flow transfer\nset slot amount 5'], 'set slot amount 5.0', [{ command: 'noop' }]],
    ['12: a slot that does not exist', inTransfer, 'set slot nothing 5', [cannot]],
    ['13: a slot that the model may not fill', inTransfer, 'set slot funds true', [cannot]],
    ['13: ... beside one that it may', inTransfer, 'set slot funds true\nset slot amount 5', [{ command: 'set slot', name: 'amount', value: 5 }]],
    ['14: a new value for a collected slot', inTransfer, 'set slot recipient Bob', [{ command: 'correct slot', corrected_slots: [{ name: 'recipient', value: 'Bob' }] }]],
    ['14: several corrections share one', ['start flow transfer\nset slot recipient Ann\nset slot amount 5'], 'set slot recipient Bob\nset slot amount 6', [{ command: 'correct slot', corrected_slots: [{ name: 'recipient', value: 'Bob' }, { name: 'amount', value: 6 }] }]],
    ['14: a slot of a waiting flow', interrupted, 'set slot recipient Bob', [{ command: 'correct slot', corrected_slots: [{ name: 'recipient', value: 'Bob' }] }]],
    ['15: an empty slot is just filled', inTransfer, 'set slot amount 5', [{ command: 'set slot', name: 'amount', value: 5 }]],
    ['15: nothing for a slot that has nothing', inTransfer, 'set slot amount null', [{ command: 'noop' }]],
    ['16: a slot without a flow', [], 'set slot amount 5', [cannot]],
    ['16: ... together with its flow', [], 'start flow transfer\nset slot amount 5', [{ command: 'start flow', flow: 'transfer' }, { command: 'set slot', name: 'amount', value: 5 }]],
    ['16: a slot of another flow', inTransfer, 'set slot card credit', [cannot]],
    ['16: a slot of a flow that is linked to', ['start flow lost'], 'set slot card credit', [{ command: 'set slot', name: 'card', value: 'credit' }]],
    ['18: cancelling nothing', [], 'cancel flow', [cannot]],
    ['18: cancelling nothing beside a new flow: a value that is there stays superfluous', ['start flow block\nset slot card debit'], 'cancel flow\nstart flow block\nset slot card debit', [{ command: 'start flow', flow: 'block' }]],
    ['20: a clarification beside something else', inTransfer, 'disambiguate flows balance block\nset slot amount 5', [{ command: 'set slot', name: 'amount', value: 5 }]],
    ['21: unknown options go, order does not matter', [], 'disambiguate flows transfer nowhere balance', [{ command: 'clarify', options: ['balance', 'transfer'] }]],
    ['21: one option left', [], 'disambiguate flows nowhere balance', [{ command: 'start flow', flow: 'balance' }]],
    ['21: no option left', [], 'disambiguate flows nowhere nothing', [cannot]],
    ['21: openly without options, since 3.15', [], 'disambiguate flows', [{ command: 'clarify', options: [] }]],
    ['21: at most three', [], 'disambiguate flows balance block lost move transfer', [{ command: 'clarify', options: ['balance', 'block', 'lost'] }]],
    ['22: not over an interrupting flow', interrupted, 'disambiguate flows block lost', [cannot]],
    ['24: one chitchat stays', inTransfer, 'offtopic reply\nofftopic reply', [{ command: 'chitchat' }]],
    ['24: not understood only if nothing else is', inTransfer, 'cannot handle\noff-topic reply\ncannot handle', [{ command: 'chitchat' }]],
    ['a skipped question where none is asked', [], 'skip question', [cannot]],
    ['a value that does not fit a slot that is not asked', [], 'start flow transfer\nset slot amount lots', [{ command: 'start flow', flow: 'transfer' }]],
    ['a list slot', [], 'start flow transfer\nset slot items x', [{ command: 'start flow', flow: 'transfer' }]],
  ])('row %s', (_row, turns, commands, expected) => {
    expect(clean(turns, commands)).toEqual(expected)
  })

  it('row 7: a flow deeper in the stack is resumed from 3.14 on, before that ignored', () => {
    expect(clean(interrupted, 'start flow transfer')).toEqual([{ command: 'start flow', flow: 'transfer' }])
    expect(clean(interrupted, 'start flow transfer', v313)).toEqual([cannot])
  })

  it('row 9: several flows become a question where the project wants it and none is active', () => {
    const asking = projectOf(bank, '3.16', 'clarify_on_multiple_start_flows: true\n')
    expect(clean([], 'start flow transfer\nstart flow balance', asking)).toEqual([{ command: 'clarify', options: ['balance', 'transfer'] }])
    expect(clean(['start flow block'], 'start flow transfer\nstart flow balance', asking)).toHaveLength(2)
  })

  it('row 17: a button passes by the mappings, but only to slots that some flow at hand collects', () => {
    const button = (name: string, value: string): Command => ({ command: 'set slot', name, value, extractor: 'button' })
    const atAccount = ['start flow balance']
    expect(clean(atAccount, [button('card', 'credit')])).toEqual([button('card', 'credit')])
    expect(clean(atAccount, [button('funds', 'true')])).toEqual([cannot])
    expect(clean(atAccount, [button('street', 'x')])).toEqual([button('street', 'x')])
  })

  it('rows 16, 17: a late button with nothing under way is not understood, and leaves nothing behind', () => {
    const talk = after([])
    expect(talk.message('/SetSlots(card=credit)').said).toEqual(['utter_ask_rephrase'])
    expect(talk.slot('card')).toBeNull()
    const done = after(['start flow balance\nset slot account savings'])
    expect(done.message('/SetSlots(card=credit)').said).toEqual(['utter_ask_rephrase', 'utter_ask_continue_conversation'])
    expect(done.message('/SetSlots(continue_conversation=true)').said).toEqual(['utter_can_do_something_else'])
  })

  it('row 21: before 3.15 there is no open question, before 3.9 one option stays a question', () => {
    expect(clean([], 'disambiguate flows', v313)).toEqual([cannot])
    expect(clean([], 'disambiguate flows balance nowhere', v38)).toEqual([{ command: 'clarify', options: ['balance'] }])
  })

  it('row 21: max_clarification_options sets the limit', () => {
    const talk = after([])
    const tracker = { ...talk.tracker, slots: new Map(talk.tracker.slots).set('max_clarification_options', 2) }
    expect(cleaned(current, tracker, readCommands('disambiguate flows balance block lost'))).toEqual([{ command: 'clarify', options: ['balance', 'block'] }])
  })

  it('row 23: small talk without anybody to talk is refused', () => {
    expect(clean([], 'offtopic reply', v38)).toEqual([{ command: 'cannot handle', reason: 'cannot_handle_chitchat' }])
    expect(clean([], 'offtopic reply', v313)).toEqual([{ command: 'chitchat' }])
  })

  it('handing over: a command until 3.15, later only where the project has a handoff of its own', () => {
    expect(clean([], 'hand over', v38)).toEqual([{ command: 'human handoff' }])
    expect(clean([], 'hand over')).toEqual([cannot])
    const own = projectOf(bank.replace('flows:\n', 'flows:\n  pattern_human_handoff:\n    description: call a person\n    steps:\n      - action: utter_done\n'))
    expect(clean([], 'hand over', own)).toEqual([{ command: 'human handoff' }])
  })

  it('repeating needs something said, and is not known before 3.12', () => {
    expect(clean([], 'repeat message')).toEqual([cannot])
    expect(clean(inTransfer, 'repeat message')).toEqual([{ command: 'repeat bot messages' }])
    expect(clean(inTransfer, 'repeat message', v38)).toEqual([cannot])
  })

  const forcing = projectOf(bank.replace('ask_before_filling: true', 'ask_before_filling: true\n        force_slot_filling: true'))
  const atConfirmation = ['start flow transfer\nset slot recipient Ann\nset slot amount 5']
  it.each<[string, string, readonly object[]]>([
    ['the answer counts', 'set slot confirmed true', [{ command: 'set slot', name: 'confirmed', value: true }]],
    ['a cancellation does not', 'cancel flow', [{ command: 'noop' }]],
    ['nor does anything beside the answer', 'cancel flow\nstart flow balance\nset slot confirmed false\nset slot amount 9', [{ command: 'set slot', name: 'confirmed', value: false }]],
    ['nor not understanding', 'cannot handle', [{ command: 'noop' }]],
    ['a value that does not fit gets its reason', 'set slot confirmed perhaps', [{ command: 'set slot', name: 'confirmed', value: 'perhaps' }]],
  ])('row 25: while a slot is forced, %s', (_name, commands, expected) => {
    expect(clean(atConfirmation, commands, forcing)).toEqual(expected)
  })
  it('row 25: buttons for other slots do not count while a slot is forced', () => {
    expect(clean(atConfirmation, [{ command: 'set slot', name: 'amount', value: 3, extractor: 'button' }], forcing)).toEqual([{ command: 'noop' }])
    const legal = legalCommands(forcing, after(atConfirmation, forcing).tracker)
    expect({ ...legal, settable: [...legal.settable.keys()], settableWith: legal.settableWith.size }).toEqual({
      startable: [], heldBack: [], settable: ['confirmed'], settableWith: 0, cancel: false, clarify: false, skip: false, repeat: false, chitchat: false, knowledge: false, handoff: false, cannotHandle: true,
    })
  })

  it.each<[string, Command]>([
    ['an error', { command: 'error', error_type: 'x', info: {} }], ['a restart', { command: 'restart' }], ['silence', { command: 'user silence' }],
    ['a new session', { command: 'session start' }], ['the end of a session', { command: 'session end' }],
  ])('%s takes the whole turn', (_name, command) => {
    expect(clean(inTransfer, [{ command: 'cancel flow' }, command, { command: 'chitchat' }])).toEqual([command])
  })
})
