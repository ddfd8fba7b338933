import type { CommandName } from '../dialogue/commands.js'
import type { Project } from '../project/types.js'
import type { CaseResult } from './run-tests.js'

type FlowCoverage = {
  readonly flow: string
  readonly file: string
  readonly line: number
  readonly steps: number
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
  const visited = new Set(records.flatMap((record) => record.visited.map(({ flow, step }) => `${flow} ${step}`)))
  const flows = [...project.flows.values()]
    .filter(({ place }) => !place.file.startsWith('attune:'))
    .map(({ id, place, steps }) => ({
      flow: id, file: place.file, line: place.line, steps: steps.length,
      missing: steps.filter((step) => !visited.has(`${id} ${step.id}`)).map((step) => ({ step: step.id, line: step.place.line })),
    }))
  const commands = new Map<string, number>(understandable.map((name) => [name, 0]))
  for (const { understood } of records) for (const { command } of understood ?? []) commands.set(command, (commands.get(command) ?? 0) + 1)
  const [all, missing] = [sum(flows.map(({ steps }) => steps)), sum(flows.map((flow) => flow.missing.length))]
  return { flows, commands: Object.fromEntries(commands), steps: all === 0 ? 1 : (all - missing) / all }
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

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`

export const aligned = (rows: readonly (readonly string[])[]): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n')
}
