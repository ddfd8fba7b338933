import { relative, resolve } from 'node:path'
import { loadProject } from '../project/load.js'
import { written } from '../project/written.js'
import { duration } from '../terminal/progress.js'
import type { TrainChoice } from '../train/options.js'
import { encoderNames, type EncoderName } from '../fetch/ensure-encoder.js'
import { classifierOptions } from '../train/classifier.js'
import { readerOptions } from '../train/reader.js'
import { exit, type Command, type Io } from './command.js'
import { figuresTable, measureModel, readFigures } from './measured-model.js'
import { findModel } from './models.js'
import { fetchReport } from './fetch-progress.js'
import { isNluOnly, trainNluSide } from './nlu.js'
import { trainLabels } from './train-labels.js'
import { trainTranscripts } from './train-transcripts.js'
import { trainProject } from './train-project.js'
import { trainSweep } from './train-sweep.js'

type Options = { readonly project: string; readonly epochs: number; readonly seed: number; readonly layers: number; readonly rank: number; readonly learningRate: number; readonly noEncoder: boolean; readonly json: boolean; readonly dataset: string; readonly transcripts: string; readonly from: string; readonly dev: string; readonly out: string; readonly encoder: string; readonly shots: number; readonly outOfScope: string; readonly sweep: string }

/** 0 on the command line leaves the choice to config.yml. */
const overridesOf = ({ epochs, seed, layers, rank, learningRate }: Pick<Options, 'epochs' | 'seed' | 'layers' | 'rank' | 'learningRate'>): Partial<TrainChoice> =>
  Object.fromEntries(Object.entries({ epochs, seed, layers, rank, learningRate }).filter(([, value]) => value !== 0))

export const trainCommand: Command<Options> = {
  name: 'train',
  summary: 'Tune the model on this project, measure it, write it down',
  details: 'Builds the data set, fetches base model and tensor library where they are missing, tunes a LoRA adapter, trains a\n'
    + 'second opinion over a sentence encoder, and measures what both together understand of examples they have never seen.\n'
    + 'Ctrl-C or a crash loses at most a minute; the same command goes on.\n'
    + 'Options not given come from training: in config.yml. Does nothing where the same was trained before.\n'
    + 'With --dataset FILE it tunes a sentence encoder on lines {"text": ..., "label": ...} instead, and with --transcripts FILE\n'
    + 'on whole conversations with their calls, from which it learns to read flow and slot values. No project is needed for these.',
  options: {
    project: { help: 'folder that holds flows and domain', default: '.', value: 'FOLDER', short: 'p' },
    epochs: { help: 'how often every example is seen, 0 for what config.yml says', default: 0, value: 'NUMBER' },
    layers: { help: 'how many layers from the top are tuned, 0 likewise', default: 0, value: 'NUMBER' },
    rank: { help: 'rank of the adapter, 0 likewise', default: 0, value: 'NUMBER' },
    learningRate: { help: 'highest learning rate, 0 likewise', default: 0, value: 'NUMBER' },
    seed: { help: 'number that decides all choices, 0 likewise', default: 0, value: 'NUMBER' },
    noEncoder: { help: 'tune the language model only, without a sentence encoder beside it', default: false },
    dataset: { help: 'learn labels of messages from this file instead of a project', default: '', value: 'FILE' },
    transcripts: { help: 'learn which flow conversations are about and what its slots hold, from this file (JSON lines, also .gz)', default: '', value: 'FILE' },
    dev: { help: 'with --dataset: messages for calibration, which are not learned', default: '', value: 'FILE' },
    out: { help: 'with --dataset and --transcripts: where the model goes, label-model or conversation-model unless given', default: '', value: 'FOLDER' },
    encoder: { help: `likewise: ${encoderNames.join(' (fast, for --transcripts unless given) or ')} (better, for --dataset)`, default: '', value: 'NAME' },
    from: { help: 'with --dataset: begin with the adapter of this model of other labels', default: '', value: 'FOLDER' },
    shots: { help: 'with --dataset: learn from so many messages of each label only, 0 from all', default: 0, value: 'NUMBER' },
    outOfScope: { help: 'with --dataset: the label that means that no other fits, where there is one', default: 'oos', value: 'LABEL' },
    sweep: { help: 'try the options that this YAML file lists under sweep:, one training after the other, and keep the best by dev', default: '', value: 'FILE' },
    json: { help: 'write the figures as one JSON object', default: false },
  },
  run: async (options, io) => {
    if ((options.dataset !== '' || options.transcripts !== '') && options.sweep !== '') {
      io.err('--sweep tries options of a project; it does not go with --dataset or --transcripts.\n')
      return exit.usage
    }
    if (options.dataset !== '') return onLabels(options, io)
    if (options.transcripts !== '') return onTranscripts(options, io)
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
    const choices = { overrides: overridesOf(options), withEncoder: !options.noEncoder }
    if (options.sweep !== '') return trainSweep(project, sources, { ...choices, file: options.sweep, json: options.json }, io)
    const trained = await trainProject(project, sources, choices, io)
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

/** The encoder that is named, `unless` where none is; null where attune does not know it, which is said. */
const encoderOf = (named: string, unless: EncoderName, io: Io): EncoderName | null => {
  const encoder = named === '' ? unless : encoderNames.find((name) => name === named)
  if (encoder === undefined) io.err(`--encoder is ${named}; give ${encoderNames.join(' or ')}.\n`)
  return encoder ?? null
}

const onLabels = async ({ dataset, dev, shots, outOfScope, from, json, ...given }: Options, io: Io): Promise<number> => {
  const [encoder, out] = [encoderOf(given.encoder, 'all-mpnet-base-v2', io), given.out === '' ? 'label-model' : given.out]
  if (encoder === null) return exit.usage
  const run = await trainLabels({ dataset, dev, out, encoder, shots, outOfScope, from, options: { ...classifierOptions, ...overridesOf({ ...given, layers: 0 }) } }, io)
  if (json) io.out(`${JSON.stringify(run === null ? { folder: out, unchanged: true } : { folder: out, unchanged: false, labels: run.model.labels.length, learned: run.learned, seconds: run.seconds })}\n`)
  else if (run === null) io.out('Nothing has changed since this model was trained.\n')
  else io.out(`Learned ${run.model.labels.length} labels from ${run.learned} messages in ${duration(run.seconds)}. attune evaluate --dataset FILE --model ${out} measures it.\n`)
  return exit.ok
}

const onTranscripts = async ({ transcripts, json, ...given }: Options, io: Io): Promise<number> => {
  const [encoder, out] = [encoderOf(given.encoder, 'all-minilm-l6-v2', io), given.out === '' ? 'conversation-model' : given.out]
  if (encoder === null) return exit.usage
  const run = await trainTranscripts({ transcripts, out, encoder, options: { ...readerOptions, ...overridesOf({ ...given, layers: 0 }) } }, io)
  if (json) io.out(`${JSON.stringify({ folder: out, unchanged: run === null, ...run })}\n`)
  else if (run === null) io.out('Nothing has changed since this model was trained.\n')
  else io.out(`Learned ${run.flows} flows and ${run.slots} slots from ${run.places} places in ${duration(run.seconds)}. attune evaluate --transcripts FILE --model ${out} measures it.\n`)
  return exit.ok
}
