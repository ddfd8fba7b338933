import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { trainLabels } from '../../src/cli/train-labels.js'
import { classifierOptions } from '../../src/train/classifier.js'
import { writeLabelModel } from '../../src/understand/label-model.js'
import { temporaryFolder } from '../model/fixtures.js'

const begunWith = async (from: string, folder: string): Promise<unknown> => {
  await writeFile(join(folder, 'rows.jsonl'), '{"text": "where is it?", "label": "a"}\n{"text": "lost", "label": "b"}\n')
  const silent = (): void => undefined
  return trainLabels(
    { dataset: 'rows.jsonl', dev: '', out: 'out', encoder: 'all-mpnet-base-v2', shots: 0, outOfScope: '', from, options: classifierOptions },
    { out: silent, err: silent, isTty: false, colour: false, cwd: folder, env: {}, signal: new AbortController().signal },
  )
}

it('training that is to begin with a model that is not there says which one', async () => {
  const folder = await temporaryFolder()
  await expect(begunWith('other', folder)).rejects.toThrow(/other holds no labels\.json/)
})

it('training that is to begin with a model of another encoder says which one it needs', async () => {
  const folder = await temporaryFolder()
  await mkdir(join(folder, 'other'))
  await writeLabelModel(join(folder, 'other'), {
    encoder: 'all-minilm-l6-v2', labels: ['a', 'b'], outOfScope: null, directions: Float32Array.of(1, 0, 0, 1), scale: 1, threshold: -2,
    neighbours: { embeddings: Float32Array.of(1, 0), labels: Int32Array.of(0) }, neighbourWeight: 0, temperature: 1,
  })
  await expect(begunWith('other', folder)).rejects.toThrow(/found:?\s+an adapter of all-minilm-l6-v2[^]*expected:?\s+one of all-mpnet-base-v2[^]*Give --encoder all-minilm-l6-v2/)
})
