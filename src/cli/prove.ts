import { mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { loadProject } from '../project/load.js'
import { listed, nearest } from '../project/nearest.js'
import { inOrder } from '../project/problem.js'
import type { Project, Property } from '../project/types.js'
import { written } from '../project/written.js'
import { counterexampleFile } from '../proving/counterexample.js'
import { prove, type Result } from '../proving/prove.js'
import { jsonResult, resultText, summaryText, verdictOf } from '../proving/report.js'
import { progressLine, type ProgressLine } from '../terminal/progress.js'
import { exit, type Command, type Io } from './command.js'

type Options = {
  readonly project: string
  readonly property: string
  readonly depth: number
  readonly states: number
  readonly seconds: number
  readonly out: string
  readonly json: boolean
}

export const proveCommand: Command<Options> = {
  name: 'prove',
  summary: 'Try every conversation against the properties of the project',
  details: 'Properties stand in properties.yml or properties/; docs/properties.md tells what "proven" means. Ends with 0 where none is violated,\n'
    + '1 where one is (its shortest conversation is written as an end-to-end test), 2 where the project cannot be read. Ctrl-C tells what is known so far.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    property: { help: 'only this property', default: '', value: 'NAME' },
    depth: { help: 'messages of a conversation at most', default: 100, value: 'NUMBER' },
    states: { help: 'states to keep at most; a thousand take a few megabytes', default: 100_000, value: 'NUMBER' },
    seconds: { help: 'time for all properties together', default: 60, value: 'NUMBER' },
    out: { help: 'folder for counterexamples', default: '.attune/counterexamples', value: 'FOLDER' },
    json: { help: 'write one JSON object instead of lines', default: false },
  },
  run: async (options, io) => {
    const wrong = (['depth', 'states', 'seconds'] as const).find((name) => !(options[name] > 0))
    if (wrong !== undefined) {
      io.err(`--${wrong} is a number above 0, found ${options[wrong]}.\n`)
      return exit.usage
    }
    const { project, problems, sources } = await loadProject(resolve(io.cwd, options.project), { env: io.env })
    if (project === null) {
      for (const problem of inOrder(problems)) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
      return exit.usage
    }
    const properties = chosen(project, options.property, io)
    if (properties === null) return exit.usage
    const line = io.isTty && !options.json ? progressLine(io.err, true) : null
    const results = await prove(project, properties, options, { now: () => performance.now(), signal: io.signal, ...(line !== null && { tell: progress(line) }) })
    line?.clear()
    const isViolated = await report(project, results, options, io)
    if (isViolated) return exit.failed
    return io.signal.aborted ? exit.interrupted : exit.ok
  },
}

const chosen = ({ properties }: Project, wanted: string, io: Io): readonly Property[] | null => {
  if (properties.length === 0) {
    io.err('The project has no properties. Write some in properties.yml, such as:\n  properties:\n    payments_are_confirmed:\n      never: {action: action_pay, unless: slots.confirmed}\n')
    return null
  }
  if (wanted === '') return properties
  const found = properties.filter(({ name }) => name === wanted)
  if (found.length > 0) return found
  const names = properties.map(({ name }) => name)
  const near = nearest(wanted, names)
  io.err(`There is no property "${wanted}"; expected one of ${listed(names)}.${near === null ? '' : ` Did you mean "${near}"?`}\n`)
  return null
}

const progress = (line: ProgressLine): NonNullable<Parameters<typeof prove>[3]['tell']> => {
  let told = 0
  return ({ cone, cones, level, states }) => {
    const now = performance.now()
    if (now - told < 200) return
    told = now
    line.show(`part ${cone} of ${cones}, level ${level} of 3: ${states} states`)
  }
}

const report = async (project: Project, results: readonly Result[], { out, json }: Options, io: Io): Promise<boolean> => {
  const rows: unknown[] = []
  for (const result of results) {
    const finding = verdictOf(result)
    const file = finding?.verdict === 'violated' ? join(out, `${result.property.name}.yml`) : null
    if (file !== null && finding?.verdict === 'violated') {
      await mkdir(resolve(project.root, out), { recursive: true })
      await writeFile(resolve(project.root, file), counterexampleFile(project, result.property, finding.trace))
    }
    rows.push(jsonResult(project, result, file))
    if (!json) io.out(`${resultText(project, result, file)}\n`)
  }
  const isViolated = results.some((result) => verdictOf(result)?.verdict === 'violated')
  if (json) io.out(`${JSON.stringify({ ok: !isViolated, properties: rows })}\n`)
  else io.out(`\n${summaryText(results)}\n`)
  return isViolated
}
