import { readFileSync } from 'node:fs'
import { tensor1d, tidy, variableGrads, type Tensor } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { readGguf } from '../../src/model/gguf.js'
import { createLlama, frameOf, noAdapter, weightedLoss, type Adapter, type Batch, type Llama } from '../../src/model/llama.js'
import { disposeWeights, loadWeights, weightsOfGguf, type LlamaWeights, type WeightSource } from '../../src/model/llama-weights.js'
import { llamaPlaces } from '../../src/model/llama-lora.js'
import { loadLora, weightsOfLora, type LoraNumbers } from '../../src/model/lora.js'
import type { AdapterModule, AdapterWeights } from '../../src/model/adapter.js'
import { readSafetensors, type Safetensors } from '../../src/model/safetensors.js'
import { cpuFlags } from '../../src/tensor/cpu.js'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { openTestTensors } from '../tensor/tensors.js'
import { fixture } from './fixtures.js'

type Reference = {
  readonly ids: readonly (readonly number[])[]
  readonly lengths: readonly number[]
  readonly labels: readonly (readonly number[])[]
  readonly baseLoss: number
  readonly loraLoss: number
}
const reference = JSON.parse(readFileSync(fixture('tiny-llama', 'reference.json'), 'utf8')) as Reference
const rows = reference.ids.length
const length = reference.ids[0]?.length ?? 0

/** As in Transformers: what stands at t + 1 is predicted at t; -100 is not. */
const labels = reference.labels.flatMap((row) => [...row.slice(1), -100])
const counted = labels.filter((label) => label >= 0).length
const batch: Batch = {
  rows,
  length,
  ids: Int32Array.from(reference.ids.flat()),
  positions: Int32Array.from({ length: rows * length }, (_, at) => at % length),
  segments: new Int32Array(rows * length),
  parents: new Int32Array(rows * length),
}

/**
 * The one table of tolerances: largest error over largest value. PyTorch's own bfloat16 is off by 0.05 in the logits of this model
 * and by up to 0.13 in its gradients; ours must stay nearer to float32 than that. A CPU with AMX is held to what it reaches;
 * one that only emulates bfloat16 is off by 0.039.
 */
const tolerance = { float32: { logits: 1e-5, gradients: 1e-5 }, bfloat16: { logits: cpuFlags().has('amx_bf16') ? 0.03 : 0.045, gradients: 0.08 } }

const relativeError = (found: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(found.length).toBe(expected.length)
  let [error, size] = [0, 0]
  for (let i = 0; i < expected.length; i += 1) {
    error = Math.max(error, Math.abs((found[i] ?? NaN) - (expected[i] ?? 0)))
    size = Math.max(size, Math.abs(expected[i] ?? 0))
    if (Number.isNaN(found[i])) return NaN
  }
  return error / size
}

let backend: TensorFlowBackend
let source: WeightSource
let numbers: Safetensors
beforeAll(async () => {
  backend = await openTestTensors()
  source = weightsOfGguf(await readGguf(fixture('tiny-llama', 'model.gguf')))
  numbers = await readSafetensors(fixture('tiny-llama', 'reference.safetensors'))
})

const logitsOf = (model: Llama, given: Batch): Float32Array =>
  tidy(() => model.logits(model.blocks(model.embed(given), frameOf(model.config, given), 0, model.config.layers)).dataSync() as Float32Array)

const loss = (model: Llama): Tensor => {
  const weights = tensor1d(labels.map((label) => (label < 0 ? 0 : 1 / counted)))
  const stream = model.blocks(model.embed(batch), frameOf(model.config, batch), 0, model.config.layers)
  return weightedLoss(model.logits(stream), tensor1d(labels.map((label) => Math.max(label, 0)), 'int32'), weights)
}

/** Rows of real tokens: what stands behind the padding is of no interest. */
const realRows = (all: Float32Array, columns: number): Float32Array =>
  Float32Array.from(reference.lengths.flatMap((real, row) => [...all.subarray(row * length * columns, (row * length + real) * columns)]))

const prefix = 'base_model.model.model.'
const adapterOf = async (): Promise<AdapterWeights> => {
  const file = await readSafetensors(fixture('tiny-llama', 'adapter', 'adapter_model.safetensors'))
  const names = [...file.tensors.keys()].filter((name) => name.endsWith('.lora_A.weight'))
  const modules = names.map((name): AdapterModule => {
    const other = name.replace('.lora_A.', '.lora_B.')
    return {
      module: name.slice(prefix.length, -'.lora_A.weight'.length),
      inSize: file.tensors.get(name)?.shape[1] ?? 0,
      outSize: file.tensors.get(other)?.shape[0] ?? 0,
      a: file.floats(name),
      b: file.floats(other),
    }
  })
  await file.close()
  return { rank: 4, alpha: 8, modules }
}

const withModel = async <T>(precision: 'float32' | 'bfloat16', adapter: Adapter, use: (model: Llama, weights: LlamaWeights) => T | Promise<T>): Promise<T> => {
  const weights = loadWeights(source, precision)
  try {
    return await use(createLlama(source.config, weights, precision, adapter), weights)
  } finally {
    disposeWeights(weights)
  }
}

