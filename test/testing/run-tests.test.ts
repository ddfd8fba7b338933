import { describe, expect, it } from 'vitest'
import type { ActionAnswer } from '../../src/actions/action.js'
import { ActionFailed } from '../../src/actions/errors.js'
import { searchOver } from '../../src/respond/search.js'
import { agreementOf } from '../../src/testing/agreement.js'
import { openConversation } from '../../src/testing/conversation.js'
import { coverageOf, coverageText } from '../../src/testing/coverage.js'
import { memoryOf, modelEar, recordedEar, scriptedEar, type Ear } from '../../src/testing/ears.js'
import { junitXml } from '../../src/testing/junit.js'
import { readTestFile } from '../../src/testing/read-test-file.js'
import { runTests, type CaseResult } from '../../src/testing/run-tests.js'
import { failedText, failuresOf } from '../../src/testing/transcript.js'
import type { Command } from '../../src/dialogue/commands.js'
import { cafe } from './project.js'

const project = cafe()
const inStock: ActionAnswer = { events: [{ event: 'slot', name: 'in_stock', value: true }] }

type Given = { readonly ear?: Ear; readonly stock?: () => Promise<ActionAnswer>; readonly failFast?: boolean; readonly signal?: AbortSignal }
const run = (text: string, { ear = scriptedEar, stock = async () => inStock, ...options }: Given = {}): Promise<readonly CaseResult[]> => {
  const { cases, problems } = readTestFile(project, 'tests.yml', text)
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([])
  let clock = 0
  return runTests(project, cases, {
    open: (testCase) => openConversation({ project, ear, actions: { run: stock, has: (name) => project.actions.has(name), undeclared: [] }, search: searchOver([{ title: 'hours', questions: ['When do you open?'], answer: 'At nine.' }]) }, testCase, testCase.name),
    now: () => (clock += 250),
    ...options,
  })
}

const order = `
test_cases:
  - test_case: orders tea
    steps:
      - user: two teas please
        commands: [start flow order_drink, set slot drink tea, set slot cups 2]
        assertions:
          - flow_started: order_drink
          - action_executed: action_stock
          - bot_uttered: {utter_name: utter_served, text_matches: tea}
          - flow_completed: {flow_id: order_drink, flow_step_id: serve}
`

