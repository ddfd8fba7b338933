import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openActions } from '../actions/runner.js'
import { loadProject } from '../project/load.js'
import type { Problem } from '../project/problem.js'
import type { Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { written } from '../project/written.js'
import { knowledgeOf } from '../respond/knowledge.js'
import { searchOver, type Search } from '../respond/search.js'
import { openConversation } from '../testing/conversation.js'
import { coverageOf, coverageText } from '../testing/coverage.js'
import { writeCoverage } from '../testing/coverage-file.js'
import { memoryOf, modelEar, recordedEar, scriptedEar, type Ear } from '../testing/ears.js'
import { findTests } from '../testing/find-tests.js'
import { junitXml } from '../testing/junit.js'
import { readRecordings, recordingsFile, writeRecordings } from '../testing/recordings.js'
import { mutationResults, mutationText } from '../testing/mutate.js'
import { jsonReport, progressMarks, summaryText, type Mode } from '../testing/report.js'
import { runTests, type CaseResult, type Conversation } from '../testing/run-tests.js'
import type { TestCase } from '../testing/test-case.js'
import { whenChanged } from '../testing/watch.js'
import type { Understander } from '../understand/understanding.js'
import { exit, type Command, type Io } from './command.js'
import type { Ready } from './served-model.js'

/** A model as a test needs it: its name at once, itself only where it is asked. */
export type TestModel = { readonly version: string; readonly open: () => Promise<Understander> }

type Options = {
  readonly project: string
  readonly model: string
  readonly untuned: boolean
  readonly scripted: boolean
  readonly recorded: boolean
  readonly failFast: boolean
  readonly coverage: boolean
  readonly coverageOut: string
  readonly junit: string
  readonly json: boolean
  readonly watch: boolean
  readonly mutate: boolean
}

/** Which models a test can ask. `served` gives null where the project names its model in a wrong way, which it has shown. */
export type TestModels = {
  readonly served: (ready: Ready, io: Io, given: string) => Promise<TestModel | null>
  /** The base model as it was before any training: what the tuning is worth. */
  readonly untuned: (project: Project, io: Io) => Promise<TestModel>
}

export const testCommand = (models: TestModels): Command<Options> => ({
  name: 'test',
  summary: 'Run end-to-end conversations and compare what happens with what should',
  details: 'Names files, folders, or file::case for one conversation; all of e2e_tests/ without any.\n'
    + 'With the model unless told otherwise. Ends with 0 where all pass, 1 where one fails, 2 where the tests cannot be read.',
  positionals: ['TESTS...'],
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    model: { help: 'trained model, the newest of the project unless given', default: '', value: 'FOLDER', short: 'm' },
    untuned: { help: 'ask the base model without any training, for comparison', default: false },
    scripted: { help: 'understand messages by the commands written in the files, without a model', default: false },
    recorded: { help: 'remember what the model said in e2e_tests/.recorded and ask it only for new prompts', default: false },
    failFast: { help: 'stop at the first test that fails', default: false },
    coverage: { help: 'show which steps of the flows and which commands the tests have reached', default: false },
    coverageOut: { help: 'write how often each step was entered as JSON, for attune visualize --coverage', default: '', value: 'FILE' },
    junit: { help: 'write the results as JUnit XML', default: '', value: 'FILE' },
    json: { help: 'write one JSON object instead of lines', default: false },
    mutate: { help: 'make small mistakes in the flows one by one, and show those that no scripted test notices', default: false },
    watch: { help: 'run again whenever a file of the project changes', default: false, short: 'w' },
  },
  run: async (options, io, positionals) => {
    if (options.mutate && (options.recorded || options.json)) {
      io.err('--mutate runs scripted tests and writes lines: leave out --recorded and --json.\n')
      return exit.usage
    }
    if (options.untuned && options.model !== '') {
      io.err('--untuned and --model exclude each other: the base model has no training to name.\n')
      return exit.usage
    }
    if (options.scripted && options.recorded) {
      io.err('--scripted and --recorded exclude each other: the one needs no model, the other remembers one.\n')
      return exit.usage
    }
    const root = resolve(io.cwd, options.project)
    for (;;) {
      const code = await runOnce(root, options, io, positionals, models)
      if (!options.watch) return isOver(io) ? exit.interrupted : code
      io.err('Waiting for changes. Ctrl-C ends.\n')
      await whenChanged(root, io.signal)
      if (isOver(io)) return code
    }
  },
})

const isOver = ({ signal }: Io): boolean => signal.aborted