describe('a Llama model', () => {
  for (const precision of ['float32', 'bfloat16'] as const) {
    it(`gives the logits and the loss of Transformers in ${precision}`, async () => {
      await withModel(precision, noAdapter, (model) => {
        const found = realRows(logitsOf(model, batch), source.config.vocabulary)
        const expected = realRows(numbers.floats('logits.base'), source.config.vocabulary)
        expect(relativeError(found, expected)).toBeLessThan(tolerance[precision].logits)
        expect(relativeError(tidy(() => loss(model).dataSync()), [reference.baseLoss])).toBeLessThan(tolerance[precision].logits)
      })
    })
  }

  it('computes after the last attention only where it is asked to', async () => {
    await withModel('float32', noAdapter, (model) => {
      const all = logitsOf(model, batch)
      const picks = [7, 30, 3]
      const found = tidy(() => model.logits(model.blocks(
        model.embed(batch), frameOf(model.config, batch), 0, model.config.layers, tensor1d(picks, 'int32'))).dataSync())
      const V = source.config.vocabulary
      expect(relativeError(found, picks.flatMap((pick) => [...all.subarray(pick * V, (pick + 1) * V)]))).toBeLessThan(tolerance.float32.logits)
    })
  })

  it('keeps sequences that share a row apart', async () => {
    const lengths = reference.lengths
    const segments = Int32Array.from(lengths.flatMap((one, index) => Array.from({ length: one }, () => index)))
    const packed: Batch = {
      rows: 1,
      length: lengths.reduce((total, one) => total + one, 0),
      ids: Int32Array.from(reference.ids.flatMap((row, index) => row.slice(0, lengths[index]))),
      positions: Int32Array.from(lengths.flatMap((one) => Array.from({ length: one }, (_, at) => at))),
      segments,
      parents: segments,
    }
    await withModel('float32', noAdapter, (model) => {
      expect(relativeError(logitsOf(model, packed), realRows(logitsOf(model, batch), source.config.vocabulary))).toBeLessThan(tolerance.float32.logits)
    })
  })

  it('reads a beginning once for two sequences that share it', async () => {
    const [beginning, ends] = [[3, 14, 15], [[9, 2, 6], [5, 35]]]
    const alone = ends.map((end): Batch => {
      const ids = Int32Array.from([...beginning, ...end])
      const segments = new Int32Array(ids.length)
      return { rows: 1, length: ids.length, ids, positions: ids.map((_, at) => at), segments, parents: segments }
    })
    const shared: Batch = {
      rows: 1, length: 8, ids: Int32Array.from([...beginning, ...ends.flat()]), positions: Int32Array.of(0, 1, 2, 3, 4, 5, 3, 4),
      segments: Int32Array.of(9, 9, 9, 0, 0, 0, 1, 1), parents: Int32Array.of(9, 9, 9, 9, 9, 9, 9, 9),
    }
    await withModel('float32', noAdapter, (model) => {
      const V = source.config.vocabulary
      const expected = alone.flatMap((one) => [...logitsOf(model, one).subarray(3 * V)])
      expect(relativeError(logitsOf(model, shared).subarray(3 * V), expected)).toBeLessThan(tolerance.float32.logits)
    })
  })

  it('gives back all native memory', async () => {
    const before = backend.handlesHeld()
    await withModel('float32', noAdapter, (model) => logitsOf(model, batch))
    expect(backend.handlesHeld()).toBe(before)
  })
})

describe('LoRA', () => {
  const gradients = async (precision: 'float32' | 'bfloat16', use: (lora: LoraNumbers, value: number, named: Map<string, Float32Array>, model: Llama) => void): Promise<void> => {
    const lora = loadLora(llamaPlaces(source.config), await adapterOf(), precision)
    await withModel(precision, lora.adapter, (model) => {
      const variables = lora.parts.flatMap(({ down, up }) => [down, up])
      const { value, grads } = variableGrads(() => loss(model).asScalar(), variables)
      const named = new Map<string, Float32Array>()
      for (const { layer, modules, down, up } of lora.parts) {
        const [da, db] = [grads[down.name]?.dataSync(), grads[up.name]?.dataSync()]
        let row = 0
        modules.forEach(({ module, size }, index) => {
          const A = lora.rank * down.shape[1]
          named.set(`layers.${layer}.${module}.lora_A.weight`, Float32Array.from(da?.subarray(index * A, (index + 1) * A) ?? []))
          named.set(`layers.${layer}.${module}.lora_B.weight`, Float32Array.from(db?.subarray(row * lora.rank, (row + size) * lora.rank) ?? []))
          row += size
        })
      }
      use(lora, value.dataSync()[0] ?? NaN, named, model)
      value.dispose()
      for (const gradient of Object.values(grads)) gradient.dispose()
    })
    lora.dispose()
  }

  for (const precision of ['float32', 'bfloat16'] as const) {
    it(`gives the logits, the loss and each gradient of PEFT in ${precision}`, async () => {
      await gradients(precision, (_lora, value, named, model) => {
        const V = source.config.vocabulary
        expect(relativeError(realRows(logitsOf(model, batch), V), realRows(numbers.floats('logits.lora'), V))).toBeLessThan(tolerance[precision].logits)
        expect(relativeError([value], [reference.loraLoss])).toBeLessThan(tolerance[precision].logits)
        expect(named.size).toBe(3 * 7 * 2)
        const errors = [...named].map(([name, found]) => [name, relativeError(found, numbers.floats(prefix + name))] as const)
        expect(errors.filter(([, error]) => !(error < tolerance[precision].gradients))).toEqual([])
      })
    })
  }

  it('reads back the numbers it was given', async () => {
    const given = await adapterOf()
    const lora = loadLora(llamaPlaces(source.config), given, 'float32')
    const byName = (weights: AdapterWeights) => new Map(weights.modules.map((module) => [module.module, module]))
    expect(byName(weightsOfLora(lora))).toEqual(byName(given))
    lora.dispose()
  })

  it('frees what a pass forward and back took', async () => {
    await gradients('float32', () => undefined)
    const before = backend.handlesHeld()
    await gradients('float32', () => undefined)
    expect(backend.handlesHeld()).toBe(before)
  })
})