describe('running a test', () => {
  it('gives the answers of a stub one run after the other, failures among them', async () => {
    const [result] = await run(`
stub_custom_actions:
  action_stock:
    - fails: true
    - {events: [{event: slot, name: in_stock, value: true}]}
test_cases:
  - test_case: asks twice
    steps:
      - user: two teas please
        commands: [start flow order_drink, set slot drink tea, set slot cups 2]
        assertions: [{bot_uttered: {utter_name: utter_internal_error_rasa}}]
      - user: two teas please
        commands: [start flow order_drink, set slot drink tea, set slot cups 2]
        assertions: [{bot_uttered: {utter_name: utter_served}}]
`)
    expect(result).toMatchObject({ outcome: 'passed', fault: null })
  })

  it('passes what the engine does, and keeps what happened', async () => {
    const [result] = await run(order)
    expect(result).toMatchObject({ outcome: 'passed', fault: null, milliseconds: 250 })
    expect(result?.turns[0]?.record.understood).toHaveLength(3)
    expect(result?.turns[0]?.record.visited).toContainEqual({ flow: 'order_drink', step: 'serve' })
  })

  it('fails with the line, what was demanded and what there was, and stops the case there', async () => {
    const [result] = await run(`
test_cases:
  - test_case: orders tea
    steps:
      - user: tea
        commands: [start flow order_drink, set slot drink tea]
        assertions:
          - bot_uttered: {utter_name: utter_served}
          - slot_was_set: [{name: drink, value: coffee}]
          - flow_started: order_drink
      - user: two
        commands: [set slot cups 2]
`)
    expect(result).toMatchObject({ outcome: 'failed' })
    expect(result?.turns).toHaveLength(1)
    if (result === undefined) throw new Error('no result')
    expect(failuresOf(result)).toEqual([
      { file: 'tests.yml', line: 8, expected: 'bot_uttered: utter_served', actual: ['bot_uttered: utter_ask_cups, "How many cups?"'] },
      { file: 'tests.yml', line: 9, expected: 'slot_was_set: drink = "coffee"', actual: ['slot_was_set: drink = "tea"'] },
    ])
    expect(failedText(result)).toBe([
      'tests.yml:3 orders tea',
      '  line 8',
      '  + bot_uttered: utter_served',
      '  - bot_uttered: utter_ask_cups, "How many cups?"',
      '  line 9',
      '  + slot_was_set: drink = "coffee"',
      '  - slot_was_set: drink = "tea"',
      '  transcript:',
      '    user: tea',
      '          start flow order_drink',
      '          set slot drink tea',
      '    bot:  How many cups?',
    ].join('\n'))
  })

  it('judges the order only where it is asked to', async () => {
    const steps = (ordered: boolean): string => `
test_cases:
  - test_case: order
    steps:
      - user: tea twice
        commands: [start flow order_drink, set slot drink tea, set slot cups 2]
        assertion_order_enabled: ${ordered}
        assertions:
          - bot_uttered: {utter_name: utter_served}
          - flow_started: order_drink
`
    expect((await run(steps(false)))[0]?.outcome).toBe('passed')
    expect((await run(steps(true)))[0]?.outcome).toBe('failed')
  })

  it('sets fixtures after the session has begun, and stubs actions', async () => {
    const [result] = await run(`
fixtures: [{ordered: [{drink: milk}]}]
stub_custom_actions:
  action_stock: {events: [{event: slot, name: in_stock, value: false}], responses: [{text: I have looked.}]}
test_cases:
  - test_case: no milk
    fixtures: [ordered]
    steps:
      - user: one cup
        commands: [start flow order_drink, set slot cups 1]
        assertions:
          - bot_uttered: {text_matches: I have looked}
          - bot_uttered: {utter_name: utter_sold_out, text_matches: milk}
`, { stock: () => { throw new Error('the stub should have answered') } })
    expect(result?.outcome).toBe('passed')
  })

  it('takes buttons and knowledge as the assistant does', async () => {
    const results = await run(`
test_cases:
  - test_case: button
    steps:
      - user: something to drink
        commands: [start flow order_drink]
      - user: /SetSlots(drink=tea)
      - utter: utter_ask_cups
  - test_case: nothing known
    steps:
      - user: what is the meaning of life
        commands: [provide info]
      - utter: utter_no_knowledge_base
`)
    expect(results.map(({ outcome, turns }) => [outcome, turns.at(-1)?.record.understood])).toEqual([['passed', null], ['passed', [{ command: 'knowledge' }]]])
  })

  it('leads a failing action into the error pattern, not out of the test', async () => {
    const [result] = await run(`
test_cases:
  - test_case: broken till
    steps:
      - user: one tea
        commands: [start flow order_drink, set slot drink tea, set slot cups 1]
        assertions:
          - bot_uttered: {utter_name: utter_internal_error_rasa}
          - flow_cancelled: {flow_id: order_drink}
`, { stock: () => Promise.reject(new ActionFailed('action_stock', 'threw', 'Error')) })
    expect(result?.outcome).toBe('passed')
  })

  it('is broken, not failed, where a step tells no commands and no model is there', async () => {
    const [result] = await run('test_cases:\n  - test_case: one\n    steps:\n      - user: hello\n')
    expect(result).toMatchObject({ outcome: 'broken', fault: expect.stringMatching(/^CommandsMissing: tests\.yml:4: .*"commands"/) as string })
  })

  it('stops at the first failure when asked to, and between cases when interrupted', async () => {
    const cases = ['one', 'two', 'three'].map((name) => `  - test_case: ${name}\n    steps:\n      - user: hello\n        commands: []\n      - utter: utter_served\n`).join('')
    expect(await run(`test_cases:\n${cases}`)).toHaveLength(3)
    expect(await run(`test_cases:\n${cases}`, { failFast: true })).toHaveLength(1)
    expect(await run(`test_cases:\n${cases}`, { signal: AbortSignal.abort() })).toHaveLength(0)
  })
})

