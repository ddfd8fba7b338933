import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from './build.js'
import { BrokenDataset } from './errors.js'
import type { Example } from './example.js'
import type { Quality } from './quality.js'
import { writtenQuality } from './report-text.js'

const parts = ['train', 'further', 'dev', 'test', 'heldOut'] as const
const fileOf: Readonly<Record<(typeof parts)[number], string>> = { train: 'train.jsonl', further: 'further.jsonl', dev: 'dev.jsonl', test: 'test.jsonl', heldOut: 'held-out.jsonl' }

const lines = (examples: readonly Example[]): string => examples.map((example) => `${JSON.stringify(example)}\n`).join('')

/** Fingerprint of all that is learned from and measured on: 16 hexadecimal digits. Order counts, it decides training. */
export const datasetHash = (dataset: Pick<Dataset, (typeof parts)[number]>): string => {
  const hash = createHash('sha256')
  for (const part of parts) {
    hash.update(`${part}\n`)
    for (const { id, group, weight } of dataset[part]) hash.update(`${id} ${group} ${weight}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}

/**
 * Writes the data set to `<folder>/<hash>/` as one JSON line an example, with the report as JSON and as text.
 * The folder appears whole or not at all. Returns its path.
 */
export const writeDataset = async (folder: string, dataset: Dataset): Promise<string> => {
  const target = join(folder, datasetHash(dataset))
  const draft = `${target}.${process.pid}.partial`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { recursive: true })
  for (const part of parts) await writeFile(join(draft, fileOf[part]), lines(dataset[part]))
  await writeFile(join(draft, 'report.json'), `${JSON.stringify(dataset.report, null, 2)}\n`)
  await writeFile(join(draft, 'report.txt'), writtenQuality(dataset.report))
  await rm(target, { recursive: true, force: true })
  await rename(draft, target)
  return target
}

/** Reads what `writeDataset` wrote. Throws BrokenDataset where a line is no example or the content is not what its name says. */
export const readDataset = async (path: string): Promise<Dataset> => {
  const read = async (part: (typeof parts)[number]): Promise<readonly Example[]> => {
    const file = join(path, fileOf[part])
    const text = await readFile(file, 'utf8')
    return text.split('\n').filter((line) => line !== '').map((line, index) => parsed(file, index + 1, line))
  }
  const [train, further, dev, test, heldOut] = [await read('train'), await read('further'), await read('dev'), await read('test'), await read('heldOut')]
  const report = JSON.parse(await readFile(join(path, 'report.json'), 'utf8')) as Quality
  const dataset = { train, further, dev, test, heldOut, report }
  if (!path.endsWith(datasetHash(dataset))) throw new BrokenDataset(path, null)
  return dataset
}

const parsed = (file: string, line: number, text: string): Example => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new BrokenDataset(file, line)
  }
  if (!isExample(value)) throw new BrokenDataset(file, line)
  return value
}

const isExample = (value: unknown): value is Example => {
  if (typeof value !== 'object' || value === null) return false
  const { id, message, prompt, completion, commands, legal, origin, group, weight } = value as Readonly<Record<string, unknown>>
  const expected = createHash('sha256').update(String(prompt)).update('\u0000').update(String(completion)).digest('hex')
  return [id, message, prompt, completion, group].every((text) => typeof text === 'string') && id === expected
    && Array.isArray(commands) && (legal === undefined || typeof legal === 'object') && typeof origin === 'object' && typeof weight === 'number'
}
