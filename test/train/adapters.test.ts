import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { trainingOptions } from '../../src/cli/training-options.js'
import { readGguf } from '../../src/model/gguf.js'
import { adaptedLayers, defaultOptions, plainLora, withDefaults, type AdapterOptions } from '../../src/train/options.js'
import type { TrainProgress } from '../../src/train/progress.js'
import { train, type TrainJob } from '../../src/train/train.js'
import { fixture, temporaryFolder } from '../model/fixtures.js'
import { loaded } from '../project/in-memory.js'
import { tinyExamples, tinyJob, tinyOptions } from './tiny.js'

const slow = 300_000 // compiling the model's programs takes most of it

const examples = { train: tinyExamples(30, 1), dev: tinyExamples(8, 2), test: tinyExamples(8, 3) }
const quantised = fixture('tiny-adapters', 'qlora', 'model.gguf')
const quantisedBase = { path: quantised, sha256: createHash('sha256').update(readFileSync(quantised)).digest('hex') }

const jobOf = async (folder: string, adapter: Partial<AdapterOptions>, more: Partial<TrainJob> = {}): Promise<TrainJob> => tinyJob(folder, {
  examples, options: { ...tinyOptions, epochs: 3, evaluationsPerEpoch: 1, precision: 'float32', adapter: { ...plainLora, ...adapter } },
  ...(adapter.kind === 'qlora' ? { base: quantisedBase } : {}), ...more,
})

const kinds: readonly (readonly [Partial<AdapterOptions>, readonly string[]])[] = [
  [{ kind: 'lora', rslora: true, onlyLayers: [0, 2] }, ['adapter.gguf', 'adapter/adapter_model.safetensors', 'adapter/adapter_config.json', 'README.md']],
  [{ kind: 'dora', dropout: 0.1 }, ['model.gguf', 'adapter/adapter_model.safetensors', 'adapter/adapter_config.json', 'README.md']],
  [{ kind: 'qlora' }, ['adapter.gguf', 'adapter/adapter_model.safetensors', 'adapter/adapter_config.json', 'README.md']],
  [{ kind: 'houlsby', reduction: 4 }, ['adapter/adapter.safetensors', 'adapter/adapter_config.json', 'README.md']],
  [{ kind: 'pfeiffer', reduction: 4 }, ['adapter/adapter.safetensors', 'adapter/adapter_config.json', 'README.md']],
]

describe('training an adapter', () => {
  it.each(kinds)('of %j lowers the loss, and writes the files of its kind', async (adapter, files) => {
    const losses: number[] = []
    const report = (progress: TrainProgress): void => { if (progress.kind === 'step') losses.push(progress.loss) }
    const outcome = await train(await jobOf(await temporaryFolder(), adapter, { report }))
    if (outcome.kind !== 'trained') throw new Error(outcome.kind)
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.8)
    expect(Object.keys(outcome.record.files)).toEqual(files)
    expect(outcome.record.options.adapter).toEqual({ ...plainLora, ...adapter })
    if (files[0] === 'model.gguf') {
      const merged = await readGguf(join(outcome.folder, 'model.gguf'))
      expect([merged.tensors.get('blk.2.attn_q.weight')?.type, merged.metadata.get('general.architecture')]).toEqual(['Q8_0', 'llama'])
      await merged.close()
    }
  }, slow)

  it('with dropout that was stopped and goes on ends with the bytes of one that was not', async () => {
    const adapter = { kind: 'houlsby', dropout: 0.2, reduction: 4 } as const
    const whole = await train(await jobOf(await temporaryFolder(), adapter))
    const [folder, controller] = [await temporaryFolder(), new AbortController()]
    const stopped = await train(await jobOf(folder, adapter, {
      signal: controller.signal, report: (progress) => { if (progress.kind === 'step' && progress.step === 3) controller.abort() },
    }))
    expect(stopped.kind).toBe('stopped')
    const resumed = await train(await jobOf(folder, adapter))
    const [one, other] = [whole, resumed].map(({ folder }) => readFileSync(join(folder, 'adapter', 'adapter.safetensors')))
    expect(other?.equals(one ?? Buffer.alloc(0))).toBe(true)
  }, slow)
})

describe('the choice of an adapter', () => {
  const optionsOf = (training: string) => trainingOptions(loaded({ 'config.yml': `training: ${training}\n` }))

  it('is read from config.yml with what LoRA always had beside it', () => {
    expect(optionsOf('{adapter: {kind: dora, rank: 8, alpha: 4, dropout: 0.1, targets: [q_proj], layers: 3, rslora: true}}')).toEqual({
      options: { rank: 8, alpha: 4, targets: ['q_proj'], layers: 3, adapter: { kind: 'dora', dropout: 0.1, rslora: true, reduction: 16 } }, problems: [],
    })
    expect(optionsOf('{adapter: {kind: pfeiffer, reduction: 8, layers: [1, 4]}}').options).toEqual({ adapter: { ...plainLora, kind: 'pfeiffer', reduction: 8, onlyLayers: [1, 4] } })
  })

  it('of plain LoRA is the same run as no choice', () => {
    expect(withDefaults(optionsOf('{adapter: {kind: lora, rank: 16}}').options)).toEqual(defaultOptions)
    expect(JSON.stringify(withDefaults({ adapter: plainLora }))).toBe(JSON.stringify(withDefaults()))
  })

  it('names layers from the top or one by one, and none that the model has not', () => {
    expect(adaptedLayers({ layers: 2 }, 6)).toEqual([4, 5])
    expect(adaptedLayers({ layers: 9 }, 3)).toEqual([0, 1, 2])
    expect(adaptedLayers({ layers: 2, adapter: { ...plainLora, onlyLayers: [5, 1] } }, 6)).toEqual([1, 5])
    expect(() => adaptedLayers({ layers: 2, adapter: { ...plainLora, onlyLayers: [6] } }, 6)).toThrow(/no layer 6.*numbers from 0 to 5/)
  })
})
