import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { TrainProgress } from '../../src/train/progress.js'
import { train } from '../../src/train/train.js'
import { temporaryFolder } from '../model/fixtures.js'
import { tinyJob, tinyOptions } from './tiny.js'

it('trains without TensorFlow, on the best backend there is, and says which', async () => {
  const seen: TrainProgress[] = []
  const outcome = await train(await tinyJob(await temporaryFolder(), {
    tensorFlow: null, options: { ...tinyOptions, epochs: 2 }, report: (progress) => void seen.push(progress),
  }))
  if (outcome.kind !== 'trained') throw new Error(outcome.kind)
  expect(seen[0]).toMatchObject({ kind: 'backend', name: expect.stringMatching(/^(tfjs-node-gpu|wasm)$/) as string })
  expect(outcome.record.options.precision).toBe('float32')
  const losses = outcome.record.curves.train.map(({ loss }) => loss)
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0)
  expect(readFileSync(join(outcome.folder, 'adapter.gguf')).subarray(0, 4).toString()).toBe('GGUF')
}, 300_000)
