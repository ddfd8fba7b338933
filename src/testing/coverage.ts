import type { CommandName } from '../dialogue/commands.js'
import type { Project } from '../project/types.js'
import { percent } from '../terminal/progress.js'
import type { CaseResult } from './run-tests.js'

export type FlowCoverage = {
  readonly flow: string
  readonly file: string
  readonly line: number
  readonly steps: number
  /** Test cases that came through the flow. */
  readonly cases: number
  /** Steps that were entered, in the order of the file: how often in all, and in how many test cases. */
  readonly entered: readonly { readonly step: string; readonly line: number; readonly times: number; readonly cases: number }[]
  /** Steps that no test entered, in the order of the file, each with its line. */
  readonly missing: readonly { readonly step: string; readonly line: number }[]
}
export type Coverage = {
  readonly flows: readonly FlowCoverage[]
  /** How often each command was understood, by its name; those that never were count 0. */
  readonly commands: Readonly<Record<string, number>>
  /** Share of all steps that were entered, 0 to 1. */
  readonly steps: number
}

/** Commands that a message can be understood as: the others come from the engine and from channels. */
const understandable: readonly CommandName[] = [
  'start flow', 'set slot', 'cancel flow', 'clarify', 'skip question', 'chitchat', 'knowledge', 'human handoff', 'repeat bot messages', 'cannot handle',
]

/** Which steps of the project's own flows, and which commands, the tests have exercised. Built-in patterns are not counted. */
export const coverageOf = (project: Project, results: readonly CaseResult[]): Coverage => {
  const records = results.flatMap(({ turns }) => turns.map(({ record }) => record))
  const { times, cases } = visitsOf(results)
  const flows = [...project.flows.values()]
    .filter(({ place }) => !place.file.startsWith('attune:'))
    .map(({ id, place, steps }) => ({
      flow: id, file: place.file, line: place.line, steps: steps.length,
      cases: cases.get(id) ?? 0,
      entered: steps.flatMap((step) => {
        const count = times.get(`${id} ${step.id}`) ?? 0
        return count === 0 ? [] : [{ step: step.id, line: step.place.line, times: count, cases: cases.get(`${id} ${step.id}`) ?? 0 }]
      }),
      missing: steps.filter((step) => !times.has(`${id} ${step.id}`)).map((step) => ({ step: step.id, line: step.place.line })),
    }))
  const commands = new Map<string, number>(understandable.map((name) => [name, 0]))
  for (const { understood } of records) for (const { command } of understood ?? []) commands.set(command, (commands.get(command) ?? 0) + 1)
  const [all, missing] = [sum(flows.map(({ steps }) => steps)), sum(flows.map((flow) => flow.missing.length))]
  return { flows, commands: Object.fromEntries(commands), steps: all === 0 ? 1 : (all - missing) / all }
}

type Visits = {
  /** Entries into a step, by `flow step`. */
  readonly times: ReadonlyMap<string, number>
  /** Test cases, by `flow step` and by `flow`. */
  readonly cases: ReadonlyMap<string, number>
}

const visitsOf = (results: readonly CaseResult[]): Visits => {
  const times = new Map<string, number>()
  const cases = new Map<string, number>()
  for (const { turns } of results) {
    const names = turns.flatMap(({ record }) => record.visited.map(({ flow, step }) => ({ flow, step: `${flow} ${step}` })))
    for (const { step } of names) times.set(step, (times.get(step) ?? 0) + 1)
    for (const name of new Set(names.flatMap(({ flow, step }) => [flow, step]))) cases.set(name, (cases.get(name) ?? 0) + 1)
  }
  return { times, cases }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** The coverage as a table for people: flows by path and id, as Rasa writes them. */
export const coverageText = ({ flows, commands, steps }: Coverage): string => {
  const rows = flows.map(({ flow, file, steps: count, missing }) => [
    `${file}::${flow}`, percent(count === 0 ? 1 : (count - missing.length) / count), String(count),
    missing.map(({ step, line }) => `${step} (line ${line})`).join(', '),
  ])
  const table = aligned([['flow', 'covered', 'steps', 'not entered'], ...rows, ['all flows', percent(steps), String(sum(flows.map((flow) => flow.steps))), '']])
  const counts = aligned([['command', 'understood'], ...Object.entries(commands).map(([name, count]) => [name, String(count)])])
  return `${table}\n\n${counts}`
}

export const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
