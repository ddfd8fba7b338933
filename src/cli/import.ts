import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { written } from '../project/written.js'
import { readTranscripts } from '../dataset/transcript.js'
import { finding } from '../importing/finding.js'
import { importProject, type Imported } from '../importing/import-project.js'
import { readRasaFolder } from '../importing/rasa-folder.js'
import { markdownReport, screenReport } from '../importing/report-text.js'
import { importTaskGraphs, isTaskGraphs } from '../importing/task-graphs.js'
import { validated } from '../importing/validated.js'
import { exit, type Command, type Io } from './command.js'

type Options = { readonly out: string; readonly transcripts: string; readonly json: boolean; readonly dryRun: boolean; readonly force: boolean }

const reportFile = 'import-report.md'

export const importCommand: Command<Options> = {
  name: 'import',
  summary: 'Turn a Rasa project, or a file of task graphs, into an attune project',
  details: 'Reads the Rasa project in FOLDER and changes nothing in it. What became of each part stands in import-report.md of the new project.\n'
    + 'Ends with 0 where the new project has no errors, 1 where it has some or a file could not be read, 2 where nothing was imported.\n'
    + 'FOLDER may be a JSON file of task graphs as STAR has them: each becomes a flow, and --transcripts tells which slots its questions fill.',
  positionals: ['FOLDER'],
  options: {
    transcripts: { help: 'with task graphs: conversations with their calls (JSON lines, also .gz)', default: '', value: 'FILE' },
    out: { help: 'folder to write to, the name of FOLDER with -attune unless given', default: '', value: 'FOLDER', short: 'o' },
    dryRun: { help: 'report only, write nothing', default: false },
    force: { help: 'write over files that are there', default: false },
    json: { help: 'write one JSON object instead of lines', default: false },
  },
  run: async ({ out, json, dryRun, force, transcripts }, io, [folder]) => {
    if (folder === undefined) return refuse(io, 'import needs the folder of a Rasa project: attune import FOLDER.')
    const source = resolve(io.cwd, folder)
    const target = resolve(io.cwd, out === '' ? `${basename(source, '.json')}-attune` : out)
    const isGraphs = source.endsWith('.json')
    if (!isGraphs && !(await isFolder(source))) return refuse(io, `There is no folder ${folder}.`)
    if (!isGraphs && isWithin(source, target)) return refuse(io, `${target} lies in the Rasa project, which is never written to. Name another folder with --out.`)
    const imported = isGraphs ? await graphsIn(source, transcripts, io) : importProject(await readRasaFolder(source))
    if (imported === null) return refuse(io, `${folder} holds no task graphs: {"weather": {"graph": {"task": ..., "graph": {...}}, "responses": {...}}}.`)
    if (imported.files.size === 0) return refuse(io, `${folder} holds no part of a Rasa project: no flows, domain, rules or settings in any YAML file.`)
    const { project, problems, sources } = validated(target, imported, io.env)
    const output = new Map([...imported.files, [reportFile, markdownReport(basename(source), imported.findings)]])
    const inTheWay = dryRun || force ? [] : await existing(target, [...output.keys()])
    if (inTheWay.length > 0) {
      const shown = inTheWay.slice(0, 5).join(', ')
      return refuse(io, `${target} already has ${shown}${inTheWay.length > 5 ? ` and ${inTheWay.length - 5} more of the files` : ''}. Nothing was written; --force writes over them, --out names another folder.`)
    }
    if (!dryRun) await writeFiles(target, output)
    const isOk = project !== null && imported.broken.length === 0 && problems.every(({ severity }) => severity === 'warning')
    if (json) io.out(`${JSON.stringify({ ok: isOk, out: target, written: !dryRun, files: [...output.keys()], findings: imported.findings, problems })}\n`)
    else {
      io.out(`${screenReport(imported.findings, paintIn(io))}\n`)
      for (const problem of problems) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
      io.out(`${summary(imported, problems.length, { target: relative(io.cwd, target), dryRun })}\n`)
    }
    return isOk ? exit.ok : exit.failed
  },
}

/** The project of a file of task graphs, all of which are taken over; null where it holds something else. */
const graphsIn = async (file: string, transcripts: string, io: Io): Promise<Imported | null> => {
  const graphs: unknown = JSON.parse(await readFile(file, 'utf8'))
  if (!isTaskGraphs(graphs)) return null
  const files = importTaskGraphs(graphs, transcripts === '' ? [] : await readTranscripts(resolve(io.cwd, transcripts)))
  const findings = Object.keys(graphs).map((name) => finding('taken over', 'task', name, basename(file), `Stands in flows/${name}.yml.`))
  return { files, findings, broken: [], actionWords: new Set() }
}

const refuse = (io: Io, sentence: string): number => {
  io.err(`${sentence}\n`)
  return exit.usage
}

const isFolder = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isDirectory() ?? false
const isWithin = (folder: string, path: string): boolean => !relative(folder, path).startsWith('..')

const existing = async (target: string, files: readonly string[]): Promise<readonly string[]> =>
  (await Promise.all(files.map(async (file) => ((await stat(join(target, file)).catch(() => null)) === null ? [] : [file])))).flat()

const writeFiles = async (target: string, files: ReadonlyMap<string, string>): Promise<void> => {
  for (const [file, text] of files) {
    const path = join(target, file)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
  }
}

const paintIn = ({ colour }: Io) => (style: 'bold' | 'dim', text: string): string =>
  (colour ? `\u001b[${style === 'bold' ? 1 : 2}m${text}\u001b[0m` : text)

const summary = ({ files }: Imported, problems: number, { target, dryRun }: { readonly target: string; readonly dryRun: boolean }): string => {
  const told = problems === 0 ? 'The new project has no further problems.' : `The new project has ${problems} further ${problems === 1 ? 'problem' : 'problems'}, shown above.`
  return `${told}\n${dryRun ? `${files.size} files would be written to ${target}.` : `${files.size} files written to ${target}, and ${reportFile}. Next: attune validate --project ${target}`}`
}
