import { describe, expect, it } from 'vitest'
import { searchOver } from '../../src/respond/search.js'
import type { Project } from '../../src/project/types.js'
import { openConversation } from '../../src/testing/conversation.js'
import { scriptedEar } from '../../src/testing/ears.js'
import { mutantsOf } from '../../src/testing/mutants.js'
import { killedShare, mutationResults, mutationText } from '../../src/testing/mutate.js'
import { readTestFile } from '../../src/testing/read-test-file.js'
import { runTests } from '../../src/testing/run-tests.js'
import type { TestCase } from '../../src/testing/test-case.js'
import { cafe } from './project.js'

const project = cafe()
const open = (tested: Project) => (testCase: TestCase) => openConversation({
  project: tested, ear: scriptedEar, search: searchOver([]),
  actions: { run: async ({ slots }) => ({ events: [{ event: 'slot', name: 'in_stock', value: slots.drink === 'tea' }] }), has: (name) => tested.actions.has(name), undeclared: [] },
}, testCase, testCase.name)
const now = (): number => 0

const mutated = async (text: string) => {
  const { cases, problems } = readTestFile(project, 'tests.yml', text)
  expect(problems).toEqual([])
  const baseline = await runTests(project, cases, { open: open(project), now })
  expect(baseline.map(({ outcome }) => outcome)).toEqual(cases.map(() => 'passed'))
  return mutationResults(project, baseline, { open, now })
}

describe('mutants', () => {
  it('are all the small mistakes of the flows, each with its place', () => {
    expect(mutantsOf(project).map(({ kind, flow, place, change }) => `${place.line} ${flow ?? ''} ${kind}: ${change}`)).toMatchInlineSnapshot(`
      [
        "7 order_drink question skipped: drink is not asked for",
        "8 order_drink question skipped: cups is not asked for",
        "8 order_drink rejection dropped: cups is accepted although slots.cups > 10",
        "8 order_drink condition widened: cups is refused if slots.cups >= 10 instead of slots.cups > 10",
        "8 order_drink condition widened: cups is refused if slots.cups > 100 instead of slots.cups > 10",
        "13 order_drink action dropped: action_stock does not run",
        "13 order_drink branches swapped: goes the other way if slots.in_stock",
        "18 order_drink action dropped: utter_served does not run",
        "21 order_drink action dropped: utter_sold_out does not run",
        "27 book_table question skipped: guests is not asked for",
        "28 book_table action dropped: utter_booked does not run",
      ]
    `)
  })

  it('leave the project and all other flows as they are', () => {
    const before = JSON.stringify([...project.flows])
    for (const { project: mutant, flow } of mutantsOf(project)) {
      expect(mutant.flows.size).toBe(project.flows.size)
      for (const [id, each] of mutant.flows) if (id !== flow) expect(each).toBe(project.flows.get(id))
    }
    expect(JSON.stringify([...project.flows])).toBe(before)
  })
})

const tea = `
test_cases:
  - test_case: tea
    steps:
      - user: tea
        commands: [start flow order_drink, set slot drink tea]
        assertions: [{bot_uttered: {utter_name: utter_ask_cups}}]
      - user: ten
        commands: [set slot cups 10]
        assertions: [{bot_uttered: {utter_name: utter_served}}]
`
const others = `
  - test_case: no milk
    steps:
      - user: milk
        commands: [start flow order_drink]
        assertions: [{bot_uttered: {utter_name: utter_ask_drink}}]
      - user: milk
        commands: [set slot drink milk, set slot cups 1]
        assertions: [{bot_uttered: {utter_name: utter_sold_out}}]
  - test_case: too many
    steps:
      - user: eleven teas
        commands: [start flow order_drink, set slot drink tea, set slot cups 11]
        assertions: [{bot_uttered: {utter_name: utter_too_many}}]
  - test_case: far too many
    steps:
      - user: a thousand teas
        commands: [start flow order_drink, set slot drink tea, set slot cups 1000]
        assertions: [{bot_uttered: {utter_name: utter_too_many}}]
  - test_case: a table
    steps:
      - user: a table
        commands: [start flow book_table]
        assertions: [{bot_uttered: {utter_name: utter_ask_guests}}]
      - user: two
        commands: [set slot guests 2]
        assertions: [{bot_uttered: {utter_name: utter_booked}}]
`

describe('running a suite against mutants', () => {
  it('shows what a thin suite does not notice, as the tests that are missing', async () => {
    const results = await mutated(tea)
    expect(killedShare(results)).toBeLessThan(1)
    const text = mutationText(results)
    expect(text).toContain('flows/cafe.yml:8 rejection dropped in order_drink, step ask_cups: cups is accepted although slots.cups > 10.\n  tests.yml::tea comes by and notices nothing')
    expect(text).toContain('action dropped in order_drink, step sold_out: utter_sold_out does not run.\n  No test enters it: write one that does.')
    expect(text).toMatch(/branches swapped +1 +1/)
  })

  it('finds nothing left where the suite demands all that matters', async () => {
    const results = await mutated(tea + others)
    expect(results.filter(({ killedBy }) => killedBy === null).map(({ mutant }) => mutant.change)).toEqual([])
    expect(killedShare(results)).toBe(1)
  })
})
