import { writeCommands } from '../dialogue/command-text.js'
import type { Command } from '../dialogue/commands.js'
import { aligned } from './coverage.js'
import type { CaseResult } from './run-tests.js'

type Tally = { readonly expected: number; readonly understood: number; readonly right: number }
/** How far what was understood agrees with what the files say under `commands`. */
export type Agreement = {
  /** Turns whose commands were exactly those of the file, whatever their order, out of those that tell them and asked the model. */
  readonly turns: number
  readonly rightTurns: number
  readonly byCommand: Readonly<Record<string, Tally>>
}

/** Over the turns that were run: those after a failure are not counted on either side. */
export const agreementOf = (results: readonly CaseResult[]): Agreement => {
  const tallies = new Map<string, { expected: number; understood: number; right: number }>()
  const tally = (name: string): { expected: number; understood: number; right: number } => {
    const known = tallies.get(name) ?? { expected: 0, understood: 0, right: 0 }
    tallies.set(name, known)
    return known
  }
  let [turns, rightTurns] = [0, 0]
  for (const { turn, record } of results.flatMap((result) => result.turns)) {
    const [expected, understood] = [turn.user?.commands ?? null, record.understood]
    if (expected === null || understood === null) continue
    const [wanted, got] = [linesOf(expected), linesOf(understood)]
    for (const [line, name] of wanted) {
      tally(name).expected += 1
      if (got.has(line)) tally(name).right += 1
    }
    for (const name of got.values()) tally(name).understood += 1
    turns += 1
    if (wanted.size === got.size && [...wanted.keys()].every((line) => got.has(line))) rightTurns += 1
  }
  return { turns, rightTurns, byCommand: Object.fromEntries([...tallies].sort(([a], [b]) => (a < b ? -1 : 1))) }
}

const linesOf = (commands: readonly Command[]): ReadonlyMap<string, string> =>
  new Map(commands.map((command) => [writeCommands([command]), command.command] as const))

export const agreementText = ({ turns, rightTurns, byCommand }: Agreement): string => {
  const rows = Object.entries(byCommand).map(([name, { expected, understood, right }]) =>
    [name, String(expected), String(understood), String(right), share(right, understood), share(right, expected)])
  const table = aligned([['command', 'in files', 'understood', 'right', 'precision', 'recall'], ...rows])
  return `${table}\n\nturns understood exactly: ${rightTurns} of ${turns} (${share(rightTurns, turns)})`
}

const share = (part: number, whole: number): string => (whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`)
