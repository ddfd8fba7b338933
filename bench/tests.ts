/**
 * How long a large suite of recorded conversations takes, as `attune test --recorded` runs it: turns through the assistant's own code,
 * each message answered by the hash of its prompt, and the checks of every turn judged. Run: npm run bench:tests [-- --turns 10000]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { openActions } from '../src/actions/runner.js'
import { loadProject } from '../src/project/load.js'
import { searchOver } from '../src/respond/search.js'
import { openConversation } from '../src/testing/conversation.js'
import { memoryOf, recordedEar } from '../src/testing/ears.js'
import { findTests } from '../src/testing/find-tests.js'
import { readRecordings, recordingsFile, writeRecordings } from '../src/testing/recordings.js'
import { runTests } from '../src/testing/run-tests.js'
import type { TestCase } from '../src/testing/test-case.js'
import { amountAt, asked, commandAt, files, length } from './order.js'
import { medianOf, spent, type Spent } from './spent.js'

const { values: given } = parseArgs({ options: { turns: { type: 'string', default: '10000' }, runs: { type: 'string', default: '5' } } })
const turns = Number(given.turns)
const runs = Number(given.runs)
const model = 'bench'

/** A turn as a test file has it: the message tells which turn it is, so that no two prompts are alike. */
const turnText = (turn: number): string => {
  const at = turn % length
  const next = asked[at] === undefined ? '' : `          - bot_uttered: {utter_name: utter_ask_amount_${at}}\n`
  return at === 0
    ? `      - user: an order please, the ${turn}th\n        assertions:\n          - flow_started: order\n${next}`
    : `      - user: ${amountAt(turn)} of them in turn ${turn}\n        assertions:\n          - slot_was_set: [{name: amount_${at - 1}, value: ${amountAt(turn)}}]\n${next}`
}
const caseText = (order: number): string =>
  `  - test_case: order ${order}\n    steps:\n${Array.from({ length }, (_, at) => turnText(order * length + at)).join('')}`

const root = await mkdtemp(join(tmpdir(), 'attune-bench-'))
const put = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}
const orders = Math.ceil(turns / length)
for (const [file, text] of files) await put(file, text)
for (let from = 0; from < orders; from += 100) {
  const cases = Array.from({ length: Math.min(100, orders - from) }, (_, at) => caseText(from + at))
  await put(`e2e_tests/orders_${from}.yml`, `test_cases:\n${cases.join('')}`)
}

/** One run of all tests; the model is asked for what was never recorded. */
const run = async (cases: readonly TestCase[], conversation: (testCase: TestCase) => ReturnType<typeof openConversation>): Promise<void> => {
  const results = await runTests(project, cases, { open: conversation, now: () => performance.now() })
  const failed = results.find(({ outcome }) => outcome !== 'passed')
  if (failed !== undefined) throw new Error(`${failed.testCase.name} ${failed.outcome}: ${failed.fault ?? 'see its checks'}`)
}

const loaded = await loadProject(root)
if (loaded.project === null) throw new Error(`the orders do not load: ${JSON.stringify(loaded.problems[0])}`)
const { project } = loaded
try {
  const actions = await openActions(project)
  const file = recordingsFile(join(root, 'e2e_tests'), model)
  const asModel = async () => ({
    understand: async (_project: unknown, _tracker: unknown, text: string) =>
      ({ commands: [commandAt(Number(/(\d+)(?:th)?$/.exec(text)?.[1]))], candidates: [], probability: 1, promptHash: '', modelVersion: model, milliseconds: 0 }),
  })
  const costs: { readonly reading: Spent; readonly running: Spent }[] = []
  for (let at = 0; at <= runs; at += 1) {
    let cases: readonly TestCase[] = []
    let memory = memoryOf(new Map())
    const reading = await spent(async () => {
      const found = await findTests(project, ['e2e_tests'])
      if (found.problems.length > 0) throw new Error(JSON.stringify(found.problems[0]))
      cases = found.cases
      memory = memoryOf((await readRecordings(file, model)).answers)
    })
    const surroundings = { project, actions, search: searchOver([]), ear: recordedEar(memory, asModel) }
    const running = await spent(() => run(cases, (testCase) => openConversation(surroundings, testCase, `${testCase.file}::${testCase.name}`)))
    if (at === 0) await writeRecordings(file, { model, answers: memory.answers })
    else if (memory.asked > 0) throw new Error(`the model was asked ${memory.asked} times in a recorded run`)
    else costs.push({ reading, running })
  }
  const line = (what: string, { wall, cpu }: Spent): void => console.log(`| ${what} | ${(wall / 1_000).toFixed(2)} | ${(cpu / 1_000).toFixed(2)} |`)
  console.log(`${orders.toLocaleString('en')} conversations of ${length} turns, ${(orders * length).toLocaleString('en')} turns in all, with ${length * 2 - 1} checks each; medians of ${runs} runs after one that recorded.`)
  console.log('\n| | s | s of processor time |\n|---|--:|--:|')
  line('running them', medianOf(costs.map(({ running }) => running)))
  line('reading their YAML and the recordings', medianOf(costs.map(({ reading }) => reading)))
  console.log(`\nThe first of these runs took ${((costs[0]?.running.wall ?? 0) / 1_000).toFixed(2)} s.`)
} finally {
  await rm(root, { recursive: true, force: true })
}
