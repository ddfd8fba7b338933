import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import { readCheckpointHeader } from '../train/checkpoint.js'
import type { TrainOptions } from '../train/options.js'
import type { CurvePoint } from '../train/progress.js'
import type { RunRecord } from '../train/run-record.js'
import type { Bin } from '../understand/calibration.js'
import { wilsonMargin, type Confused } from '../understand/measurement.js'
import type { Figures } from './measured-model.js'
import { modelsFolder } from './models.js'
import { labelRunsFolder, type LabelRecord } from './train-labels.js'

/** A figure of a run. Shares have a margin: half of their 95 % interval. */
export type Metric = { readonly name: string; readonly value: number; readonly margin: number | null; readonly isShare: boolean }

/** A training as it was recorded, whatever was trained. */
export type Run = {
  readonly id: string
  readonly kind: 'commands' | 'labels'
  readonly state: 'finished' | 'stopped'
  /** When it was last written, ISO 8601. */
  readonly when: string
  readonly folder: string
  readonly config: Readonly<Record<string, string>>
  /** Hash of all that was learned from and measured on. Empty where a run was stopped. */
  readonly data: string
  readonly learned: number | null
  readonly seconds: number
  readonly metrics: readonly Metric[]
  readonly curves: { readonly train: readonly CurvePoint[]; readonly dev: readonly CurvePoint[] }
  /** What was measured last: test as it is served, or dev. Empty where it was not measured so. */
  readonly confusion: readonly Confused[]
  readonly reliability: readonly Bin[]
}

/** Where trials of base models keep their runs. */
export const trialsFolder = (root: string): string => join(root, '.attune', 'trials')

/** All trainings below a folder, the newest first. A record that cannot be read is passed over. */
export const readRuns = async (root: string): Promise<readonly Run[]> => {
  const folders = [modelsFolder({ root }), trialsFolder(root)]
  const commands = await Promise.all(folders.map(async (folder) => Promise.all((await namesIn(folder, true)).map((name) => commandRun(join(folder, name), name)))))
  const records = labelRunsFolder(root)
  const labels = await Promise.all((await namesIn(records, false)).filter((name) => name.endsWith('.json')).map((name) => labelRun(join(records, name))))
  return [...commands.flat(), ...labels].flatMap((run) => run ?? []).sort((left, right) => right.when.localeCompare(left.when))
}

const namesIn = async (folder: string, ofFolders: boolean): Promise<readonly string[]> => {
  try {
    return (await readdir(folder, { withFileTypes: true })).filter((one) => one.isDirectory() === ofFolders).map(({ name }) => name)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** A record as it was written, and when. Null where there is none that can be read. */
const json = async (file: string): Promise<{ readonly value: unknown; readonly when: string } | null> => {
  try {
    return { value: JSON.parse(await readFile(file, 'utf8')), when: (await stat(file)).mtime.toISOString() }
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
}

const configOf = (options: object): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(options).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value)]))

const share = (name: string, value: number, of: number): Metric => ({ name: `${name} (of ${of})`, value, margin: wilsonMargin(Math.round(value * of), of), isShare: true })
const number = (name: string, value: number): Metric => ({ name, value, margin: null, isShare: false })

/** evaluation.json; an older attune wrote neither confusion nor reliability. */
type MeasuredBefore = { readonly [P in 'test' | 'heldOut']: Omit<Figures[P], 'confusion' | 'reliability'> & Partial<Pick<Figures[P], 'confusion' | 'reliability'>> }

const commandRun = async (folder: string, id: string): Promise<Run | null> => {
  const found = await json(join(folder, 'run.json'))
  if (found === null) return stoppedRun(folder, id)
  const { options, base, data, evaluation, curves, seconds } = found.value as RunRecord
  const figures = ((await json(join(folder, 'evaluation.json')))?.value ?? null) as MeasuredBefore | null
  return {
    id, kind: 'commands', state: 'finished', when: found.when, folder, seconds, curves,
    config: { base: base.name, ...configOf(options) },
    data: data.hash, learned: data.train,
    metrics: [
      share('dev, word for word', evaluation.dev.exact, evaluation.dev.turns), number('dev loss', evaluation.dev.loss),
      share('test, word for word', evaluation.test.exact, evaluation.test.turns),
      ...(figures === null ? [] : [
        share('test, as served', figures.test.exact, figures.test.examples), share('held-out turns, as served', figures.heldOut.exact, figures.heldOut.examples),
        number('calibration error', figures.test.calibrationError), number('ms a message', figures.test.medianMilliseconds),
      ]),
    ],
    confusion: figures?.test.confusion ?? [],
    reliability: figures?.test.reliability ?? [],
  }
}

const stoppedRun = async (folder: string, id: string): Promise<Run | null> => {
  const file = join(folder, 'checkpoint.bin')
  const header = await readCheckpointHeader(file)
  if (header === null) return null
  const { options, seconds, curves, best } = header
  return {
    id, kind: 'commands', state: 'stopped', when: (await stat(file)).mtime.toISOString(), folder, seconds, curves, data: '', learned: null,
    config: configOf(options satisfies TrainOptions), metrics: best === null ? [] : [number('dev loss', best.loss)], confusion: [], reliability: [],
  }
}

const labelRun = async (file: string): Promise<Run | null> => {
  const found = await json(file)
  if (found === null) return null
  const { fingerprint, out, data, learned, seconds, losses, figures, dataset, dev, encoder, shots, outOfScope, options } = found.value as LabelRecord
  return {
    id: fingerprint.slice(0, 12), kind: 'labels', state: 'finished', when: found.when, folder: out, seconds, data, learned,
    config: { dataset, dev, encoder, shots: String(shots), outOfScope, ...configOf(options) },
    metrics: figures === null ? [] : [
      share('dev, right', figures.accuracy, figures.messages), share('dev, in scope', figures.inScope.accuracy, figures.inScope.messages),
      ...(figures.outOfScope === null ? [] : [share('dev, out of scope found', figures.outOfScope.recall, figures.outOfScope.messages)]),
      number('calibration error', figures.calibrationError),
    ],
    curves: { train: losses.map((loss, at) => ({ step: at + 1, loss })), dev: [] },
    confusion: figures?.confusion ?? [], reliability: figures?.reliability ?? [],
  }
}
