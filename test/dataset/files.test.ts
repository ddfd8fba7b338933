import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { buildDataset } from '../../src/dataset/build.js'
import { BrokenDataset } from '../../src/dataset/errors.js'
import { datasetHash, readDataset, writeDataset } from '../../src/dataset/files.js'
import { loaded } from '../project/in-memory.js'
import { library } from './library.js'

const dataset = buildDataset(loaded(library), [])
const folders: string[] = []
const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'attune-dataset-'))
  folders.push(path)
  return path
}
afterEach(async () => {
  for (const path of folders.splice(0)) await rm(path, { recursive: true })
})

describe('a data set on disk', () => {
  it('comes back as it was written', async () => {
    const path = await writeDataset(await folder(), dataset)
    expect(await readDataset(path)).toEqual(dataset)
    expect((await readdir(path)).sort()).toEqual(['dev.jsonl', 'further.jsonl', 'held-out.jsonl', 'report.json', 'report.txt', 'test.jsonl', 'train.jsonl'])
  })
  it('lies under the fingerprint of its content, and writing it again changes nothing', async () => {
    const root = await folder()
    const path = await writeDataset(root, dataset)
    expect(path).toBe(join(root, datasetHash(dataset)))
    await writeDataset(root, dataset)
    expect(await readdir(root)).toEqual([datasetHash(dataset)])
  })
  it('is refused when a line was changed', async () => {
    const path = await writeDataset(await folder(), dataset)
    const file = join(path, 'train.jsonl')
    const lines = (await readFile(file, 'utf8')).split('\n')
    await writeFile(file, [lines[0], (lines[1] ?? '').replace('"completion":"', '"completion":"x'), ...lines.slice(2)].join('\n'))
    await expect(readDataset(path)).rejects.toMatchObject({ name: 'BrokenDataset', file, line: 2 })
  })
  it('is refused when lines are missing', async () => {
    const path = await writeDataset(await folder(), dataset)
    await writeFile(join(path, 'dev.jsonl'), '')
    await expect(readDataset(path)).rejects.toThrow(BrokenDataset)
  })
})
