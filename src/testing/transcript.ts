import { writeCommands } from '../dialogue/command-text.js'
import { expectedText } from './check-kinds.js'
import type { CaseResult, TurnResult } from './run-tests.js'

/** What was said in a turn, and what was understood, one line each. */
export const turnLines = ({ turn, record }: TurnResult): readonly string[] => [
  ...(turn.user === null ? [] : [`user: ${turn.user.text}`]),
  ...(record.understood === null ? [] : writeCommands(record.understood).split('\n').map((line) => `      ${line === '' ? '(nothing)' : line}`)),
  ...record.events.flatMap((event) => (event.event === 'bot' ? [`bot:  ${(event.text ?? '(no text)').replaceAll('\n', '\n      ')}`] : [])),
]

export type Failure = {
  readonly file: string
  readonly line: number
  /** What was demanded. */
  readonly expected: string
  /** What there was instead. */
  readonly actual: readonly string[]
}

export const failuresOf = ({ turns }: CaseResult): readonly Failure[] =>
  turns.flatMap(({ checks }) => checks.flatMap(({ check, verdict }) =>
    verdict.verdict === 'failed' ? [{ file: check.place.file, line: check.place.line, expected: expectedText(check), actual: verdict.actual }] : []))

/** A failed case for people: place, differences in the manner of a diff, and the talk so far. */
export const failedText = (result: CaseResult): string => {
  const { testCase, fault, turns } = result
  const { file, line } = testCase.place
  const differences = failuresOf(result).flatMap((failure) => [
    `  line ${failure.line}`,
    `  + ${failure.expected}`,
    ...(failure.actual.length === 0 ? ['  - nothing of the kind'] : failure.actual.map((actual) => `  - ${actual}`)),
  ])
  return [
    `${file}:${line} ${testCase.name}`,
    ...(fault === null ? [] : [`  ${fault}`]),
    ...differences,
    '  transcript:',
    ...turns.flatMap(turnLines).map((said) => `    ${said}`),
  ].join('\n')
}
