import type { Project } from '../project/types.js'
import { aligned } from './coverage.js'
import { mutantsOf, type Mutant } from './mutants.js'
import { runTests, type CaseResult, type RunOptions } from './run-tests.js'
import type { TestCase } from './test-case.js'

export type MutantResult = {
  readonly mutant: Mutant
  /** The test that noticed; null where none did. */
  readonly killedBy: TestCase | null
  /** Tests that came by the place and noticed nothing. */
  readonly passedBy: readonly TestCase[]
}

export type MutationOptions = {
  /** Opens a conversation of the mutant instead of the project. */
  readonly open: (project: Project) => RunOptions['open']
  readonly now: () => number
  readonly signal?: AbortSignal
  readonly report?: (done: number, count: number) => void
}

/**
 * Runs the suite against every mutant, the tests that come by its place first. `baseline` are the results on the project itself;
 * only tests that pass there can notice anything.
 */
export const mutationResults = async (project: Project, baseline: readonly CaseResult[], { open, now, signal, report }: MutationOptions): Promise<readonly MutantResult[]> => {
  const mutants = mutantsOf(project)
  const results: MutantResult[] = []
  for (const mutant of mutants) {
    if (signal?.aborted === true) break
    const [near, far] = sorted(baseline.filter(({ outcome }) => outcome === 'passed'), mutant)
    const cases = [...near, ...far]
    const run = await runTests(mutant.project, cases, { open: open(mutant.project), now, failFast: true, ...(signal === undefined ? {} : { signal }) })
    const killer = run.find(({ outcome }) => outcome !== 'passed')
    results.push({ mutant, killedBy: killer?.testCase ?? null, passedBy: near })
    report?.(results.length, mutants.length)
  }
  return results
}

/** A change of a step can only show where the step is entered; a change of a whole flow or slot may show anywhere. */
const sorted = (baseline: readonly CaseResult[], { flow, step }: Mutant): readonly [near: readonly TestCase[], far: readonly TestCase[]] => {
  const visits = ({ turns }: CaseResult): boolean =>
    turns.some(({ record }) => record.visited.some((visit) => visit.flow === flow && (step === null || visit.step === step)))
  const near = baseline.filter(visits)
  return [near.map(({ testCase }) => testCase), step === null ? baseline.filter((each) => !near.includes(each)).map(({ testCase }) => testCase) : []]
}

export const killedShare = (results: readonly MutantResult[]): number =>
  results.length === 0 ? 1 : results.filter(({ killedBy }) => killedBy !== null).length / results.length

/** Counts by kind, and each survivor as the test that is missing. */
export const mutationText = (results: readonly MutantResult[]): string => {
  const kinds = [...new Set(results.map(({ mutant }) => mutant.kind))]
  const rows = kinds.map((kind) => {
    const own = results.filter(({ mutant }) => mutant.kind === kind)
    return [kind, String(own.length), String(own.filter(({ killedBy }) => killedBy !== null).length)]
  })
  const survivors = results.filter(({ killedBy }) => killedBy === null)
  return [
    ...survivors.map(missingTest),
    aligned([['mutants', 'made', 'noticed'], ...rows]),
    `${(killedShare(results) * 100).toFixed(1)} % of ${results.length} mutants were noticed.`,
  ].join('\n\n')
}

const missingTest = ({ mutant, passedBy }: MutantResult): string => {
  const { place, kind, change, flow, step } = mutant
  const where = flow === null ? 'the slot' : step === null ? flow : `${flow}, step ${step}`
  const [nearest] = passedBy
  const advice = nearest === undefined
    ? 'No test enters it: write one that does.'
    : `${nearest.file}::${nearest.name} comes by and notices nothing: demand there what this changes, or write a test where it matters.`
  return `${place.file}:${place.line} ${kind} in ${where}: ${change}.\n  ${advice}`
}
