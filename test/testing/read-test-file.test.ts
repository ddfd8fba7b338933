import { describe, expect, it } from 'vitest'
import { expectedText } from '../../src/testing/check-kinds.js'
import { readTestFile } from '../../src/testing/read-test-file.js'
import { cafe } from './project.js'

const project = cafe()
const read = (text: string) => readTestFile(project, 'tests.yml', text)

describe('reading a test file', () => {
  it('gathers messages, commands, fixtures, metadata, stubs and checks', () => {
    const { cases, problems } = read(`
fixtures:
  - thirsty: [{drink: tea}, {cups: 2}]
  - picky: [{drink: coffee}]
metadata:
  - regular: {table: 4, name: Ann}
  - stranger: {name: Bob}
stub_custom_actions:
  action_stock:
    events: [{event: slot, name: in_stock, value: true}]
    responses: [{text: Let me look}]
  orders::action_stock:
    events: [{event: slot, name: in_stock, value: false}]
    responses: [{response: utter_sold_out, drink: milk}]
test_cases:
  - test_case: orders
    fixtures: [thirsty, picky]
    metadata: regular
    steps:
      - user: 50
        metadata: stranger
        commands: [start flow order_drink, set slot drink green tea]
        assertion_order_enabled: true
        assertions:
          - flow_started: order_drink
          - slot_was_set: [{name: drink, value: green tea}, {name: cups}]
  - test_case: another
    steps:
      - user: hello
`)
    expect(problems).toEqual([])
    expect(cases).toHaveLength(2)
    expect(cases[0]).toMatchObject({
      name: 'orders', file: 'tests.yml', place: { line: 16 },
      fixtures: [{ slot: 'drink', value: 'coffee' }, { slot: 'cups', value: 2 }],
      turns: [{
        user: {
          text: '50', metadata: { table: 4, name: 'Bob' }, place: { line: 20 },
          commands: [{ command: 'start flow', flow: 'order_drink' }, { command: 'set slot', name: 'drink', value: 'green tea' }],
        },
        ordered: true,
      }],
    })
    expect(cases[0]?.turns[0]?.checks.map(expectedText)).toEqual(['flow_started: order_drink', 'slot_was_set: drink = "green tea"', 'slot_was_set: cups'])
    expect(cases[0]?.stubs.get('action_stock')).toEqual([{ events: [{ event: 'slot', name: 'in_stock', value: false }], messages: [{ utter: 'utter_sold_out', variables: { drink: 'milk' } }] }])
    expect(cases[1]?.stubs.get('action_stock')).toMatchObject([{ messages: [{ text: 'Let me look' }] }])
    expect(cases[1]?.turns[0]?.user?.commands).toBeNull()
  })

  it('reads the older steps, those before the first message as a judgement of the session start', () => {
    const { cases, problems } = read(`
test_cases:
  - test_case: old
    steps:
      - utter: utter_ask_drink
      - user: tea please
      - slot_was_set: [drink: tea]
      - bot: |
          How many cups?
      - slot_was_not_set: [cups]
`)
    expect(problems).toEqual([])
    expect(cases[0]?.turns.map(({ user, checks }) => [user?.text ?? null, checks.map(expectedText)])).toEqual([
      [null, ['bot_uttered: utter_ask_drink']],
      ['tea please', ['slot_was_set: drink = "tea"', 'bot: "How many cups?\\n"', 'slot_was_not_set: cups']],
    ])
  })

  it('ignores the older steps aloud where a case has assertions', () => {
    const { cases, problems } = read(`
test_cases:
  - test_case: mixed
    steps:
      - user: tea
        assertions: [{flow_started: order_drink}]
      - utter: utter_served
`)
    expect(problems).toMatchObject([{ code: 'ignored-step', severity: 'warning', place: { line: 7 } }])
    expect(cases[0]?.turns[0]?.checks).toHaveLength(1)
  })
})

describe('mistakes in a test file', () => {
  const inCase = (step: string): string => `test_cases:\n  - test_case: one\n    steps:\n      - ${step}\n`
  it.each([
    ['an unknown top-level key', 'test_case: []\ntest_cases: []\n', 'unknown-key', 1],
    ['no test cases', 'fixtures: []\n', 'missing-key', 1],
    ['an empty file', '', 'empty', 1],
    ['a case without steps', 'test_cases:\n  - test_case: one\n', 'missing-key', 2],
    ['a case with no step', 'test_cases:\n  - test_case: one\n    steps: []\n', 'empty', 3],
    ['two cases of one name', 'test_cases:\n  - test_case: one\n    steps: [{user: a}]\n  - test_case: one\n    steps: [{user: b}]\n', 'duplicate-test-case', 4],
    ['an unknown step', inCase('usr: hello'), 'unknown-key', 4],
    ['an unknown property', inCase('{user: hello, assertions: [{property_holds: no_such}]}'), 'unknown-property', 4],
    ['an unknown key of a step', inCase('{user: hello, command: []}'), 'unknown-key', 4],
    ['a command that is none', inCase('{user: hello, commands: [begin flow order_drink]}'), 'unknown-command', 4],
    ['a command by its name in trackers', inCase('{user: hello, commands: [chitchat]}'), 'unknown-command', 4],
    ['a command with an unknown flow', inCase('{user: hello, commands: [start flow order_drnk]}'), 'unknown-flow', 4],
    ['a command with an unknown slot', inCase('{user: hello, commands: [set slot size 3]}'), 'unknown-slot', 4],
    ['an unknown fixture', 'test_cases:\n  - test_case: one\n    fixtures: [rich]\n    steps: [{user: a}]\n', 'unknown-fixture', 3],
    ['a fixture of an unknown slot', 'fixtures: [{a: [{size: 1}]}]\ntest_cases: [{test_case: one, steps: [{user: a}]}]\n', 'unknown-slot', 1],
    ['one fixture twice', 'fixtures: [{a: []}, {a: []}]\ntest_cases: [{test_case: one, steps: [{user: a}]}]\n', 'duplicate-fixture', 1],
    ['unknown metadata', 'test_cases:\n  - test_case: one\n    metadata: vip\n    steps: [{user: a}]\n', 'unknown-metadata', 3],
    ['a stub with an event no action may make', 'stub_custom_actions: {action_stock: {events: [{event: user}]}}\ntest_cases: [{test_case: one, steps: [{user: a}]}]\n', 'not-supported', 1],
    ['broken YAML', 'test_cases: [\n', 'yaml-syntax', 2],
  ])('%s is found where it stands', (_, text, code, line) => {
    expect(read(text).problems.find(({ severity }) => severity === 'error')).toMatchObject({ code, place: { file: 'tests.yml', line } })
  })

  it('leaves out the case they are in and keeps the others', () => {
    const { cases, problems } = read('test_cases:\n  - test_case: bad\n    steps: [{usr: a}]\n  - test_case: good\n    steps: [{user: b}]\n')
    expect(problems).toHaveLength(1)
    expect(cases.map(({ name }) => name)).toEqual(['good'])
  })

  it('suggests the line that a command is written as', () => {
    expect(read(inCase('{user: hello, commands: [human handoff]}')).problems).toMatchObject([{ suggestion: 'hand over' }])
  })
})
