import { readFile } from 'node:fs/promises'
import { replaceFile } from '../fetch/replace-file.js'
import { BadCheckpoint } from './errors.js'
import type { TrainOptions } from './options.js'
import type { CurvePoint, DevPoint } from './progress.js'

/** Everything that the rest of training depends on. Order and randomness follow from seed and step (plan.ts). */
export type Checkpoint = {
  /** Of data, options, base model and the code's version: a checkpoint of another run is refused. */
  readonly fingerprint: string
  readonly options: TrainOptions
  /** Steps taken. */
  readonly step: number
  readonly best: Best | null
  readonly curves: Curves
  /** Seconds of training so far, over all runs. */
  readonly seconds: number
  /** By name: parameters, first and second moments, and the parameters of the best step. */
  readonly arrays: ReadonlyMap<string, Float32Array>
}
export type Best = { readonly step: number; readonly loss: number; readonly exact: number }
export type Curves = { readonly train: readonly CurvePoint[]; readonly dev: readonly DevPoint[] }

const magic = 'ATTUNE-CHECKPOINT-1\n'

/**
 * The file is a line of magic, a line of JSON, then the arrays in float32 one after the other. It takes the place of the one
 * before it only when it is whole and on disk.
 */
export const writeCheckpoint = (path: string, { arrays, ...rest }: Checkpoint): Promise<void> => {
  const header = { ...rest, arrays: [...arrays].map(([name, { length }]) => ({ name, length })) }
  return replaceFile(path, async (handle) => {
    await handle.writeFile(`${magic}${JSON.stringify(header)}\n`)
    for (const array of arrays.values()) await handle.writeFile(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  })
}

/** The checkpoint of this run, or null where there is none. Throws BadCheckpoint where it is damaged or of another run. */
export const readCheckpoint = async (path: string, fingerprint: string): Promise<Checkpoint | null> => {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  if (bytes.toString('latin1', 0, magic.length) !== magic) throw new BadCheckpoint(path, 'it is no checkpoint of this version')
  const end = bytes.indexOf('\n', magic.length)
  const header = parsed(path, bytes.toString('utf8', magic.length, Math.max(end, magic.length)))
  if (header.fingerprint !== fingerprint) throw new BadCheckpoint(path, 'it belongs to a run with other data or options')
  const arrays = new Map<string, Float32Array>()
  let at = end + 1
  for (const { name, length } of header.arrays) {
    if (at + length * 4 > bytes.length) throw new BadCheckpoint(path, `it ends inside ${name}`)
    arrays.set(name, new Float32Array(Uint8Array.from(bytes.subarray(at, at + length * 4)).buffer))
    at += length * 4
  }
  return { ...header, arrays }
}

/** What a checkpoint says of its run, whatever run that is; null where there is none that can be read. */
export const readCheckpointHeader = async (path: string): Promise<Omit<Checkpoint, 'arrays'> | null> => {
  try {
    const bytes = await readFile(path)
    return bytes.toString('latin1', 0, magic.length) === magic ? parsed(path, bytes.toString('utf8', magic.length, bytes.indexOf('\n', magic.length))) : null
  } catch (error) {
    if (error instanceof BadCheckpoint || (error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

type Header = Omit<Checkpoint, 'arrays'> & { readonly arrays: readonly { readonly name: string; readonly length: number }[] }

const parsed = (path: string, text: string): Header => {
  try {
    return JSON.parse(text) as Header
  } catch {
    throw new BadCheckpoint(path, 'its header is no JSON')
  }
}
