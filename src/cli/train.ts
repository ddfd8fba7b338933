import { relative, resolve } from 'node:path'
import { loadProject } from '../project/load.js'
import { written } from '../project/written.js'
import { duration } from '../terminal/progress.js'
import type { TrainChoice } from '../train/options.js'
import { encoderNames } from '../fetch/ensure-encoder.js'
import { classifierOptions } from '../train/classifier.js'
import { exit, type Command, type Io } from './command.js'
import { figuresTable, measureModel, readFigures } from './measured-model.js'
import { findModel } from './models.js'
import { fetchReport } from './fetch-progress.js'
import { isNluOnly, trainNluSide } from './nlu.js'
import { trainLabels } from './train-labels.js'
import { trainProject } from './train-project.js'

type Options = { readonly project: string; readonly epochs: number; readonly seed: number; readonly layers: number; readonly rank: number; readonly learningRate: number; readonly noEncoder: boolean; readonly json: boolean; readonly dataset: string; readonly dev: string; readonly out: string; readonly encoder: string; readonly shots: number; readonly outOfScope: string }

/** 0 on the command line leaves the choice to config.yml. */
const overridesOf = ({ epochs, seed, layers, rank, learningRate }: Options): Partial<TrainChoice> =>
  Object.fromEntries(Object.entries({ epochs, seed, layers, rank, learningRate }).filter(([, value]) => value !== 0))

export const trainCommand: Command<Options> = {
  name: 'train',
  summary: 'Tune the model on this project, measure it, write it down',
  details: 'Builds the data set, fetches base model and tensor library where they are missing, tunes a LoRA adapter, trains a\n'
    + 'second opinion over a sentence encoder, and measures what both together understand of examples they have never seen.\n'
    + 'Ctrl-C or a crash loses at most a minute; the same command goes on.\n'
    + 'Options not given come from training: in config.yml. Does nothing where the same was trained before.\n'
    + 'With --dataset FILE it tunes a sentence encoder on lines {"text": ..., "label": ...} instead, for which no project is needed.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    epochs: { help: 'how often every example is seen, 0 for what config.yml says', default: 0, value: 'NUMBER' },
    layers: { help: 'how many layers from the top are tuned, 0 likewise', default: 0, value: 'NUMBER' },
    rank: { help: 'rank of the adapter, 0 likewise', default: 0, value: 'NUMBER' },
    learningRate: { help: 'highest learning rate, 0 likewise', default: 0, value: 'NUMBER' },
    seed: { help: 'number that decides all choices, 0 likewise', default: 0, value: 'NUMBER' },
    noEncoder: { help: 'tune the language model only, without a sentence encoder beside it', default: false },
    dataset: { help: 'learn labels of messages from this file instead of a project', default: '', value: 'FILE' },
    dev: { help: 'with --dataset: messages for calibration, which are not learned', default: '', value: 'FILE' },
    out: { help: 'with --dataset: where the model goes', default: 'label-model', value: 'FOLDER' },
    encoder: { help: `with --dataset: ${encoderNames.join(' (fast) or ')} (better)`, default: 'all-mpnet-base-v2', value: 'NAME' },
    shots: { help: 'with --dataset: learn from so many messages of each label only, 0 from all', default: 0, value: 'NUMBER' },
    outOfScope: { help: 'with --dataset: the label that means that no other fits, where there is one', default: 'oos', value: 'LABEL' },
    json: { help: 'write the figures as one JSON object', default: false },
  },
  run: async (options, io) => {
    if (options.dataset !== '') return onLabels(options, io)
    const { project, problems, sources } = await loadProject(resolve(io.cwd, options.project), { env: io.env })
    for (const problem of problems) if (problem.severity === 'error' || !options.json) io.err(`${written(problem, sources, { colour: io.colour })}\n`)
    if (project === null) {
      io.err('The project has errors, so nothing was trained.\n')
      return exit.failed
    }
    await trainNluSide(project, io)
    if (isNluOnly(project)) {
      io.out('config.yml names no command generator, so no language model was trained: intents, entities and rules understand.\n')
      return exit.ok
    }
    const trained = await trainProject(project, sources, { overrides: overridesOf(options), withEncoder: !options.noEncoder }, io)
    if (trained === null) return exit.failed
    const { outcome, dataset } = trained
    if (outcome.kind === 'stopped') return exit.interrupted
    const fetching = fetchReport(io)
    const model = await findModel(project, outcome.folder, fetching.report)
    fetching.done()
    const figures = (outcome.kind === 'unchanged' ? await readFigures(model) : null) ?? await measureModel(project, dataset, model, io)
    if (options.json) io.out(`${JSON.stringify({ id: outcome.id, folder: outcome.folder, unchanged: outcome.kind === 'unchanged', seconds: outcome.record.seconds, figures })}\n`)
    else {
      io.out(outcome.kind === 'unchanged' ? 'Nothing has changed since this model was trained.\n' : `Trained in ${duration(outcome.record.seconds)}.\n`)
      io.out(`${figuresTable([figures])}\n`)
      io.out(`Model ${outcome.id} in ${relative(io.cwd, outcome.folder) || '.'}: adapter.gguf, adapter/ (PEFT), README.md, run.json. attune chat talks to it.\n`)
    }
    return exit.ok
  },
}

const onLabels = async (given: Options, io: Io): Promise<number> => {
  const { dataset, dev, out, shots, outOfScope, epochs, seed, rank, learningRate } = given
  const encoder = encoderNames.find((name) => name === given.encoder)
  if (encoder === undefined) {
    io.err(`--encoder is ${given.encoder}; give ${encoderNames.join(' or ')}.\n`)
    return exit.usage
  }
  const overrides = Object.fromEntries(Object.entries({ epochs, seed, rank, learningRate }).filter(([, value]) => value !== 0))
  const run = await trainLabels({ dataset, dev, out, encoder, shots, outOfScope, options: { ...classifierOptions, ...overrides } }, io)
  if (given.json) io.out(`${JSON.stringify(run === null ? { folder: out, unchanged: true } : { folder: out, unchanged: false, labels: run.model.labels.length, learned: run.learned, seconds: run.seconds })}\n`)
  else if (run === null) io.out('Nothing has changed since this model was trained.\n')
  else io.out(`Learned ${run.model.labels.length} labels from ${run.learned} messages in ${duration(run.seconds)}. attune evaluate --dataset FILE --model ${out} measures it.\n`)
  return exit.ok
}
