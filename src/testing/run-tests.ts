import type { StepVisit } from '../dialogue/outcome.js'
import type { Command } from '../dialogue/commands.js'
import type { TrackerEvent } from '../dialogue/events.js'
import type { Project } from '../project/types.js'
import { judge } from './check-kinds.js'
import type { Check, Evidence, Verdict } from './check.js'
import type { Fixture, TestCase, TestTurn, UserStep } from './test-case.js'

/** What one message led to. */
export type TurnRecord = {
  readonly events: readonly TrackerEvent[]
  /** Every step of a flow that was entered, in order. */
  readonly visited: readonly StepVisit[]
  /** What was understood; null where a button, a rule or a shortcut decided, and no model was asked. */
  readonly understood: readonly Command[] | null
}

/** A conversation under test, new for each case. */
export type Conversation = {
  /** Opens the session and sets the fixtures. */
  readonly start: (fixtures: readonly Fixture[]) => Promise<TurnRecord>
  readonly say: (step: UserStep, signal: AbortSignal) => Promise<TurnRecord>
}

type CheckResult = { readonly check: Check; readonly verdict: Verdict }
export type TurnResult = { readonly turn: TestTurn; readonly record: TurnRecord; readonly checks: readonly CheckResult[] }
export type CaseResult = {
  readonly testCase: TestCase
  /** `broken`: it could not be run to its end, `fault` says why. */
  readonly outcome: 'passed' | 'failed' | 'broken'
  /** Up to and with the first turn that failed: what comes after would only be confusing. */
  readonly turns: readonly TurnResult[]
  readonly fault: string | null
  readonly milliseconds: number
}

export type RunOptions = {
  readonly open: (testCase: TestCase) => Conversation
  /** Milliseconds since any fixed moment. */
  readonly now: () => number
  readonly failFast?: boolean
  /** Called as each case ends. */
  readonly report?: (result: CaseResult, number: number, count: number) => void
  readonly signal?: AbortSignal
}

/** Runs the cases one after the other, since they share one model. Stops early at `signal`, or at the first failure if asked to. */
export const runTests = async (project: Project, cases: readonly TestCase[], options: RunOptions): Promise<readonly CaseResult[]> => {
  const { failFast = false, report, signal = new AbortController().signal } = options
  const results: CaseResult[] = []
  for (const testCase of cases) {
    if (signal.aborted) break
    const result = await runCase(project, testCase, options, signal)
    results.push(result)
    report?.(result, results.length, cases.length)
    if (failFast && result.outcome !== 'passed') break
  }
  return results
}

const runCase = async (project: Project, testCase: TestCase, { open, now }: RunOptions, signal: AbortSignal): Promise<CaseResult> => {
  const began = now()
  const turns: TurnResult[] = []
  const ended = (outcome: CaseResult['outcome'], fault: string | null = null): CaseResult => ({ testCase, outcome, turns, fault, milliseconds: now() - began })
  try {
    const conversation = open(testCase)
    const opening = await conversation.start(testCase.fixtures)
    for (const turn of testCase.turns) {
      const record = turn.user === null ? opening : await conversation.say(turn.user, signal)
      const checks = judgeTurn(turn, { project, events: record.events })
      turns.push({ turn, record, checks })
      if (checks.some(({ verdict }) => verdict.verdict === 'failed')) return ended('failed')
    }
    return ended('passed')
  } catch (error) {
    return ended('broken', error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  }
}

/** All checks of a turn are judged, so that one run shows all that is wrong with it. */
const judgeTurn = ({ checks, ordered }: TestTurn, evidence: Evidence): readonly CheckResult[] => {
  let from = 0
  return checks.map((check) => {
    const verdict = judge(check, evidence, ordered ? from : 0)
    if (ordered && verdict.verdict === 'passed') from = verdict.at
    return { check, verdict }
  })
}
