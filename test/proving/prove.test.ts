import { describe, expect, it } from 'vitest'
import { counterexampleFile, conversationLines } from '../../src/proving/counterexample.js'
import { prove, type Finding } from '../../src/proving/prove.js'
import { resultText, verdictOf } from '../../src/proving/report.js'
import type { Project } from '../../src/project/types.js'
import { openConversation } from '../../src/testing/conversation.js'
import { scriptedEar } from '../../src/testing/ears.js'
import { readTestFile } from '../../src/testing/read-test-file.js'
import { runTests } from '../../src/testing/run-tests.js'
import { failedText } from '../../src/testing/transcript.js'
import { searchOver } from '../../src/respond/search.js'
import { assumptions, flowsWith, shop } from './shop.js'

const limits = { depth: 30, states: 20_000, seconds: 60 }
const proved = (project: Project, given: Partial<typeof limits> = {}, signal = new AbortController().signal): ReturnType<typeof prove> =>
  prove(project, project.properties, { ...limits, ...given }, { now: () => performance.now(), signal })
const verdicts = (project: Project, given: Partial<typeof limits> = {}): Promise<Readonly<Record<string, string | undefined>>> =>
  proved(project, given).then((results) => Object.fromEntries(results.map((result) => [result.property.name, verdictOf(result)?.verdict])))
const violationOf = async (project: Project): Promise<Extract<Finding, { verdict: 'violated' }>> => {
  const finding = verdictOf((await proved(project))[0]!)
  if (finding?.verdict !== 'violated') throw new Error(`expected a violation, found ${finding?.verdict ?? 'nothing'}`)
  return finding
}

const confirmed = `properties:\n  p:\n    never: {action: action_pay, unless: slots.confirmed}\n${assumptions}`
const unasked = flowsWith('          - if: slots.confirmed\n            then: go\n          - else: END', '          - if: slots.confirmed\n            then: go\n          - else: go')

describe('a property that holds', () => {
  it.each([
    ['an action needs a condition', 'never: {action: action_pay, unless: slots.confirmed}'],
    ['an action needs another before it', 'never: {action: action_pay, before: {action: action_check}, within: pay}'],
    ['a flow may not start', 'never: {flow_started: pay, when: slots.is_closed}'],
    ['slots at the end of each turn', 'always: not slots.is_closed'],
    ['each request can be left', 'every_flow: can_be_left'],
  ])('is proven: %s', async (_, rule) => {
    expect(await verdicts(shop(`properties:\n  p:\n    ${rule}\n${assumptions}`))).toEqual({ p: 'proven' })
  })
})

describe('a property that does not hold', () => {
  it.each([
    ['a branch that goes the wrong way', 'never: {action: action_pay, unless: slots.confirmed}', unasked, 2],
    ['a limit that is off by one', 'never: {action: action_pay, when: slots.amount = 0}', flowsWith('slots.amount <= 0', 'slots.amount < 0'), 2],
    ['a check that is left out', 'never: {action: action_pay, before: {action: action_check}, within: pay}', flowsWith('      - action: action_check\n        next:\n          - if: slots.has_funds\n            then: confirm\n          - else:\n              - action: utter_poor\n                next: END\n', ''), 2],
    ['a guard that is gone', 'never: {flow_started: pay, when: slots.is_closed}', flowsWith('    if: not slots.is_closed\n', ''), 1],
    ['a question that cannot be left', 'every_flow: can_be_left', flowsWith('- collect: amount', '- collect: amount\n        force_slot_filling: true'), 2],
    ['a response that is said after an action', 'never: {response: utter_done, after: {action: action_pay}, within: pay}', flowsWith('pay', 'pay'), 2],
  ] as const)('is found with the fewest messages: %s', async (_, rule, flows, length) => {
    const project = shop(`properties:\n  p:\n    ${rule}\n${assumptions}  begins: {is_closed: [false, true]}\n`, { 'flows/pay.yml': flows })
    expect((await violationOf(project)).trace.moves).toHaveLength(length)
  })
})

