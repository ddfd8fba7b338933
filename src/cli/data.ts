import { join, resolve } from 'node:path'
import { buildDataset } from '../dataset/build.js'
import type { Example } from '../dataset/example.js'
import { writeDataset } from '../dataset/files.js'
import { writtenQuality } from '../dataset/report-text.js'
import { readConversations } from '../dataset/sources.js'
import { endToken } from '../language/prompt.js'
import { painted } from '../language/tokens.js'
import { loadProject } from '../project/load.js'
import { written } from '../project/written.js'
import { exit, type Command } from './command.js'
import { examineLabels, examineProject } from './data-doctor.js'
import { doctorText, type DoctorReport } from './doctor-report.js'

type Options = { readonly project: string; readonly seed: number; readonly show: number; readonly part: string; readonly json: boolean; readonly dataset: string; readonly dev: string; readonly most: number }

export const data: Command<Options> = {
  name: 'data',
  summary: 'Build the data set that the model learns from, and report on it',
  details: 'Writes train, dev and test as JSON lines with a report below .attune/data. The same project gives the same data.\n'
    + 'attune data doctor looks for mistakes instead: contradictory and likely wrong labels, near-duplicates across parts, what nothing says,\n'
    + 'topics of transcripts that no flow covers. With --dataset FILE it looks through lines {"text": ..., "label": ...}, for which no project is needed.',
  positionals: ['doctor'],
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    seed: { help: 'number that decides all choices', default: 1, value: 'NUMBER' },
    show: { help: 'print so many examples; what the model learns to write is green', default: 0, value: 'NUMBER' },
    part: { help: 'which part to show: train, dev, test or held-out', default: 'train', value: 'PART' },
    dataset: { help: 'with doctor: look through this file instead of a project', default: '', value: 'FILE' },
    dev: { help: 'with doctor and --dataset: messages that are measured on, to be none of those learned', default: '', value: 'FILE' },
    most: { help: 'with doctor: how many findings of each sort are shown', default: 20, value: 'NUMBER' },
    json: { help: 'write the report as JSON', default: false },
  },
  run: async ({ project: folder, seed, show, part, json, dataset: file, dev, most }, io, [action]) => {
    if (action !== undefined && action !== 'doctor') {
      io.err(`attune data has no '${action}'. It takes doctor, or nothing.\n`)
      return exit.usage
    }
    const reported = (report: DoctorReport): number => {
      io.out(json ? `${JSON.stringify(report)}\n` : `${doctorText(report, most)}\n`)
      return exit.ok
    }
    if (action === undefined && file !== '') {
      io.err('--dataset goes with doctor: attune data doctor --dataset FILE.\n')
      return exit.usage
    }
    if (file !== '') return reported(await examineLabels(file, dev, io))
    const { project, problems, sources } = await loadProject(resolve(io.cwd, folder), { env: io.env })
    if (project === null) {
      for (const problem of problems) if (problem.severity === 'error') io.err(`${written(problem, sources, { colour: io.colour })}\n`)
      io.err('The project has errors, so there is no data set. attune validate shows all of them.\n')
      return exit.failed
    }
    const conversations = await readConversations(project)
    for (const problem of conversations.problems) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
    if (action === 'doctor') return reported(await examineProject(project, conversations.dialogues, seed, io))
    const dataset = buildDataset(project, conversations.dialogues, { seed })
    const shown = { train: dataset.train, dev: dataset.dev, test: dataset.test, 'held-out': dataset.heldOut }[part]
    if (shown === undefined) {
      io.err(`There is no part '${part}'. The parts are train, dev, test and held-out.\n`)
      return exit.usage
    }
    const path = await writeDataset(join(project.root, '.attune', 'data'), dataset)
    if (json) io.out(`${JSON.stringify({ path, report: dataset.report })}\n`)
    else io.out(`${writtenQuality(dataset.report)}\nWritten to ${path}\n`)
    for (const example of shown.slice(0, show)) io.out(`\n${printed(example, io.colour)}\n`)
    return exit.ok
  },
}

const printed = ({ prompt, completion, origin, weight }: Example, colour: boolean): string =>
  `${origin.file}:${origin.line} (${origin.kind}, weight ${weight})\n${painted([{ text: prompt, learned: false }, { text: `${completion}${endToken}`, learned: true }], colour)}`