describe('the ways to understand', () => {
  const counting = (commands: readonly Command[]) => {
    const asked: string[] = []
    return { asked, understand: async (_: unknown, __: unknown, message: string) => { asked.push(message); return { commands, candidates: [], probability: 1, promptHash: '', modelVersion: 'm', milliseconds: 1 } } }
  }
  const two: readonly Command[] = [{ command: 'start flow', flow: 'order_drink' }, { command: 'set slot', name: 'drink', value: 'tea' }]

  it('asks the model, and counts how far it agrees with the file', async () => {
    const model = counting(two)
    const results = await run(order.replace('set slot cups 2]', 'set slot cups 2]').replace(/- action_executed[\s\S]*/, ''), { ear: modelEar(model) })
    expect(model.asked).toEqual(['two teas please'])
    expect(agreementOf(results)).toEqual({
      turns: 1, rightTurns: 0,
      byCommand: { 'set slot': { expected: 2, understood: 1, right: 1 }, 'start flow': { expected: 1, understood: 1, right: 1 } },
    })
  })

  it('remembers what the model said to a prompt, and asks only for new ones', async () => {
    const model = counting(two)
    const memory = memoryOf(new Map())
    let opened = 0
    const ear = recordedEar(memory, async () => { opened += 1; return model })
    const talk = order.replace(/- action_executed[\s\S]*/, '')
    await run(talk, { ear })
    await run(talk, { ear })
    expect([model.asked, opened, memory.asked, memory.remembered]).toEqual([['two teas please'], 1, 1, 1])
    expect([...memory.answers.values()]).toEqual(['start flow order_drink\nset slot drink tea'])
    await run(talk.replace('two teas', 'three teas'), { ear })
    expect([model.asked.length, memory.asked, memory.remembered]).toEqual([2, 2, 1])
  })
})

describe('what a run reports', () => {
  it('covers steps and commands', async () => {
    const coverage = coverageOf(project, await run(order))
    expect(coverage.flows.find(({ flow }) => flow === 'order_drink')).toMatchObject({ steps: 5, missing: [{ step: 'sold_out', line: 21 }] })
    expect(coverage.flows.find(({ flow }) => flow === 'book_table')?.missing).toHaveLength(2)
    expect(coverage.flows.find(({ flow }) => flow === 'order_drink')).toMatchObject({ cases: 1, entered: [{ step: '0_collect_drink', line: 7, times: 1, cases: 1 }, { step: 'ask_cups' }, { step: '2_action_action_stock' }, { step: 'serve' }] })
    expect(coverage.steps).toBeCloseTo(4 / 7)
    expect(coverage.commands).toMatchObject({ 'start flow': 1, 'set slot': 2, 'cancel flow': 0 })
    expect(coverageText(coverage)).toContain('flows/cafe.yml::order_drink  80.0 %')
  })

  it('writes JUnit XML that keeps what people said from breaking it', async () => {
    const results = await run(`
test_cases:
  - test_case: "<odd> & \\"quoted\\""
    steps:
      - user: "a < b & \\u0007 c"
        commands: []
      - bot: nobody says this
  - test_case: fine
    steps: [{user: tea, commands: [start flow order_drink]}]
  - test_case: broken
    steps: [{user: tea}]
`)
    const xml = junitXml(results)
    expect(xml).toContain('<testsuites name="attune" tests="3" failures="1" errors="1" time="0.750">')
    expect(xml).toContain('<testcase name="&lt;odd&gt; &amp; &quot;quoted&quot;" classname="tests.yml" file="tests.yml" line="3" time="0.250">')
    expect(xml).toContain('user: a &lt; b &amp;  c')
    expect(xml).toContain('<error message="CommandsMissing: ')
    expect(xml.match(/<testcase /g)).toHaveLength(3)
    expect(xml).not.toMatch(/[^\t\n\r -\uFFFD]/)
  })
})
