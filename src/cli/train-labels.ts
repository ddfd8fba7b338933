import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { readLabelled, type LabelledText } from '../dataset/labelled.js'
import { randomOf } from '../dataset/random.js'
import { ensureEncoder, type EncoderName } from '../fetch/ensure-encoder.js'
import { replaceFile } from '../fetch/replace-file.js'
import type { AdapterWeights } from '../model/adapter.js'
import { readPeft, writePeft } from '../model/adapters/peft.js'
import { openEncoderFolder, type OpenEncoder } from '../model/encoder/open-encoder.js'
import { encoderPlaces, encoderTargets } from '../model/encoder/encoder-weights.js'
import { BadModelFile } from '../model/errors.js'
import { createLora, loadLora, weightsOfLora } from '../model/lora.js'
import type { Precision } from '../model/matrix.js'
import { bar, progressLine, type ProgressLine } from '../terminal/progress.js'
import { embedAll, meanDirections, rowOf, trainClassifier, type ClassifierOptions } from '../train/classifier.js'
import { fitted, noThreshold } from '../understand/label-fit.js'
import { labelFigures, type LabelFigures } from '../understand/label-figures.js'
import { readLabelModel, verdictOf, writeLabelModel, type LabelModel } from '../understand/label-model.js'
import type { Io } from './command.js'
import { fetchingOn } from './fetch-progress.js'
import { NoTrainedModel } from './models.js'
import { openedPrecision, runFile, tuningShown, wasTrained } from './tuned-encoder.js'

export type LabelJob = {
  readonly dataset: string
  /** For the temperature and the threshold; '' for none. */
  readonly dev: string
  readonly out: string
  readonly encoder: EncoderName
  /** Learn from so many messages of each label only; 0 for all. */
  readonly shots: number
  /** The label that means that no other fits; '' where there is none. */
  readonly outOfScope: string
  /** A folder with a model of other labels, whose adapter training begins with; '' to begin with the encoder alone. */
  readonly from: string
  readonly options: ClassifierOptions
}

/** `figures` are of dev, on which temperature and threshold were fitted; null where there is none. */
export type LabelRun = { readonly model: LabelModel; readonly learned: number; readonly seconds: number; readonly losses: readonly number[]; readonly figures: LabelFigures | null }

/** run.json of a label model, and its copy below .attune/runs, which stays when the folder is trained into again. */
export type LabelRecord = LabelJob & {
  readonly fingerprint: string
  readonly data: string
  readonly labels: number
  readonly learned: number
  readonly seconds: number
  readonly losses: readonly number[]
  readonly figures: LabelFigures | null
}
export const labelRunsFolder = (folder: string): string => join(folder, '.attune', 'runs')

/**
 * Tunes a sentence encoder to tell the labels of a file of messages apart, and writes it to `out`: `adapter/` in PEFT's format,
 * `labels.json`, `directions.safetensors`, and last `run.json`. Returns null where the same was trained before.
 */
export const trainLabels = async (job: LabelJob, io: Io): Promise<LabelRun | null> => {
  const line = progressLine(io.err, io.isTty)
  const fetching = fetchingOn(line, io.signal)
  try {
    const rows = sampled(await readLabelled(resolve(io.cwd, job.dataset)), job)
    const dev = job.dev === '' ? [] : await readLabelled(resolve(io.cwd, job.dev))
    const out = resolve(io.cwd, job.out)
    const begun = job.from === '' ? null : await adapterFrom(resolve(io.cwd, job.from), job.encoder)
    const precision = await openedPrecision(fetching)
    const fingerprint = fingerprintOf(rows, dev, job, begun, precision)
    if (await wasTrained(out, fingerprint)) return null
    const encoder = await openEncoderFolder(await ensureEncoder(fetching, job.encoder), precision)
    try {
      const run = await tuned(encoder, rows, dev, { ...job, out }, begun, precision, line, io.signal)
      await writeRecord(io.cwd, { fingerprint, ...job, out, data: hashOf([rows, dev]), labels: run.model.labels.length, learned: run.learned, seconds: run.seconds, losses: run.losses, figures: run.figures })
      return run
    } finally {
      encoder.dispose()
    }
  } finally {
    line.clear()
  }
}

