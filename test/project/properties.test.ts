import { describe, expect, it } from 'vitest'
import { load, loaded, marked, short } from './in-memory.js'

const base = `slots:
  amount: {type: float}
  yes: {type: bool}
  funds: {type: bool, mappings: [{type: controlled}]}
actions: [action_pay, action_check]
responses:
  utter_ask_amount: [{text: how much}]
  utter_ask_yes: [{text: sure}]
flows:
  pay:
    description: pay
    steps:
      - collect: amount
      - collect: yes
      - action: action_check
        next:
          - if: slots.funds
            then: [{action: action_pay, next: END}]
          - else: END
`

describe('properties', () => {
  it('say what may never happen, and when', () => {
    const { properties, assumptions } = loaded({
      'base.yml': base,
      'properties/a.yml': 'properties:\n  a:\n    description: said\n    never: {action: action_pay, unless: slots.yes, when: slots.funds}\n    on_violation: block\n  b:\n    never: {action: action_pay, before: {action: action_check}, within: pay}\n',
      'properties.yml': 'properties:\n  c: {always: slots.amount > 0}\n  d: {every_turn: answers}\n  e: {every_flow: can_be_left}\nassumptions:\n  begins: {funds: [true, false]}\n  actions:\n    action_check: {sets: {funds: [yes], amount: any}}\n',
    })
    expect(properties.map(({ name, rule, onViolation }) => [name, rule.kind, onViolation])).toEqual([
      ['a', 'never', 'block'], ['b', 'never', 'log'], ['c', 'always', 'log'], ['d', 'every_turn', 'log'], ['e', 'every_flow', 'log'],
    ])
    expect(properties[0]).toMatchObject({ description: 'said', place: { file: 'properties/a.yml', line: 2, column: 3 }, rule: { what: { kind: 'action', name: 'action_pay' }, when: { kind: 'and', right: { kind: 'not' } }, order: null } })
    expect(properties[1]?.rule).toMatchObject({ when: null, order: { kind: 'before', what: { kind: 'action', name: 'action_check' }, within: 'pay' } })
    expect([...assumptions.begins]).toEqual([['funds', [true, false]]])
    expect([...assumptions.sets.get('action_check') ?? []]).toEqual([['funds', [true]], ['amount', 'any']])
  })

  it('change neither the version of a project nor what counts as used', () => {
    const files = { 'base.yml': base.replace('utter_ask_yes: [{text: sure}]', 'utter_ask_yes: [{text: sure}]\n  utter_odd: [{text: odd}]') }
    const watched = { ...files, 'properties.yml': 'properties:\n  p: {never: {response: utter_odd}}\n' }
    expect(loaded(watched).version).toBe(loaded(files).version)
    expect(load(watched).problems.map(short)).toEqual(load(files).problems.map(short))
  })

  it.each([
    ['an unknown action', 'unknown-action', 'properties:\n  p: {never: {action: »action_pya}}\n'],
    ['an unknown response', 'unknown-response', 'properties:\n  p: {never: {response: »utter_ask_amonut}}\n'],
    ['an unknown flow', 'unknown-flow', 'properties:\n  p: {never: {flow_started: »pya}}\n  q: {never: {action: action_pay, before: {action: action_check}, within: »pya}}\n'],
    ['an unknown slot', 'unknown-slot', 'properties:\n  p: {always: »slots.amonut > 0}\nassumptions: {begins: {»fnuds: [1]}}\n'],
    ['a value that a slot cannot have', 'impossible-value', 'properties:\n  p: {always: slots.yes = »"maybe"}\nassumptions: {begins: {funds: [»7]}, actions: {action_check: {sets: {funds: [»7]}}}}\n'],
    ['a condition that cannot be read', 'bad-condition', 'properties:\n  p: {never: {action: action_pay, unless: slots.yes and»}}\n'],
    ['a property that says nothing', 'bad-property', 'properties:\n  »p: {description: nothing}\n'],
    ['a property that says two things', 'bad-property', 'properties:\n  »p: {every_turn: answers, every_flow: can_be_left}\n'],
    ['a happening without a name', 'bad-property', 'properties:\n  p: {»never: {when: slots.yes}}\n'],
    ['two happenings at once', 'bad-property', 'properties:\n  p: {»never: {action: action_pay, flow_started: pay}}\n'],
    ['two orders at once', 'bad-property', 'properties:\n  p: {never: {action: action_pay, before: {action: action_check}, after: »{action: action_check}}}\n'],
    ['a reach without an order', 'misplaced-key', 'properties:\n  p: {never: {action: action_pay, within: »pay}}\n'],
    ['a name that stands twice', 'duplicate-property', 'properties:\n  p: {every_turn: answers}\n---\nproperties:\n  »p: {every_turn: answers}\n'],
    ['something that cannot be kept from happening', 'not-blockable', 'properties:\n  p: {never: {flow_started: pay}, on_violation: »block}\n'],
    ['a misspelt key', 'unknown-key', 'properties:\n  p: {never: {action: action_pay, »unles: slots.yes}}\n'],
    ['a demand nobody knows', 'not-allowed', 'properties:\n  p: {every_turn: »answer}\n'],
    ['values that are no list', 'wrong-type', 'properties:\n  p: {every_turn: answers}\nassumptions: {actions: {action_check: {sets: {funds: »some}}}}\n'],
  ])('blame %s', (_, code, text) => {
    const parts = text.split('---\n').map(marked)
    const files = Object.fromEntries(parts.map(({ text: plain }, at) => [`properties/${at}.yml`, plain]))
    const { problems } = load({ 'base.yml': base, ...files })
    expect(problems.map(short)).toEqual(parts.flatMap(({ places }, at) => places.map((place) => `properties/${at}.yml:${place} ${code}`)))
  })
})
