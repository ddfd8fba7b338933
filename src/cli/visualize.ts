import { mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { paintOf, type FlowPaint } from '../drawing/coverage-paint.js'
import { flowDrawing, type FlowDrawing } from '../drawing/flow-drawing.js'
import { flowPage } from '../drawing/page.js'
import { flowSvg, type SvgOptions } from '../drawing/svg.js'
import { loadProject } from '../project/load.js'
import { nearest } from '../project/nearest.js'
import type { Sources } from '../project/read-files.js'
import type { Flow, Project } from '../project/types.js'
import { written } from '../project/written.js'
import { readCoverage } from '../testing/coverage-file.js'
import { BadCoverageFile } from '../testing/errors.js'
import { exit, type Command, type Io } from './command.js'

type Options = { readonly project: string; readonly out: string; readonly format: string; readonly coverage: string; readonly patterns: boolean; readonly json: boolean }

export const visualize: Command<Options> = {
  name: 'visualize',
  summary: 'Draw flows as SVG, or all of them on one HTML page, with the coverage of tests painted on',
  details: 'Draws the flows named, or all of the project\'s own. A page stands alone: list, search, and the YAML of the step under the pointer.\n'
    + 'Coverage comes from attune test --coverage-out FILE.',
  positionals: ['FLOW...'],
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    out: { help: 'file for a page or one flow, folder for several; below .attune unless given', default: '', value: 'FILE|FOLDER', short: 'o' },
    format: { help: 'svg or html; by the ending of --out unless given, else html', default: '', value: 'FORMAT' },
    coverage: { help: 'paint on what tests entered', default: '', value: 'FILE' },
    patterns: { help: 'draw the patterns too, built in or your own', default: false },
    json: { help: 'write the drawn flows as one JSON object instead of the names of files', default: false },
  },
  run: async (options, io, names) => {
    const format = formatOf(options)
    if (format === null) {
      io.err(`There is no format '${options.format}'. The formats are svg and html.\n`)
      return exit.usage
    }
    const { project, problems, sources } = await loadProject(resolve(io.cwd, options.project), { env: io.env })
    if (project === null) {
      for (const problem of problems) if (problem.severity === 'error') io.err(`${written(problem, sources, { colour: io.colour })}\n`)
      io.err('The project has errors, so its flows cannot be drawn. attune validate shows all of them.\n')
      return exit.failed
    }
    const unknown = names.find((name) => !project.flows.has(name))
    if (unknown !== undefined) {
      const near = nearest(unknown, project.flows.keys())
      io.err(`There is no flow '${unknown}'.${near === null ? '' : ` Did you mean '${near}'?`}\n`)
      return exit.usage
    }
    const flows = chosen(project, names, options.patterns)
    if (flows.length === 0) {
      io.err('The project has no flows of its own to draw. --patterns draws the built-in ones.\n')
      return exit.usage
    }
    const paints = options.coverage === '' ? null : await readPaints(resolve(io.cwd, options.coverage), project, io)
    if (paints === 'unreadable') return exit.usage
    const out = await placeFor({ project, out: options.out === '' ? '' : resolve(io.cwd, options.out) }, format, flows.length)
    const drawn = flows.map((flow) => ({ flow, drawing: flowDrawing(flow, project), paint: paintFor(flow, paints) }))
    const files = format === 'html' ? new Map([[out, page(project, drawn, sources)]]) : svgFiles(out, drawn, sources)
    for (const [file, text] of files) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, text)
    }
    if (options.json) io.out(`${JSON.stringify({ files: [...files.keys()], flows: drawn.map(({ drawing, paint }) => ({ ...drawing, coverage: paint === null ? null : { share: paint.share, steps: Object.fromEntries(paint.steps) } })) })}\n`)
    else for (const file of files.keys()) io.out(`${relative(io.cwd, file)}\n`)
    return exit.ok
  },
}

type Format = 'svg' | 'html'
const formatOf = ({ format, out }: Options): Format | null => {
  if (format === 'svg' || format === 'html') return format
  return format !== '' ? null : out.endsWith('.svg') ? 'svg' : 'html'
}

const chosen = ({ flows }: Project, names: readonly string[], patterns: boolean): readonly Flow[] =>
  names.length > 0 ? [...new Set(names)].flatMap((name) => flows.get(name) ?? []) : [...flows.values()].filter(({ isPattern }) => patterns || !isPattern)

/** The file to write, or for several drawings the folder. A folder that is there already gets a page by our own name. */
const placeFor = async ({ project, out }: { readonly project: Project; readonly out: string }, format: Format, count: number): Promise<string> => {
  if (out === '') return join(project.root, '.attune', format === 'html' ? 'flows.html' : 'flows')
  const isFolder = (await stat(out).catch(() => null))?.isDirectory() ?? false
  if (format === 'html') return isFolder ? join(out, 'flows.html') : out
  return count > 1 && out.endsWith('.svg') ? dirname(out) : out
}

type Paints = ReadonlyMap<string, FlowPaint> | null

const readPaints = async (file: string, project: Project, io: Io): Promise<Paints | 'unreadable'> => {
  try {
    const coverage = await readCoverage(file)
    if (coverage.project !== project.version) io.err(`${relative(io.cwd, file)} was measured on another version of the project: steps that changed since count as never entered.\n`)
    return new Map(coverage.flows.map((flow) => [flow.flow, paintOf(flow)]))
  } catch (error) {
    if (error instanceof BadCoverageFile) io.err(`${error.message}\n`)
    else if ((error as NodeJS.ErrnoException).code === 'ENOENT') io.err(`There is no file ${relative(io.cwd, file)}. Write one with attune test --coverage-out FILE.\n`)
    else throw error
    return 'unreadable'
  }
}

/** Built-in patterns are not counted, so nothing is painted on them. */
const paintFor = ({ id, place }: Flow, paints: Paints): FlowPaint | null =>
  (paints === null || place.file.startsWith('attune:') ? null : paints.get(id) ?? { steps: new Map(), share: 0 })

type Drawn = { readonly flow: Flow; readonly drawing: FlowDrawing; readonly paint: FlowPaint | null }

const page = (project: Project, drawn: readonly Drawn[], sources: Sources): string => {
  const ids = new Set(drawn.map(({ flow }) => flow.id))
  const options = (paint: FlowPaint | null): SvgOptions => ({ sources, paint, standalone: false, hrefOf: (flow) => (ids.has(flow) ? `#${flow}` : null) })
  return flowPage(project.config.assistantId, drawn.map(({ flow, drawing, paint }) => ({
    drawing, paint, description: flow.description, isPattern: flow.isPattern, svg: flowSvg(drawing, options(paint)),
  })))
}

const svgFiles = (out: string, drawn: readonly Drawn[], sources: Sources): ReadonlyMap<string, string> => {
  const ids = new Set(drawn.map(({ flow }) => flow.id))
  const fileOf = (id: string): string => (drawn.length === 1 && out.endsWith('.svg') ? out : join(out, `${id}.svg`))
  return new Map(drawn.map(({ flow, drawing, paint }) => [
    fileOf(flow.id), flowSvg(drawing, { sources, paint, standalone: true, hrefOf: (target) => (ids.has(target) ? encodeURI(basename(fileOf(target))) : null) }),
  ]))
}
