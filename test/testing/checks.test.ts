import { describe, expect, it } from 'vitest'
import type { TrackerEvent } from '../../src/dialogue/events.js'
import { expectedText, judge, readAssertion } from '../../src/testing/check-kinds.js'
import type { Check, Verdict } from '../../src/testing/check.js'
import type { Problem } from '../../src/project/problem.js'
import { entriesOf } from '../../src/project/yaml-node.js'
import { parseYaml } from '../../src/project/yaml.js'
import { cafe } from './project.js'

const project = cafe()

const read = (yaml: string): { readonly checks: readonly Check[]; readonly problems: readonly Problem[] } => {
  const problems: Problem[] = []
  const { root } = parseYaml('test.yml', yaml)
  const checks = entriesOf(root).flatMap((entry) => readAssertion(entry, { project, report: (problem) => void problems.push(problem) }))
  return { checks, problems }
}
const verdictsOf = (yaml: string, events: readonly TrackerEvent[]): readonly Verdict[] => {
  const { checks, problems } = read(yaml)
  expect(problems).toEqual([])
  expect(checks.length).toBeGreaterThan(0)
  return checks.map((check) => judge(check, { project, events }, 0))
}
const all = (yaml: string, events: readonly TrackerEvent[]): boolean => verdictsOf(yaml, events).every(({ verdict }) => verdict === 'passed')

const bot = (text: string, utter?: string, titles: readonly string[] = []): TrackerEvent => ({
  event: 'bot', text, metadata: utter === undefined ? {} : { utter_action: utter },
  data: titles.length === 0 ? {} : { buttons: titles.map((title) => ({ title, payload: `/SetSlots(drink=${title.toLowerCase()})` })) },
})
const user = (text: string, options: readonly string[] = []): TrackerEvent =>
  ({ event: 'user', text, parse_data: { commands: options.length === 0 ? [] : [{ command: 'clarify', options }] } })
const slot = (name: string, value: string | number | boolean | null): TrackerEvent => ({ event: 'slot', name, value })
const started = (flow_id: string): TrackerEvent => ({ event: 'flow_started', flow_id })
const asked: TrackerEvent = { event: 'action', name: 'action_clarify_flows' }

type Row = readonly [assertion: string, events: readonly TrackerEvent[], passes: boolean]
const rows: readonly Row[] = [
  ['flow_started: order_drink', [started('book_table'), started('order_drink')], true],
  ['flow_started: order_drink', [started('book_table')], false],
  ['flow_started: {operator: any, flow_ids: [order_drink, book_table]}', [started('book_table')], true],
  ['flow_started: {operator: all, flow_ids: [order_drink, book_table]}', [started('book_table')], false],
  ['flow_started: {operator: all, flow_ids: [order_drink, book_table]}', [started('book_table'), started('order_drink')], true],

  ['flow_completed: {flow_id: order_drink}', [{ event: 'flow_completed', flow_id: 'order_drink', step_id: 'serve' }], true],
  ['flow_completed: {flow_id: order_drink, flow_step_id: serve}', [{ event: 'flow_completed', flow_id: 'order_drink', step_id: 'serve' }], true],
  ['flow_completed: {flow_id: order_drink, flow_step_id: order_drink_serve}', [{ event: 'flow_completed', flow_id: 'order_drink', step_id: 'serve' }], true],
  ['flow_completed: {flow_id: order_drink, flow_step_id: sold_out}', [{ event: 'flow_completed', flow_id: 'order_drink', step_id: 'serve' }], false],
  ['flow_completed: {flow_id: order_drink}', [{ event: 'flow_cancelled', flow_id: 'order_drink', step_id: 'serve' }], false],
  ['flow_cancelled: {flow_id: order_drink}', [{ event: 'flow_cancelled', flow_id: 'order_drink', step_id: 'ask_cups' }], true],
  ['flow_cancelled: {flow_id: order_drink}', [{ event: 'flow_completed', flow_id: 'order_drink', step_id: 'serve' }], false],

  ['pattern_clarification_contains: [drink order, book_table]', [user('hm', ['order_drink', 'book_table']), asked], true],
  ['pattern_clarification_contains: [drink order]', [user('hm', ['order_drink', 'book_table']), asked], true],
  ['pattern_clarification_contains: [drink order, book_table]', [user('hm', ['order_drink']), asked], false],
  ['pattern_clarification_contains: {operator: any, flow_ids: [drink order, book_table]}', [user('hm', ['order_drink']), asked], true],
  ['pattern_clarification_contains: [drink order]', [user('hm', ['order_drink', 'book_table'])], false],

  ['slot_was_set: [{name: cups}]', [slot('cups', 2)], true],
  ['slot_was_set: [{name: cups}]', [slot('cups', null)], false],
  ['slot_was_set: [{name: cups, value: 2}]', [slot('cups', 1), slot('cups', 2)], true],
  ['slot_was_set: [{name: cups, value: "2"}]', [slot('cups', 2)], false],
  ['slot_was_set: [{name: cups, value: null}]', [slot('cups', null)], true],
  ['slot_was_set: [cups, {drink: tea}]', [slot('cups', 2), slot('drink', 'tea')], true],
  ['slot_was_set: [cups, {drink: tea}]', [slot('cups', 2), slot('drink', 'coffee')], false],
  ['slot_was_not_set: [{name: cups}]', [slot('drink', 'tea'), slot('cups', null)], true],
  ['slot_was_not_set: [{name: cups}]', [slot('cups', 2)], false],
  ['slot_was_not_set: [{name: cups, value: 3}]', [slot('cups', 2)], true],
  ['slot_was_not_set: [{name: cups, value: 2}]', [slot('cups', 2)], false],

  ['action_executed: action_stock', [{ event: 'action', name: 'action_stock' }], true],
  ['action_executed: action_stock', [{ event: 'action', name: 'action_listen' }, { event: 'action_execution_rejected', name: 'action_stock' }], false],

  ['bot_uttered: {utter_name: utter_ask_cups}', [bot('How many?', 'utter_ask_cups')], true],
  ['bot_uttered: {utter_name: utter_ask_cups}', [bot('How many?', 'utter_ask_drink')], false],
  ['bot_uttered: {text_matches: "tea.*5"}', [bot('A tea is 5 euros')], true],
  ['bot_uttered: {text_matches: "(?i)TEA"}', [bot('A tea is 5 euros')], true],
  ['bot_uttered: {text_matches: "^tea"}', [bot('A tea is 5 euros')], false],
  ['bot_uttered: {utter_name: utter_ask_cups, text_matches: tea}', [bot('How many?', 'utter_ask_cups'), bot('tea', 'utter_served')], false],
  ['bot_uttered: {buttons: [{title: Tea}, {title: Coffee}]}', [bot('?', undefined, ['Tea', 'Coffee'])], true],
  ['bot_uttered: {buttons: [{title: Tea, payload: /SetSlots(drink=tea)}]}', [bot('?', undefined, ['Tea'])], true],
  ['bot_uttered: {buttons: [{title: Tea, payload: /SetSlots(drink=milk)}]}', [bot('?', undefined, ['Tea'])], false],
  ['bot_uttered: {buttons: [{title: Coffee}, {title: Tea}]}', [bot('?', undefined, ['Tea', 'Coffee'])], false],
  ['bot_uttered: {buttons: [{title: Tea}]}', [bot('?', undefined, ['Tea', 'Coffee'])], false],
  ['bot_did_not_utter: {utter_name: utter_served}', [bot('What?', 'utter_ask_drink')], true],
  ['bot_did_not_utter: {utter_name: utter_served}', [bot('What?', 'utter_ask_drink'), bot('Here', 'utter_served')], false],
  ['bot_did_not_utter: {text_matches: tea}', [bot('coffee')], true],
  ['bot_did_not_utter: {text_matches: tea}', [bot('tea')], false],

  ['generative_response_is_grounded: {threshold: 0.9, ground_truth: Coffee costs three euros}', [user('price?'), bot('Coffee costs three euros.')], true],
  ['generative_response_is_grounded: {threshold: 0.9, ground_truth: Coffee costs three euros}', [user('price?'), bot('Coffee costs nothing on rainy Sundays.')], false],
  ['generative_response_is_relevant: {threshold: 0.5}', [user('price of coffee'), bot('The price of coffee is three euros.')], true],
  ['generative_response_is_relevant: {threshold: 0.5}', [user('price of coffee'), bot('We open at nine.')], false],
]

