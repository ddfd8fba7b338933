import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { nearest } from '../project/nearest.js'
import { duration } from '../terminal/progress.js'
import { exit, type Command, type Io } from './command.js'
import { readRuns, type Run } from './recorded-runs.js'
import { chartsOf, comparisonOf, comparisonPage, comparisonTables, factsOf, metricText, runPage } from './run-pages.js'
import { tableText } from './table-text.js'

type Options = { readonly project: string; readonly out: string; readonly json: boolean }
const actions = ['list', 'show', 'compare'] as const

export const runsCommand: Command<Options> = {
  name: 'runs',
  summary: 'List trainings, show one with its curves, compare several',
  details: 'attune runs list            every training of this folder, the newest first\n'
    + 'attune runs show [RUN]      figures, options, and a page with loss curve, reliability and confusion; the newest unless named\n'
    + 'attune runs compare RUN...  what differs in options and figures, and the curves over one another\n'
    + 'A run is named by the beginning of its id.',
  positionals: ['list|show|compare', 'RUN...'],
  options: {
    project: { help: 'folder whose trainings are looked at', default: '.', value: 'FOLDER', short: 'p' },
    out: { help: 'FILE.html for the page, or a folder for the charts as SVG; below .attune/pages unless given', default: '', value: 'FILE|FOLDER', short: 'o' },
    json: { help: 'write records as JSON, and no page unless --out is given', default: false },
  },
  run: async (options, io, [action = 'list', ...names]) => {
    if (!actions.some((one) => one === action)) {
      const close = nearest(action, actions)
      return wrong(io, `attune runs has no '${action}'.${close === null ? '' : ` Did you mean '${close}'?`} It takes list, show or compare.`)
    }
    const root = resolve(io.cwd, options.project)
    const runs = await readRuns(root)
    if (action === 'list') return list(runs, options, io)
    if (runs.length === 0) return wrong(io, nothingYet)
    const chosen: Run[] = []
    for (const name of names.length === 0 && action === 'show' ? [runs[0]?.id ?? ''] : names) {
      const found = runs.filter(({ id }) => id.startsWith(name))
      const [only] = found
      if (only === undefined) return wrong(io, `There is no run '${name}'. attune runs list shows all ${runs.length}.`)
      if (found.length > 1) return wrong(io, `'${name}' may be ${found.map(({ id }) => id).join(' or ')}. Give more of its id.`)
      chosen.push(only)
    }
    if (action === 'show' && chosen.length > 1) return wrong(io, 'attune runs show takes one run; attune runs compare takes several.')
    if (action === 'compare' && new Set(chosen).size < 2) return wrong(io, 'attune runs compare needs two runs at least: attune runs compare RUN RUN.')
    return shown(chosen, root, options, io)
  },
}

const nothingYet = 'Nothing was trained here yet. attune train trains the project in this folder; attune train --dataset FILE learns labels of messages.'

const wrong = (io: Io, sentence: string): number => {
  io.err(`${sentence}\n`)
  return exit.usage
}

const list = (runs: readonly Run[], { json }: Options, io: Io): number => {
  if (json) io.out(`${JSON.stringify(runs.map(({ id, kind, state, when, folder, config, data, learned, seconds, metrics }) => ({ id, kind, state, when, folder, config, data, learned, seconds, metrics })))}\n`)
  else if (runs.length === 0) io.out(`${nothingYet}\n`)
  else {
    io.out(`${tableText([
      ['run', 'written', 'of', 'examples', 'time', 'steps', 'first figure', ''],
      ...runs.map(({ id, when, kind, learned, seconds, curves, metrics: [first], state }) => [
        id, when.slice(0, 16).replace('T', ' '), kind, learned === null ? '-' : String(learned), duration(seconds), String(curves.train.at(-1)?.step ?? 0),
        first === undefined ? '-' : `${metricText(first)} ${first.name}`, state === 'stopped' ? 'stopped: the same attune train goes on' : '',
      ]),
    ], (column) => [0, 1, 2, 6, 7].includes(column))}\n`)
  }
  return exit.ok
}

const shown = async (runs: readonly Run[], root: string, { out, json }: Options, io: Io): Promise<number> => {
  const [first] = runs
  if (first === undefined) return exit.usage
  const isOne = runs.length === 1
  const files = json && out === '' ? [] : await written(runs, out === '' ? join(root, '.attune', 'pages', `${runs.map(({ id }) => id).join('-')}.html`) : resolve(io.cwd, out))
  if (json) io.out(`${JSON.stringify(isOne ? { ...first, files } : { ...comparisonOf(runs), files })}\n`)
  else {
    if (isOne) io.out(`${tableText([...factsOf(first), ...first.metrics.map((metric) => [metric.name, metricText(metric)] as const), ...Object.entries(first.config)].map((row) => [...row]), () => true)}\n`)
    else {
      for (const { title, rows } of comparisonTables(runs)) io.out(`${title}\n${tableText(rows)}\n\n`)
      if (!comparisonOf(runs).sameData) io.out('They learned from other data, or were measured on other: figures compare only roughly.\n')
    }
    for (const file of files) io.out(`${relative(io.cwd, file)}\n`)
  }
  return exit.ok
}

/** The page, or the charts into a folder. */
const written = async (runs: readonly Run[], out: string): Promise<readonly string[]> => {
  const [first] = runs
  if (first === undefined) return []
  const texts = out.endsWith('.html') ? new Map([[out, runs.length === 1 ? runPage(first) : comparisonPage(runs)]])
    : new Map([...chartsOf(runs)].map(([name, chart]) => [join(out, `${name}.svg`), chart]))
  for (const [file, text] of texts) {
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  return [...texts.keys()]
}
