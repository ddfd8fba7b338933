import { readFileSync, existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { fastFloat } from '../../src/tensor/cpu.js'
import type { TrainProgress } from '../../src/train/progress.js'
import { train, type TrainJob, type TrainOutcome } from '../../src/train/train.js'
import { temporaryFolder } from '../model/fixtures.js'
import { finished, spawnModule } from '../store/child.js'
import { openTestTensors } from '../tensor/tensors.js'
import { tinyJob, tinyOptions } from './tiny.js'

const slow = 300_000 // compiling the model's programs takes most of it

const adapterBytes = ({ folder }: TrainOutcome): Buffer[] =>
  ['adapter.gguf', 'adapter/adapter_model.safetensors'].map((name) => readFileSync(join(folder, name)))

type Watched = { readonly outcome: TrainOutcome; readonly seen: readonly TrainProgress[] }
const watched = async (folder: string, more: Partial<TrainJob> = {}, onProgress: (progress: TrainProgress) => void = () => undefined): Promise<Watched> => {
  const seen: TrainProgress[] = []
  const outcome = await train(await tinyJob(folder, {
    ...more,
    report: (progress) => {
      seen.push(progress)
      onProgress(progress)
    },
  }))
  return { outcome, seen }
}

const losses = (seen: readonly TrainProgress[]): number[] => seen.flatMap((one) => (one.kind === 'step' ? [one.loss] : []))

/** Trained once without a break: what all interrupted runs are compared with. */
type Unbroken = { readonly bytes: readonly Buffer[]; readonly losses: readonly number[] }
let whole: Unbroken | null = null
const unbroken = async (): Promise<Unbroken> => {
  if (whole === null) {
    const { outcome, seen } = await watched(await temporaryFolder())
    whole = { bytes: adapterBytes(outcome), losses: losses(seen) }
  }
  return whole
}

describe('training', () => {
  it('lowers the loss and writes adapter, card and record', async () => {
    const { outcome, seen } = await watched(await temporaryFolder())
    if (outcome.kind !== 'trained') throw new Error(outcome.kind)
    const all = losses(seen)
    expect(all.at(-1)).toBeLessThan((all[0] ?? 0) / 2)
    expect(outcome.record.curves.train.map(({ loss }) => loss)).toEqual(all)
    expect(outcome.record.best?.loss).toBe(Math.min(...outcome.record.curves.dev.map(({ loss }) => loss)))
    expect(outcome.record.evaluation.dev.loss).toBeCloseTo(outcome.record.best?.loss ?? NaN, 5)
    expect(readFileSync(join(outcome.folder, 'README.md'), 'utf8')).toContain('| learningRate | 0.01 |')
    expect(existsSync(join(outcome.folder, 'checkpoint.bin'))).toBe(false)
  }, slow)

  it('does nothing when nothing changed, and trains anew when a file of the model did', async () => {
    const folder = await temporaryFolder()
    const first = await watched(folder)
    const again = await watched(folder)
    expect(again.outcome.kind).toBe('unchanged')
    expect(again.seen).toEqual([])
    const bytes = adapterBytes(first.outcome)
    await writeFile(join(first.outcome.folder, 'adapter.gguf'), 'damaged')
    const third = await watched(folder)
    expect(third.outcome.kind).toBe('trained')
    expect(adapterBytes(third.outcome)).toEqual(bytes)
  }, slow)

  it('takes the precision that is fast here, unless the run was begun or finished in another', async () => {
    const { id } = (await watched(await temporaryFolder(), { options: { ...tinyOptions, precision: fastFloat(false) } })).outcome
    const folder = await temporaryFolder()
    const other = fastFloat(false) === 'float32' ? 'bfloat16' : 'float32'
    const controller = new AbortController()
    const begun = await watched(folder, { options: { ...tinyOptions, precision: other }, signal: controller.signal }, (progress) => {
      if (progress.kind === 'step') controller.abort()
    })
    expect(begun.outcome.kind).toBe('stopped')
    const resumed = await watched(folder)
    if (resumed.outcome.kind !== 'trained') throw new Error(resumed.outcome.kind)
    expect(resumed.outcome.record.options.precision).toBe(other)
    expect(resumed.seen).toContainEqual(expect.objectContaining({ kind: 'start', firstStep: 1 }))
    expect(await watched(folder)).toMatchObject({ outcome: { kind: 'unchanged', id: begun.outcome.id } })
    expect(begun.outcome.id).not.toBe(id)
    expect((await watched(await temporaryFolder())).outcome.id).toBe(id)
  }, slow)

  it('gives back all native memory', async () => {
    await unbroken()
    const backend: TensorFlowBackend = await openTestTensors()
    const before = backend.handlesHeld()
    await watched(await temporaryFolder())
    expect(backend.handlesHeld()).toBe(before)
  }, slow)

  it.each([
    ['learning rate', { learningRate: 0 }, 'learningRate is 0'],
    ['layers', { layers: 0.5 }, 'layers is 0.5'],
    ['epochs', { epochs: -1 }, 'epochs is -1'],
    ['precision', { precision: 'float16' as never }, 'precision is "float16"'],
  ])('refuses a wrong %s before it starts', async (_name, options, message) => {
    await expect(watched(await temporaryFolder(), { options: { ...tinyOptions, ...options } })).rejects.toThrow(message)
  })

  it('refuses to train on nothing', async () => {
    await expect(watched(await temporaryFolder(), { examples: { train: [], dev: [], test: [] } })).rejects.toThrow('no examples')
  })

  it('stops with an error where the loss is no number, and never takes such a state for the best', async () => {
    const folder = await temporaryFolder()
    const options = { ...tinyOptions, learningRate: 1e30, clipNorm: 1e30, warmup: 0 }
    await expect(watched(folder, { options })).rejects.toThrow('is not a number')
  }, slow)
})

describe('a training run that is interrupted', () => {
  for (const at of [1, 4, 7]) {
    it(`by Ctrl-C in step ${at} ends cleanly, and later with the bytes of an unbroken one`, async () => {
      const folder = await temporaryFolder()
      const controller = new AbortController()
      const stopped = await watched(folder, { signal: controller.signal, saveEvery: 1e9 }, (progress) => {
        if (progress.kind === 'step' && progress.step === at) controller.abort()
      })
      expect(stopped.outcome.kind).toBe('stopped')
      expect(losses(stopped.seen)).toHaveLength(at)
      const resumed = await watched(folder)
      const expected = await unbroken()
      expect([...losses(stopped.seen), ...losses(resumed.seen)]).toEqual(expected.losses)
      expect(adapterBytes(resumed.outcome)).toEqual(expected.bytes)
    }, slow)
  }

  it('by kill -9, twice at moments nobody chose, ends with the same bytes too', async () => {
    const folder = await temporaryFolder()
    for (const steps of [2, 3]) {
      const child = spawnModule(join('test', 'train', 'train-child.ts'), [folder])
      let seen = 0
      child.stdout?.on('data', (data: Buffer) => {
        seen += data.toString().split('"kind":"step"').length - 1
        if (seen >= steps) setTimeout(() => child.kill('SIGKILL'), 30 * Math.random())
      })
      await finished(child)
    }
    const resumed = await watched(folder)
    const first = resumed.seen.find((one) => one.kind === 'start')
    expect(first).toMatchObject({ kind: 'start' })
    expect(adapterBytes(resumed.outcome)).toEqual((await unbroken()).bytes)
  }, slow)
})
