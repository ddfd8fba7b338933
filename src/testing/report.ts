import { agreementOf, agreementText, type Agreement } from './agreement.js'
import type { Coverage } from './coverage.js'
import type { CaseResult } from './run-tests.js'
import { failedText, failuresOf, turnLines, type Failure } from './transcript.js'

export type Mode = 'scripted' | 'recorded' | 'model'

export type Totals = { readonly passed: number; readonly failed: number; readonly broken: number; readonly skippedChecks: number; readonly milliseconds: number }
const totalsOf = (results: readonly CaseResult[]): Totals => {
  const count = (outcome: CaseResult['outcome']): number => results.filter((result) => result.outcome === outcome).length
  const checks = results.flatMap(({ turns }) => turns.flatMap((turn) => turn.checks))
  return {
    passed: count('passed'), failed: count('failed'), broken: count('broken'),
    skippedChecks: checks.filter(({ verdict }) => verdict.verdict === 'skipped').length,
    milliseconds: results.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  }
}

/** One mark for each case as it ends, after the name of its file: `e2e_tests/cards.yml ..F.`. */
export const progressMarks = (write: (text: string) => void): ((result: CaseResult) => void) => {
  let file: string | null = null
  return ({ testCase, outcome }) => {
    if (testCase.file !== file) write(`${file === null ? '' : '\n'}${testCase.file} `)
    file = testCase.file
    write(outcome === 'passed' ? '.' : outcome === 'failed' ? 'F' : 'E')
  }
}

/** The failures in full, and the sum of it all. */
export const summaryText = (results: readonly CaseResult[], mode: Mode): string => {
  const { passed, failed, broken, skippedChecks, milliseconds } = totalsOf(results)
  const agreement = agreementOf(results)
  const counts = [[passed, 'passed'], [failed, 'failed'], [broken, 'broken']] as const
  const told = counts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`).join(', ')
  return [
    ...results.filter(({ outcome }) => outcome !== 'passed').map((result) => `${failedText(result)}\n`),
    ...(mode !== 'scripted' && agreement.turns > 0 ? [`${agreementText(agreement)}\n`] : []),
    ...(skippedChecks > 0 ? [`${skippedChecks} assertions could not be measured and were skipped.`] : []),
    `${told === '' ? 'no tests' : told} in ${(milliseconds / 1000).toFixed(2)} s, ${mode === 'model' ? 'with the model' : mode}`,
  ].join('\n')
}

/** All of a run as one plain object, for programs. */
export type JsonReport = Totals & {
  readonly ok: boolean
  readonly mode: Mode
  readonly agreement: Agreement
  readonly coverage: Coverage
  readonly cases: readonly {
    readonly name: string
    readonly file: string
    readonly line: number
    readonly outcome: CaseResult['outcome']
    readonly fault: string | null
    readonly failures: readonly Failure[]
    readonly transcript: readonly string[]
    readonly milliseconds: number
  }[]
}
export const jsonReport = (results: readonly CaseResult[], mode: Mode, coverage: Coverage): JsonReport => ({
  ok: results.every(({ outcome }) => outcome === 'passed'), mode, ...totalsOf(results), agreement: agreementOf(results), coverage,
  cases: results.map((result) => ({
    name: result.testCase.name, file: result.testCase.file, line: result.testCase.place.line,
    outcome: result.outcome, fault: result.fault, failures: failuresOf(result),
    transcript: result.turns.flatMap(turnLines), milliseconds: result.milliseconds,
  })),
})
