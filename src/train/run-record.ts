import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Example } from '../dataset/example.js'
import { isMissing } from '../fetch/cache.js'
import type { Best, Curves } from './checkpoint.js'
import type { Evaluation } from './evaluate.js'
import type { TrainOptions } from './options.js'

/** Raised when the same inputs would train to other numbers, so that an adapter of an older attune is not taken for today's. */
export const trainingVersion = 2

export type ExampleParts = { readonly train: readonly Example[]; readonly dev: readonly Example[]; readonly test: readonly Example[] }

/** run.json: what a run was made of and what came out. Written last, so a folder that has it is whole. */
export type RunRecord = {
  readonly trainingVersion: number
  readonly fingerprint: string
  readonly options: TrainOptions
  readonly base: { readonly name: string; readonly sha256: string }
  readonly data: { readonly hash: string; readonly train: number; readonly dev: number; readonly test: number; readonly tokens: number }
  readonly best: Best | null
  readonly steps: number
  /** Seconds of training, over all starts. */
  readonly seconds: number
  readonly ended: 'done' | 'no better dev loss'
  readonly evaluation: { readonly dev: Evaluation; readonly test: Evaluation }
  readonly curves: Curves
  /** sha256 of the files beside this one, by name. */
  readonly files: Readonly<Record<string, string>>
}

/** Of all examples in order: prompt and completion are in the id, the weight counts too. */
export const dataHash = ({ train, dev, test }: ExampleParts): string => {
  const hash = createHash('sha256')
  for (const part of [train, dev, test]) {
    hash.update(`${part.length}\n`)
    for (const { id, weight } of part) hash.update(`${id} ${weight}\n`)
  }
  return hash.digest('hex')
}

/** The same inputs train the same adapter: this names them. */
export const fingerprintOf = (data: string, options: TrainOptions, baseSha256: string): string =>
  createHash('sha256').update(JSON.stringify([trainingVersion, data, options, baseSha256])).digest('hex')

/** Folder name of a run. */
export const runId = (fingerprint: string): string => fingerprint.slice(0, 12)

/** The record of a finished run whose files are all there as they were written; null where there is none. */
export const readRun = async (folder: string): Promise<RunRecord | null> => {
  try {
    const record = JSON.parse(await readFile(join(folder, 'run.json'), 'utf8')) as RunRecord
    for (const [name, sha256] of Object.entries(record.files)) {
      if (await fileHash(join(folder, name)) !== sha256) return null
    }
    return record
  } catch (error) {
    if (isMissing(error) || error instanceof SyntaxError) return null
    throw error
  }
}

export const fileHash = async (path: string): Promise<string> =>
  createHash('sha256').update(await readFile(path)).digest('hex')
