import { tensor1d, tidy } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AdapterWeights } from '../../src/model/adapter.js'
import { readPeft } from '../../src/model/adapters/peft.js'
import { readGguf } from '../../src/model/gguf.js'
import { frameOf, noAdapter, type Adapter, type Batch, type Llama } from '../../src/model/llama.js'
import { llamaPlaces } from '../../src/model/llama-lora.js'
import { weightsOfGguf, type WeightSource } from '../../src/model/llama-weights.js'
import { loadLora, weightsOfLora } from '../../src/model/lora.js'
import { cpuFlags } from '../../src/tensor/cpu.js'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { openTestTensors } from '../tensor/tensors.js'
import { fixture } from './fixtures.js'
import { gradientsOf, logitsOf, peftPrefix, readReference, relativeError, withModel, type Reference } from './reference.js'

/**
 * The one table of tolerances: largest error over largest value. PyTorch's own bfloat16 is off by 0.05 in the logits of this model
 * and by up to 0.13 in its gradients; ours must stay nearer to float32 than that. A CPU with AMX is held to what it reaches;
 * one that only emulates bfloat16 is off by 0.039.
 */
const tolerance = { float32: { logits: 1e-5, gradients: 1e-5 }, bfloat16: { logits: cpuFlags().has('amx_bf16') ? 0.03 : 0.045, gradients: 0.08 } }

let backend: TensorFlowBackend
let source: WeightSource
let reference: Reference
beforeAll(async () => {
  backend = await openTestTensors()
  source = weightsOfGguf(await readGguf(fixture('tiny-llama', 'model.gguf')))
  reference = await readReference('tiny-llama')
})

const adapterOf = (): Promise<AdapterWeights> => readPeft(fixture('tiny-llama', 'adapter'))

const withTiny = <T>(precision: 'float32' | 'bfloat16', adapter: Adapter, use: (model: Llama) => T | Promise<T>): Promise<T> =>
  withModel(source, precision, adapter, use)

describe('a Llama model', () => {
  for (const precision of ['float32', 'bfloat16'] as const) {
    it(`gives the logits and the loss of Transformers in ${precision}`, async () => {
      await withTiny(precision, noAdapter, (model) => {
        const found = reference.realRows(logitsOf(model, reference.batch), source.config.vocabulary)
        const expected = reference.realRows(reference.numbers.floats('logits.base'), source.config.vocabulary)
        expect(relativeError(found, expected)).toBeLessThan(tolerance[precision].logits)
        expect(relativeError(tidy(() => reference.loss(model).dataSync()), [reference.baseLoss])).toBeLessThan(tolerance[precision].logits)
      })
    })
  }

  it('computes after the last attention only where it is asked to', async () => {
    await withTiny('float32', noAdapter, (model) => {
      const all = logitsOf(model, reference.batch)
      const picks = [7, 30, 3]
      const found = tidy(() => model.logits(model.blocks(
        model.embed(reference.batch), frameOf(model.config, reference.batch), 0, model.config.layers, tensor1d(picks, 'int32'))).dataSync())
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
    await withTiny('float32', noAdapter, (model) => {
      expect(relativeError(logitsOf(model, packed), reference.realRows(logitsOf(model, reference.batch), source.config.vocabulary))).toBeLessThan(tolerance.float32.logits)
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
    await withTiny('float32', noAdapter, (model) => {
      const V = source.config.vocabulary
      const expected = alone.flatMap((one) => [...logitsOf(model, one).subarray(3 * V)])
      expect(relativeError(logitsOf(model, shared).subarray(3 * V), expected)).toBeLessThan(tolerance.float32.logits)
    })
  })

  it('gives back all native memory', async () => {
    const before = backend.handlesHeld()
    await withTiny('float32', noAdapter, (model) => logitsOf(model, reference.batch))
    expect(backend.handlesHeld()).toBe(before)
  })
})

describe('LoRA', () => {
  const gradients = async (precision: 'float32' | 'bfloat16', use: (value: number, named: Map<string, Float32Array>, model: Llama) => void): Promise<void> => {
    const lora = loadLora(llamaPlaces(source.config), await adapterOf(), precision)
    await withTiny(precision, lora.adapter, (model) => {
      const { value, named } = gradientsOf(model, lora, reference.loss)
      use(value, named, model)
    })
    lora.dispose()
  }

  for (const precision of ['float32', 'bfloat16'] as const) {
    it(`gives the logits, the loss and each gradient of PEFT in ${precision}`, async () => {
      await gradients(precision, (value, named, model) => {
        const V = source.config.vocabulary
        expect(relativeError(reference.realRows(logitsOf(model, reference.batch), V), reference.realRows(reference.numbers.floats('logits.lora'), V))).toBeLessThan(tolerance[precision].logits)
        expect(relativeError([value], [reference.loraLoss])).toBeLessThan(tolerance[precision].logits)
        expect(named.size).toBe(3 * 7 * 2)
        const errors = [...named].map(([name, found]) => [name, relativeError(found, reference.numbers.floats(peftPrefix + name))] as const)
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

