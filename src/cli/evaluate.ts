import { resolve } from 'node:path'
import { buildDataset } from '../dataset/build.js'
import { readConversations } from '../dataset/sources.js'
import { loadProject } from '../project/load.js'
import { written } from '../project/written.js'
import { exit, type Command, type Io } from './command.js'
import { evaluateLabels, labelFiguresText } from './evaluate-labels.js'
import { conversationFiguresText, evaluateTranscripts } from './evaluate-transcripts.js'
import { fetchReport } from './fetch-progress.js'
import { figuresTable, measureModel } from './measured-model.js'
import { findModel, untunedModel } from './models.js'
import { trainingOptions } from './training-options.js'

type Options = { readonly project: string; readonly model: string; readonly untuned: boolean; readonly misses: boolean; readonly json: boolean; readonly dataset: string; readonly transcripts: string }

export const evaluateCommand: Command<Options> = {
  name: 'evaluate',
  summary: 'Measure what the trained model understands, beside the untuned base model',
  details: 'Decodes test examples and the turns of held-out conversations as serving does. Neither was learned from.\n'
    + 'With --dataset it measures a model that attune train --dataset made, on a file of lines {"text": ..., "label": ...},\n'
    + 'with --transcripts one that attune train --transcripts made: the flow and the slot values that it reads before each call.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    model: { help: 'trained model, the newest of the project unless given', default: '', value: 'FOLDER', short: 'm' },
    untuned: { help: 'measure the base model without adapter as well (--no-untuned leaves it out)', default: true },
    misses: { help: 'list what was misunderstood: where it stands, what was expected, what came', default: false },
    dataset: { help: 'measure a model of labels on this file instead of a project; --model names it', default: '', value: 'FILE' },
    transcripts: { help: 'measure a model of conversations on this file (JSON lines, also .gz); --model names it', default: '', value: 'FILE' },
    json: { help: 'write the figures as one JSON object', default: false },
  },
  run: async (options, io) => {
    if (options.dataset !== '') return onLabels(options, io)
    if (options.transcripts !== '') return onTranscripts(options, io)
    const { project, problems, sources } = await loadProject(resolve(io.cwd, options.project), { env: io.env })
    if (project === null) {
      for (const problem of problems) if (problem.severity === 'error') io.err(`${written(problem, sources, { colour: io.colour })}\n`)
      return exit.failed
    }
    const { dialogues } = await readConversations(project)
    const dataset = buildDataset(project, dialogues, { seed: trainingOptions(project).options.seed ?? 1 })
    const fetching = fetchReport(io)
    const tuned = await findModel(project, options.model === '' ? '' : resolve(io.cwd, options.model), fetching.report)
    const models = options.untuned ? [tuned, await untunedModel(project, fetching.report)] : [tuned]
    fetching.done()
    const figures = []
    for (const model of models) figures.push(await measureModel(project, dataset, model, io))
    if (options.json) io.out(`${JSON.stringify(figures)}\n`)
    else io.out(`${figuresTable(figures)}\n`)
    if (options.misses && !options.json) {
      for (const { file, line, expected, given } of figures.slice(0, 1).flatMap(({ test, heldOut }) => [...heldOut.misses, ...test.misses])) {
        io.out(`${file}:${line}\n  expected: ${expected.join('; ')}\n  given:    ${given.join('; ')}\n`)
      }
    }
    return exit.ok
  },
}

const onLabels = async ({ dataset, model, misses, json }: Options, io: Io): Promise<number> => {
  if (model === '') {
    io.err('--dataset needs --model FOLDER: the folder that attune train --dataset wrote.\n')
    return exit.usage
  }
  const { figures, judged, milliseconds } = await evaluateLabels(dataset, resolve(io.cwd, model), io)
  if (json) io.out(`${JSON.stringify({ ...figures, millisecondsPerMessage: milliseconds })}\n`)
  else io.out(`${labelFiguresText(figures)}\n`)
  if (misses && !json) for (const { text, label, verdict } of judged) if (verdict.label !== label) io.out(`${text}\n  expected: ${label}\n  given:    ${verdict.label} (${(verdict.probability * 100).toFixed(0)} %)\n`)
  return exit.ok
}

const onTranscripts = async ({ transcripts, model, misses, json }: Options, io: Io): Promise<number> => {
  if (model === '') {
    io.err('--transcripts needs --model FOLDER: the folder that attune train --transcripts wrote.\n')
    return exit.usage
  }
  const { figures, read, milliseconds } = await evaluateTranscripts(transcripts, resolve(io.cwd, model), io)
  if (json) io.out(`${JSON.stringify({ ...figures, millisecondsPerPlace: milliseconds })}\n`)
  else io.out(`${conversationFiguresText(figures)}\n`)
  if (misses && !json) {
    for (const { place, reading } of read) {
      const last = place.before.findLast(({ from }) => from === 'user')
      io.out(`${last?.from === 'user' ? last.text : ''}\n  expected: ${place.flow} ${JSON.stringify(place.slots ?? {})}\n  given:    ${reading.flow} ${JSON.stringify(reading.slots)}\n`)
    }
  }
  return exit.ok
}
