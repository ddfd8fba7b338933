import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../src/assistant/log.js'
import { bankFiles, bankProjectWith, openBank, say, words, type Bank } from './bank.js'
import { scripted } from './scripted.js'

/** A bank that pays whether or not the customer agrees. */
const careless = bankFiles['flows/pay.yml'].replace('          - else:\n              - action: utter_not_paid\n                next: END\n', '          - else: go\n')
/** A flow that says nothing. */
const hush = '  hush:\n    description: Say nothing.\n    run_pattern_completed: false\n    nlu_trigger: [{intent: hush}]\n    steps: [{set_slots: [{amount: null}]}]\n'
type Watched = Bank & { readonly log: LogEntry[]; readonly turn: (text: string) => Promise<{ readonly texts: readonly (string | null)[]; readonly violations: unknown }> }
const watched = async (properties: string, flows = careless): Promise<Watched> => {
  const log: LogEntry[] = []
  const bank = await openBank({
    project: bankProjectWith({ 'flows/pay.yml': flows, 'data/rules.yml': `${bankFiles['data/rules.yml']}\nproperties:\n${properties}` }),
    understander: scripted(words), log: (entry) => void log.push(entry),
  })
  const turn: Watched['turn'] = async (text) => {
    const { messages, events } = await bank.assistant.handle({ conversation: 'c', text, channel: 'rest' })
    const user = events.find((event) => event.event === 'user')
    return { texts: messages.map((message) => message.text), violations: user?.event === 'user' ? user.parse_data['violations'] : null }
  }
  return { ...bank, log, turn }
}
const agreed = '  agreed:\n    never: {action: action_pay, unless: slots.confirmed}\n'

describe('a property that a live turn violates', () => {
  it('is logged with its place and kept with the message, and nothing else changes', async () => {
    const { turn, log, payments } = await watched(agreed)
    expect((await turn('pay Ann 50')).violations).toBeUndefined()
    expect(await turn('no')).toEqual({ texts: ['Sent, R1.'], violations: [{ property: 'agreed', on: 'action_pay', blocked: false }] })
    expect(payments).toHaveLength(1)
    expect(log).toMatchObject([{ level: 'error', event: 'property-violated', property: 'agreed', on: 'action_pay', blocked: false, place: expect.stringMatching(/^data\/rules\.yml:\d+:3$/) as string }])
  })

  it('keeps the action from running where it says so: the flow ends in the error pattern, and the conversation goes on', async () => {
    const { assistant, turn, payments } = await watched(`${agreed}    on_violation: block\n`)
    await turn('pay Ann 50')
    expect(await turn('no')).toEqual({ texts: ['Something went wrong.'], violations: [{ property: 'agreed', on: 'action_pay', blocked: true }] })
    expect(payments).toEqual([])
    expect(await say(assistant, 'pay somebody')).toEqual(['To whom?'])
  })

  it('says nothing about one that holds', async () => {
    const { turn, log, payments } = await watched(`${agreed}    on_violation: block\n`, bankFiles['flows/pay.yml'])
    await turn('pay Ann 50')
    expect(await turn('yes')).toEqual({ texts: ['Sent, R1.'], violations: undefined })
    expect(payments).toHaveLength(1)
    expect(log).toEqual([])
  })

  it('looks back over earlier turns, as far as the flow goes', async () => {
    const again = '  once:\n    never: {action: action_pay, after: {action: action_pay}}\n  once_each:\n    never: {action: action_pay, after: {action: action_pay}, within: pay}\n'
    const { turn } = await watched(again)
    await turn('pay Ann 50')
    expect((await turn('yes')).violations).toBeUndefined()
    await turn('pay Ann 50')
    expect((await turn('yes')).violations).toEqual([{ property: 'once', on: 'action_pay', blocked: false }])
  })

  it.each([
    ['slots as the turn leaves them', '  p: {always: slots.payee is null}\n', 'pay Ann 50'],
    ['a turn without an answer', '  p: {every_turn: answers}\n', '/hush'],
  ])('is noticed at the end of a turn: %s', async (_, property, text) => {
    const { turn } = await watched(property, `${careless}${hush}`)
    expect((await turn('hello')).violations).toBeUndefined()
    expect((await turn(text)).violations).toEqual([{ property: 'p', on: 'end of the turn', blocked: false }])
  })
})