describe('the assertions of a test', () => {
  it.each(rows)('%s', (assertion, events, passes) => {
    expect(all(assertion, events)).toBe(passes)
  })

  it('have a row that passes and a row that fails for every kind', () => {
    const kindsOf = (passes: boolean): ReadonlySet<string> => new Set(rows.filter((row) => row[2] === passes).map(([assertion]) => assertion.split(':')[0] ?? ''))
    expect([...kindsOf(true)].sort()).toEqual([...kindsOf(false)].sort())
    expect(kindsOf(true).size).toBe(11)
  })

  it('say what was demanded and what there was instead', () => {
    const [check] = read('slot_was_set: [{name: cups, value: 3}]').checks
    if (check === undefined) throw new Error('not read')
    expect(expectedText(check)).toBe('slot_was_set: cups = 3')
    expect(judge(check, { project, events: [slot('drink', 'tea'), slot('cups', 2)] }, 0)).toEqual({ verdict: 'failed', actual: ['slot_was_set: cups = 2'] })
  })

  it('are skipped, not passed, where there is nothing to measure by', () => {
    expect(verdictsOf('generative_response_is_grounded: {threshold: 0.9}', [bot('Anything')])).toMatchObject([{ verdict: 'skipped' }])
  })

  it('look only at what comes after the event they are asked to start from', () => {
    const [check] = read('flow_started: order_drink').checks
    if (check === undefined) throw new Error('not read')
    expect(judge(check, { project, events: [started('order_drink'), started('book_table')] }, 1)).toMatchObject({ verdict: 'failed' })
  })
})

describe('assertions that cannot be meant', () => {
  it.each([
    ['flow_start: order_drink', 'unknown-key', 'flow_started'],
    ['flow_started: order_drnk', 'unknown-flow', 'order_drink'],
    ['flow_started: {operator: some, flow_ids: [order_drink]}', 'not-allowed', null],
    ['flow_started: []', 'empty', null],
    ['flow_completed: {flow: order_drink}', 'unknown-key', null],
    ['flow_completed: [order_drink]', 'wrong-type', null],
    ['slot_was_set: [{name: cup}]', 'unknown-slot', 'cups'],
    ['slot_was_set: cups', 'wrong-type', null],
    ['bot_uttered: {utter_name: utter_ask_cup}', 'unknown-response', 'utter_ask_cups'],
    ['bot_uttered: {text_matches: "(tea"}', 'bad-pattern', null],
    ['bot_uttered: {}', 'empty', null],
    ['bot_uttered: utter_served', 'wrong-type', null],
    ['generative_response_is_relevant: {threshold: 4}', 'out-of-range', null],
  ])('%s is %s', (assertion, code, suggestion) => {
    const { problems } = read(assertion)
    expect(problems[0]).toMatchObject({ code, place: { file: 'test.yml', line: 1 } })
    expect(problems[0]?.suggestion ?? null).toBe(suggestion)
  })
})