const tuned = async (
  { config, pieces, with: encoderWith }: OpenEncoder, rows: readonly LabelledText[], dev: readonly LabelledText[], { out, encoder: name, outOfScope, options }: LabelJob,
  begun: AdapterWeights | null, precision: Precision, line: ProgressLine, signal: AbortSignal,
): Promise<LabelRun> => {
  const start = Date.now()
  const labels = [...new Set(rows.map(({ label }) => label))].sort()
  const encode = (text: string): readonly number[] => pieces.encode(text, longest)
  const learned = [...rows, ...labels.filter((label) => label !== outOfScope).map((label) => ({ text: asWords(label), label }))]
    .map(({ text, label }) => ({ pieces: encode(text), label: labels.indexOf(label) }))
  const reading = (what: string) => (done: number, of: number): void => { line.show(`Reading ${what} ${bar(done / of, 24)} ${done}/${of}`) }
  const lora = begun === null
    ? createLora(encoderPlaces(config), { ...options, fromLayer: 0, targets: encoderTargets(config) }, precision, randomOf(options.seed, 'lora').next)
    : loadLora(encoderPlaces(config), begun, precision)
  try {
    const encoder = encoderWith(lora.adapter)
    const foot = await embedAll(encoder, learned.map((one) => one.pieces), pieces.padding, reading('messages'), signal)
    const losses: number[] = []
    const directions = await trainClassifier({
      encoder, variables: lora.parts.flatMap(({ down, up }) => [down, up]), padding: pieces.padding, examples: learned,
      prototypes: meanDirections(foot, learned, labels.length, config.hidden), options, signal,
      report: tuningShown(line, name, losses),
    })
    const known = await embedAll(encoder, learned.map((one) => one.pieces), pieces.padding, reading('what was learned'), signal)
    const neighbours = { embeddings: known, labels: Int32Array.from(learned, ({ label }) => label) }
    const plain: LabelModel = { encoder: name, labels, neighbours, neighbourWeight: 1, temperature: 1, outOfScope: [...rows, ...dev].some(({ label }) => label === outOfScope) ? outOfScope : null, directions, scale: options.scale, threshold: noThreshold }
    const shown = await embedAll(encoder, dev.map(({ text }) => encode(text)), pieces.padding, reading('dev messages'), signal)
    const model = fitted(plain, dev.map(({ label }, row) => ({ label, embedding: rowOf(shown, row, config.hidden) })))
    const judged = dev.map((one, row) => ({ ...one, verdict: verdictOf(model, rowOf(shown, row, config.hidden)) }))
    await writePeft(join(out, 'adapter'), weightsOfLora(lora), { baseModel: `sentence-transformers/${name}`, of: 'encoder' })
    await writeLabelModel(out, model)
    return { model, learned: rows.length, seconds: (Date.now() - start) / 1000, losses, figures: dev.length === 0 ? null : labelFigures(judged, labels, model.outOfScope) }
  } finally {
    lora.dispose()
  }
}

/** Word pieces of a message that are read. */
export const longest = 96

/** A label says something too: `card_arrival` is read as "card arrival". */
const asWords = (label: string): string => label.replace(/[_\-.]+/g, ' ').replace(/(?<=\p{Ll})(?=\p{Lu})/gu, ' ').toLowerCase()

/** So many rows of each label, drawn by the seed; all where `shots` is 0. */
const sampled = (rows: readonly LabelledText[], { shots, options }: LabelJob): readonly LabelledText[] => {
  if (shots === 0) return rows
  const taken = new Map<string, number>()
  return randomOf(options.seed, 'shots').shuffled(rows).filter(({ label }) => {
    const count = taken.get(label) ?? 0
    taken.set(label, count + 1)
    return count < shots
  })
}

const trainingVersion = 2

const fingerprintOf = (
  rows: readonly LabelledText[], dev: readonly LabelledText[], { encoder, shots, outOfScope, options }: LabelJob, begun: AdapterWeights | null, precision: Precision,
): string => {
  const hash = createHash('sha256').update(JSON.stringify([trainingVersion, rows, dev, encoder, shots, outOfScope, options, precision]))
  for (const { module, a, b } of begun?.modules ?? []) for (const numbers of [a, b]) hash.update(module).update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
  return hash.digest('hex')
}

/** The adapter of a model of labels. Throws NoTrainedModel, BadModelFile; the latter also where it is one of another encoder. */
const adapterFrom = async (folder: string, encoder: EncoderName): Promise<AdapterWeights> => {
  const model = await readLabelModel(folder)
  if (model === null) throw new NoTrainedModel(folder, `${folder} holds no labels.json.`)
  if (model.encoder !== encoder) throw new BadModelFile({ file: join(folder, 'labels.json'), found: `an adapter of ${model.encoder}`, expected: `one of ${encoder}`, advice: `Give --encoder ${model.encoder}.` })
  return readPeft(join(folder, 'adapter'), 'encoder')
}

const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** The copy first: a folder that has run.json is whole. */
const writeRecord = async (cwd: string, record: LabelRecord): Promise<void> => {
  await mkdir(labelRunsFolder(cwd), { recursive: true })
  for (const file of [join(labelRunsFolder(cwd), `${record.fingerprint.slice(0, 12)}.json`), runFile(record.out)]) {
    await replaceFile(file, (handle) => handle.writeFile(`${JSON.stringify(record, null, 2)}\n`))
  }
}
