import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { tensor } from '@tensorflow/tfjs-core'
import { replaceFile } from '../fetch/replace-file.js'
import { modelCard } from '../model/adapters/model-card.js'
import type { BaseModel } from '../model/open-model.js'
import type { Trainee } from './adapters.js'
import { fileHash, type RunRecord } from './run-record.js'
import type { TrainState } from './state.js'

/** What the files of a run say about where it comes from. */
export type Naming = {
  readonly name: string
  readonly baseName: string
  /** A Hub id, or undefined where the base is a local file. */
  readonly baseModel: string | undefined
  readonly baseLicense: string
  readonly language: string
}

/** Sets the adapter to the parameters of the best step; where dev was never looked at, the last are the best. */
export const takeBest = ({ bestParameters, optimizer }: TrainState): void =>
  bestParameters.forEach((numbers, index) => {
    const variable = optimizer.variables[index]
    if (variable === undefined) return
    const value = tensor(numbers, variable.shape)
    variable.assign(value)
    value.dispose()
  })

/** Writes adapter, card and, last, run.json. */
export const writeRun = async (
  folder: string, trainee: Pick<Trainee, 'write'>, base: BaseModel, naming: Naming, record: Omit<RunRecord, 'files'>,
): Promise<RunRecord> => {
  await mkdir(join(folder, 'adapter'), { recursive: true })
  const files = [...await trainee.write(folder, base, naming), 'README.md']
  await replaceFile(join(folder, 'README.md'), (handle) => handle.writeFile(cardOf(naming, record)))
  const hashes = Object.fromEntries(await Promise.all(files.map(async (name) => [name, await fileHash(join(folder, name))] as const)))
  const whole: RunRecord = { ...record, files: hashes }
  await replaceFile(join(folder, 'run.json'), (handle) => handle.writeFile(`${JSON.stringify(whole, null, 2)}\n`))
  await rm(join(folder, 'checkpoint.bin'), { force: true })
  return whole
}

const shown = (value: unknown): string | number =>
  typeof value === 'number' ? value : Array.isArray(value) ? value.join(', ') : typeof value === 'string' ? value : JSON.stringify(value)

const cardOf = (naming: Naming, { options, base, data, evaluation, best, steps, seconds }: Omit<RunRecord, 'files'>): string => modelCard({
  ...naming,
  hashes: { 'base model': base.sha256, 'data set': data.hash },
  examples: { train: data.train, dev: data.dev, test: data.test },
  settings: [
    ...Object.entries(options).map(([name, value]) => [name, shown(value)] as const),
    ['steps', steps], ['best step', best?.step ?? steps], ['minutes', Number((seconds / 60).toFixed(1))],
  ],
  results: [
    { name: 'dev: word for word, unconstrained', value: evaluation.dev.exact, turns: evaluation.dev.turns },
    { name: 'test: word for word, unconstrained', value: evaluation.test.exact, turns: evaluation.test.turns },
    ...Object.entries(evaluation.test.byCommand).map(([name, { turns, exact }]) => ({ name: `test: ${name}`, value: exact / turns, turns })),
  ].filter(({ turns }) => turns > 0),
  versions: [['node', process.versions.node]],
})