const runOnce = async (root: string, options: Options, io: Io, positionals: readonly string[], models: TestModels): Promise<number> => {
  const loaded = await loadProject(root, { env: io.env })
  if (loaded.project === null) {
    show(loaded.problems, loaded.sources, io)
    return exit.usage
  }
  const { project } = loaded
  const knowledge = knowledgeOf(loaded.sources)
  show(knowledge.problems, loaded.sources, io)
  const world = { project, search: searchOver(knowledge.facts) }
  const tests = await findTests(project, positionals.length > 0 ? positionals : ['e2e_tests'])
  show(tests.problems, tests.sources, io)
  if (tests.problems.some(({ severity }) => severity === 'error')) return exit.usage
  if (tests.cases.length === 0) {
    io.err('There is no test case in what was named.\n')
    return exit.usage
  }
  const mode: Mode = options.scripted || options.mutate ? 'scripted' : options.recorded ? 'recorded' : 'model'
  const ready = { project, sources: loaded.sources }
  const ears = await openEars(mode, () => (options.untuned ? models.untuned(project, io) : models.served(ready, io, options.model)), project, io)
  if (ears === null) return exit.usage
  try {
    const results = await runCases(world, tests.cases, ears.ear, options, io)
    await report(project, results, mode, options, io)
    if (options.mutate) await mutate(world, results, io)
    return results.length === tests.cases.length && results.every(({ outcome }) => outcome === 'passed') ? exit.ok : exit.failed
  } finally {
    await ears.close()
  }
}

const show = (problems: readonly Problem[], sources: Sources, io: Io): void => {
  for (const problem of problems) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
}

/** The project under test, and what it knows. */
type World = { readonly project: Project; readonly search: Search }
type Opener = (project: Project, ear: Ear) => (testCase: TestCase) => Conversation

/** Opens conversations, a new one each time: what the actions remember of an earlier run must not show. */
const openerOf = async ({ project, search }: World): Promise<Opener> => {
  const actions = await openActions(project)
  return (tested, ear) => (testCase) =>
    openConversation({ project: tested, ear, actions, search }, testCase, `${testCase.file}::${testCase.name}#${(conversations += 1)}`)
}
let conversations = 0

const mutate = async (world: World, baseline: readonly CaseResult[], io: Io): Promise<void> => {
  const open = await openerOf(world)
  const results = await mutationResults(world.project, baseline, {
    open: (mutant) => open(mutant, scriptedEar), now: () => performance.now(), signal: io.signal,
    ...(io.isTty ? { report: (done: number, count: number) => io.err(`\r${done} of ${count} mutants`) } : {}),
  })
  if (io.isTty) io.err('\r')
  io.out(`\n${mutationText(results)}\n`)
}

const runCases = async (world: World, cases: readonly TestCase[], ear: Ear, options: Options, io: Io): Promise<readonly CaseResult[]> => {
  const { project } = world
  const open = await openerOf(world)
  const results = await runTests(project, cases, {
    open: open(project, ear),
    now: () => performance.now(),
    failFast: options.failFast,
    signal: io.signal,
    ...(options.json ? {} : { report: progressMarks(io.err) }),
  })
  if (!options.json) io.err('\n\n')
  return results
}

const report = async (project: Project, results: readonly CaseResult[], mode: Mode, options: Options, io: Io): Promise<void> => {
  if (options.junit !== '') await writeFile(resolve(io.cwd, options.junit), junitXml(results))
  const coverage = coverageOf(project, results)
  if (options.coverageOut !== '') await writeCoverage(resolve(io.cwd, options.coverageOut), coverage, project.version)
  if (options.json) {
    io.out(`${JSON.stringify(jsonReport(results, mode, coverage))}\n`)
    return
  }
  if (options.coverage) io.out(`${coverageText(coverage)}\n\n`)
  io.out(`${summaryText(results, mode)}\n`)
}

type Ears = { readonly ear: Ear; readonly close: () => Promise<void> }

const openEars = async (mode: Mode, findModel: () => Promise<TestModel | null>, project: Project, io: Io): Promise<Ears | null> => {
  if (mode === 'scripted') return { ear: scriptedEar, close: async () => undefined }
  const model = await findModel()
  if (model === null) return null
  let opened: Promise<Understander> | null = null
  const open = (): Promise<Understander> => (opened ??= model.open())
  const dispose = async (): Promise<void> => { await (await opened)?.dispose() }
  if (mode === 'model') return { ear: modelEar(await open()), close: dispose }
  const file = recordingsFile(resolve(project.root, 'e2e_tests'), model.version)
  const memory = memoryOf((await readRecordings(file, model.version)).answers)
  return {
    ear: recordedEar(memory, open),
    close: async () => {
      if (memory.asked > 0) await writeRecordings(file, { model: model.version, answers: memory.answers })
      io.err(`${memory.remembered} answers remembered, the model was asked ${memory.asked} times.\n`)
      await dispose()
    },
  }
}
