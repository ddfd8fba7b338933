import type { Example } from '../dataset/example.js'
import { writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { endKind, kindOf } from '../language/kind.js'
import { expectedCalibrationError, reliability, type Bin } from './calibration.js'

/** What was understood of one message, and how sure of it the model was (probability of the whole sequence, 0 to 1). */
export type Prediction = { readonly commands: readonly Command[]; readonly probability: number; readonly milliseconds: number }
/** Understands the message of an example in its place. */
export type Predict = (example: Example, signal: AbortSignal) => Promise<Prediction>

export type Score = {
  /** Of the commands it gave, the share that was right; of those that were right, the share it gave. Between 0 and 1. */
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** How often the command is right in the data. */
  readonly support: number
}
export type Miss = { readonly id: string; readonly file: string; readonly line: number; readonly expected: readonly string[]; readonly given: readonly string[] }
export type Confused = { readonly label: string; readonly given: string; readonly count: number }
export type Measurement = {
  readonly examples: number
  /** Share of messages whose commands are all right and none too many. */
  readonly exact: number
  /** Half-width of the 95 % interval of `exact` (Wilson 1927). */
  readonly margin: number
  /** By command, such as `set slot`; an argument that differs is a miss. */
  readonly byCommand: Readonly<Record<string, Score>>
  /** Share of slot values that are right where the slot was named. */
  readonly slotValues: number | null
  /** Expected calibration error over ten equal bins (Guo et al. 2017, arXiv 1706.04599). */
  readonly calibrationError: number
  readonly reliability: readonly Bin[]
  /** What the first line of a message is and what it was taken for, what is right among them. */
  readonly confusion: readonly Confused[]
  readonly medianMilliseconds: number
  /** Messages themselves are not in here: a report may be shown around. */
  readonly misses: readonly Miss[]
}

/** Runs every example through `predict`, one after the other. Throws the signal's reason once it fires. */
export const predicted = async (
  examples: readonly Example[], predict: Predict, signal: AbortSignal, report: (done: number, of: number) => void = () => undefined,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const example of examples) {
    signal.throwIfAborted()
    outcomes.push({ example, prediction: await predict(example, signal) })
    report(outcomes.length, examples.length)
  }
  return outcomes
}

export type Outcome = { readonly example: Example; readonly prediction: Prediction }

const lineOf = (command: Command): string => writeCommands([command])
const linesOf = (commands: readonly Command[]): readonly string[] => commands.map(lineOf).sort()
export const isExact = ({ example, prediction }: Outcome): boolean =>
  linesOf(example.commands).join('\n') === linesOf(prediction.commands).join('\n')

/** The figures of a finished run. */
export const measurementOf = (outcomes: readonly Outcome[]): Measurement => {
  const exact = outcomes.filter(isExact).length
  return {
    examples: outcomes.length,
    exact: outcomes.length === 0 ? 0 : exact / outcomes.length,
    margin: wilsonMargin(exact, outcomes.length),
    byCommand: byCommand(outcomes),
    slotValues: slotValues(outcomes),
    calibrationError: expectedCalibrationError(confidencesOf(outcomes)),
    reliability: reliability(confidencesOf(outcomes)),
    confusion: confusionOf(outcomes.map(({ example, prediction }) => ({ label: firstKind(example.commands), given: firstKind(prediction.commands) }))),
    medianMilliseconds: median(outcomes.map(({ prediction }) => prediction.milliseconds)),
    misses: outcomes.filter((outcome) => !isExact(outcome)).map(({ example, prediction }) => ({
      id: example.id, file: example.origin.file, line: example.origin.line,
      expected: linesOf(example.commands), given: linesOf(prediction.commands),
    })),
  }
}

const byCommand = (outcomes: readonly Outcome[]): Readonly<Record<string, Score>> => {
  const counts = new Map<string, { right: number; given: number; support: number }>()
  const count = (name: string) => {
    const found = counts.get(name) ?? { right: 0, given: 0, support: 0 }
    counts.set(name, found)
    return found
  }
  for (const { example, prediction } of outcomes) {
    const expected = new Set(example.commands.map(lineOf))
    for (const command of example.commands) count(command.command).support += 1
    for (const command of prediction.commands) {
      count(command.command).given += 1
      if (expected.has(lineOf(command))) count(command.command).right += 1
    }
  }
  return Object.fromEntries([...counts].sort(([one], [other]) => one.localeCompare(other)).map(([name, { right, given, support }]) => {
    const precision = given === 0 ? 0 : right / given
    const recall = support === 0 ? 0 : right / support
    return [name, { precision, recall, f1: precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall), support }]
  }))
}

const slotValues = (outcomes: readonly Outcome[]): number | null => {
  let named = 0
  let right = 0
  for (const { example, prediction } of outcomes) {
    for (const command of example.commands) {
      if (command.command !== 'set slot') continue
      const given = prediction.commands.find((other) => other.command === 'set slot' && other.name === command.name)
      if (given === undefined) continue
      named += 1
      if (lineOf(given) === lineOf(command)) right += 1
    }
  }
  return named === 0 ? null : right / named
}

const confidencesOf = (outcomes: readonly Outcome[]): readonly { readonly confidence: number; readonly right: boolean }[] =>
  outcomes.map((outcome) => ({ confidence: outcome.prediction.probability, right: isExact(outcome) }))

const firstKind = ([first]: readonly Command[]): string => (first === undefined ? endKind : kindOf(first, () => false))

/** Pairs counted, the most frequent first. */
export const confusionOf = (pairs: readonly { readonly label: string; readonly given: string }[]): readonly Confused[] => {
  const counts = new Map<string, Confused>()
  for (const { label, given } of pairs) counts.set(`${label}\u0000${given}`, { label, given, count: (counts.get(`${label}\u0000${given}`)?.count ?? 0) + 1 })
  return [...counts.values()].sort((left, right) => right.count - left.count || left.label.localeCompare(right.label))
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** Half-width of the 95 % interval of a share (Wilson 1927). */
export const wilsonMargin = (right: number, of: number): number => {
  if (of === 0) return 0
  const z = 1.96
  const share = right / of
  return (z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))) / (1 + (z * z) / of)
}
