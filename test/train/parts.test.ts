import { readFileSync, truncateSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tensor, tidy, variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { createLlama, noAdapter } from '../../src/model/llama.js'
import { disposeWeights, loadWeights, weightsOfGguf } from '../../src/model/llama-weights.js'
import { llamaPlaces } from '../../src/model/llama-lora.js'
import { loadLora } from '../../src/model/lora.js'
import { readPeft } from '../../src/model/adapters/peft.js'
import { readGguf } from '../../src/model/gguf.js'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { computeActivations } from '../../src/train/activations.js'
import { createAdamW, disposeAdamW, normOf, takeStep } from '../../src/train/adamw.js'
import { readCheckpoint, writeCheckpoint, type Checkpoint } from '../../src/train/checkpoint.js'
import { withDefaults } from '../../src/train/options.js'
import { packed, type Packed, type Shape } from '../../src/train/packing.js'
import { learningRateAt } from '../../src/train/schedule.js'
import type { Sequence } from '../../src/train/sequences.js'
import { gradientsOf, judge, type Workbench } from '../../src/train/workbench.js'
import { fixture, temporaryFolder } from '../model/fixtures.js'
import { openTestTensors } from '../tensor/tensors.js'

let backend: TensorFlowBackend
beforeAll(async () => {
  backend = await openTestTensors()
})

describe('the learning rate', () => {
  const options = { learningRate: 2, warmup: 0.1, schedule: 'cosine' } as const
  it.each([
    [0, 'cosine', 0.2], [9, 'cosine', 2], [10, 'cosine', 2], [55, 'cosine', 1], [99, 'cosine', 0.0006], [55, 'linear', 1], [100, 'linear', 0], [99, 'constant', 2],
  ] as const)('at step %i of 100 with a %s schedule is %f', (step, schedule, expected) => {
    expect(learningRateAt(step, 100, { ...options, schedule })).toBeCloseTo(expected, 3)
  })
  it('starts high without warm-up', () => {
    expect(learningRateAt(0, 10, { ...options, warmup: 0 })).toBe(2)
  })
})

describe('AdamW', () => {
  it('moves parameters as the published algorithm does, computed here in float64', () => {
    const options = withDefaults({ weightDecay: 0.1 })
    const expected = [[1, -2], [0.5, 3]].map((row) => row.map((w) => ({ w, m: 0, v: 0 })))
    const parameters = [variable(tensor([1, -2])), variable(tensor([0.5, 3]))]
    const optimizer = createAdamW(parameters)
    const gradients = [[[0.1, -0.2], [0.3, 0]], [[-1, 2], [0.01, 5]], [[0.5, 0.5], [0.5, 0.5]]]
    gradients.forEach((step, taken) => {
      const given = step.map((row) => tensor(row))
      takeStep(optimizer, given, 0.05, 0.5, options)
      for (const one of given) one.dispose()
      expected.forEach((row, i) => row.forEach((state, j) => {
        const g = 0.5 * step[i]![j]!
        state.m = options.beta1 * state.m + (1 - options.beta1) * g
        state.v = options.beta2 * state.v + (1 - options.beta2) * g * g
        const [m, v] = [state.m / (1 - options.beta1 ** (taken + 1)), state.v / (1 - options.beta2 ** (taken + 1))]
        state.w = state.w * (1 - 0.05 * options.weightDecay) - 0.05 * m / (Math.sqrt(v) + options.epsilon)
      }))
    })
    parameters.forEach((parameter, i) => parameter.dataSync().forEach((value, j) => expect(value).toBeCloseTo(expected[i]![j]!.w, 5)))
    disposeAdamW(optimizer)
    for (const parameter of parameters) parameter.dispose()
  })

  it('measures the length of all gradients together', () => {
    tidy(() => {
      expect(normOf([tensor([3, 0]), tensor([[0, 4]])])).toBe(5)
    })
  })
})

describe('a checkpoint', () => {
  const checkpoint: Checkpoint = {
    fingerprint: 'f', options: { ...withDefaults(), precision: 'float32' }, step: 3, best: { step: 2, loss: 1.5, exact: 0.5 },
    curves: { train: [{ step: 1, loss: 2 }], dev: [] }, seconds: 7,
    arrays: new Map([['parameter.0', Float32Array.of(1, -2.5)], ['first.0', Float32Array.of(NaN, Infinity)]]),
  }
  const file = async (): Promise<string> => {
    const path = join(await temporaryFolder(), 'checkpoint.bin')
    await writeCheckpoint(path, checkpoint)
    return path
  }

  it('is read as it was written', async () => {
    expect(await readCheckpoint(await file(), 'f')).toEqual(checkpoint)
  })
  it('is none where there is no file', async () => {
    expect(await readCheckpoint(join(await temporaryFolder(), 'none.bin'), 'f')).toBeNull()
  })
  it('of another run is refused', async () => {
    await expect(readCheckpoint(await file(), 'g')).rejects.toThrow('other data or options')
  })
  it.each([[5, 'no checkpoint'], [200, 'no JSON'], [-3, 'ends inside first.0']])('cut to %i bytes is refused', async (length, message) => {
    const path = await file()
    truncateSync(path, length < 0 ? readFileSync(path).length + length : length)
    await expect(readCheckpoint(path, 'f')).rejects.toThrow(message)
  })
  it('of another kind of file is refused', async () => {
    const path = join(await temporaryFolder(), 'x')
    await writeFile(path, 'something else entirely, but long enough')
    await expect(readCheckpoint(path, 'f')).rejects.toThrow('no checkpoint')
  })
})

describe('steps on the tiny model', () => {
  type Reference = {
    readonly ids: readonly (readonly number[])[]
    readonly lengths: readonly number[]
    readonly labels: readonly (readonly number[])[]
    readonly adamw: { readonly learningRate: number; readonly betas: readonly [number, number]; readonly epsilon: number; readonly weightDecay: number; readonly losses: readonly number[] }
  }
  const reference = JSON.parse(readFileSync(fixture('tiny-llama', 'reference.json'), 'utf8')) as Reference
  const sequences = reference.ids.map((ids, row): Sequence => {
    const places = reference.labels[row]!.flatMap((label, at) => (label >= 0 ? [at - 1] : []))
    return {
      ids: Int32Array.from(ids.slice(0, reference.lengths[row])), places: Int32Array.from(places),
      labels: Int32Array.from(places, (place) => ids[place + 1]!), weight: 1, family: row, shared: 0,
    }
  })
  const shape: Shape = { rows: 2, length: 32, picks: 32 }
  const [batch] = packed(sequences, [0, 1], shape) as [Packed]
  const counted = sequences.reduce((total, { places }) => total + places.length, 0)

  it('have the losses of PyTorch, PEFT and torch.optim.AdamW, ten in a row', async () => {
    const gguf = await readGguf(fixture('tiny-llama', 'model.gguf'))
    const source = weightsOfGguf(gguf)
    const weights = loadWeights(source, 'float32')
    const lora = loadLora(llamaPlaces(source.config), await readPeft(fixture('tiny-llama', 'adapter')), 'float32')
    const model = createLlama(source.config, weights, 'float32', lora.adapter)
    const variables = lora.parts.flatMap(({ down, up }) => [down, up])
    const bench: Workbench = { model, variables, sequences, from: 0, activations: null }
    const optimizer = createAdamW(variables)
    const { learningRate, betas: [beta1, beta2], epsilon, weightDecay, losses } = reference.adamw
    const found = losses.map(() => {
      const { loss, gradients } = gradientsOf(bench, batch, 1 / counted)
      takeStep(optimizer, gradients, learningRate, 1, { beta1, beta2, epsilon, weightDecay })
      for (const gradient of gradients) gradient.dispose()
      return loss
    })
    found.forEach((loss, step) => expect(Math.abs(loss - losses[step]!) / losses[step]!).toBeLessThan(1e-3))
    expect(found.at(-1)).toBeLessThan(found[0]!)
    disposeAdamW(optimizer)
    lora.dispose()
    disposeWeights(weights)
    await gguf.close()
  }, 120_000)

  it('are the same whether lower layers are computed each time or kept, in memory or in a file', async () => {
    const gguf = await readGguf(fixture('tiny-llama', 'model.gguf'))
    const source = weightsOfGguf(gguf)
    const weights = loadWeights(source, 'float32')
    const model = createLlama(source.config, weights, 'float32', noAdapter)
    const judged = [judge({ model, variables: [], sequences, from: 0, activations: null }, batch)]
    for (const memoryBytes of [0, 2 ** 20]) {
      const activations = await computeActivations(model, {
        sequences, shape: { rows: 1, length: 64, picks: 32 }, below: 2, precision: 'float32', folder: await temporaryFolder(), memoryBytes, backend,
        report: () => undefined, signal: new AbortController().signal,
      })
      judged.push(judge({ model, variables: [], sequences, from: 2, activations }, batch))
      activations.dispose()
    }
    for (const { loss, exact } of judged) {
      expect(loss).toBeCloseTo(judged[0]!.loss, 3)
      expect(exact).toEqual(judged[0]!.exact)
    }
    disposeWeights(weights)
    await gguf.close()
  }, 120_000)
})