describe('what is told of it', () => {
  it('is the conversation, and a test that fails with the property and passes without the mistake', async () => {
    const properties = confirmed.replace('unless: slots.confirmed}', 'unless: slots.confirmed}\n    description: Nothing is paid unasked.')
    const broken = shop(properties, { 'flows/pay.yml': unasked })
    const result = (await proved(broken))[0]!
    const { trace } = await violationOf(broken)
    const file = counterexampleFile(broken, result.property, trace)
    await expect(`${resultText(broken, result, 'p.yml')}\n\n${file}`).toMatchFileSnapshot('golden/counterexample.txt')

    const outcome = async (project: Project): Promise<readonly [string | undefined, string]> => {
      const { cases, problems } = readTestFile(project, 'p.yml', file)
      expect(problems).toEqual([])
      const actions = { run: async () => ({}), has: (name: string) => project.actions.has(name), undeclared: [] }
      const [only] = await runTests(project, cases, { now: () => 0, open: (testCase) => openConversation({ project, ear: scriptedEar, actions, search: searchOver([]) }, testCase, testCase.name) })
      return [only?.outcome, only === undefined ? '' : failedText(only)]
    }
    const [failed, text] = await outcome(broken)
    expect(failed).toBe('failed')
    expect(text).toContain('+ property_holds: p')
    expect(text).toContain('- p is violated by action_pay')
    expect((await outcome(shop(properties)))[0]).toBe('passed')
  })

  it('is how far the search has come, where it did not come to its end', async () => {
    const project = shop(confirmed)
    const [shallow] = await proved(project, { depth: 1 })
    expect(resultText(project, shallow!, null)).toMatch(/^bounded {2}p\n {4}no counterexample in \d+ states: all conversations of up to 1 message \(the depth that was asked for\)$/)
    const [few] = await proved(project, { states: 60 })
    expect(resultText(project, few!, null)).toContain('all conversations with one request at a time; of the others, conversations of up to')
    const stopped = new AbortController()
    stopped.abort()
    expect(verdictOf((await proved(project, {}, stopped.signal))[0]!)).toMatchObject({ verdict: 'bounded', depth: 0, stopped: 'time' })
  })

  it('is a doubt, where a condition cannot be tried with values on either side', async () => {
    const flows = flowsWith('- if: slots.has_funds', '- if: slots.has_funds and slots.amount = slots.confirmed')
    const [result] = await proved(shop(confirmed, { 'flows/pay.yml': flows }))
    expect(verdictOf(result!)).toMatchObject({ verdict: 'bounded', stopped: 'doubt', scene: { doubts: ['slots.amount = slots.confirmed compares two slots'] } })
  })
})

describe('actions', () => {
  it('may do anything to slots of their kind, unless the author says what they do', async () => {
    const closing = 'properties:\n  p:\n    always: not slots.is_closed\n'
    expect(await verdicts(shop(closing))).toEqual({ p: 'violated' })
    expect(await verdicts(shop(closing + assumptions))).toEqual({ p: 'proven' })
  })
  it('may fail', async () => {
    const failing = `properties:\n  p:\n    never: {response: utter_internal_error_rasa}\n${assumptions}`
    expect(conversationLines(shop(failing), (await violationOf(shop(failing))).trace)).toContain('      action_check fails')
  })
  it('run before every message where a slot wants it', async () => {
    const domain = '\nslots:\n  is_night: {type: bool, mappings: [{type: controlled, run_action_every_turn: action_check}]}\n'
    const asleep = (unless: string): Project => shop(`properties:\n  p:\n    never: {action: action_pay, unless: ${unless}}\n${assumptions.replace('{has_funds:', '{is_night: [false], has_funds:')}`, {}, domain)
    expect(await verdicts(asleep('slots.is_night is not null'))).toEqual({ p: 'proven' })
    expect(await verdicts(asleep('slots.is_night'))).toEqual({ p: 'violated' })
  })
})

describe('values', () => {
  it('of one class can be corrected for one another', async () => {
    // Only a second sum beside the first one can lead through pattern_correction.
    const corrected = `properties:\n  p:\n    never: {response: utter_corrected_previous_input}\n${assumptions}`
    const flows = flowsWith('        rejections:\n          - if: slots.amount <= 0\n            utter: utter_low\n', '')
    expect(await verdicts(shop(corrected, { 'flows/pay.yml': flows }))).toEqual({ p: 'violated' })
  })
})
