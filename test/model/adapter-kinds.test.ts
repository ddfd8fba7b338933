import { readFileSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { memory, tensor1d, tidy, variableGrads, type Tensor, type Variable } from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { readAdapterHub, writeAdapterHub } from '../../src/model/adapters/adapter-hub.js'
import { NeedsMerging, writeGgufLora } from '../../src/model/adapters/gguf-lora.js'
import { readPeft, writePeft } from '../../src/model/adapters/peft.js'
import { createBottleneck, loadBottleneck, weightsOfBottleneck } from '../../src/model/bottleneck.js'
import { createDora, loadDora, weightsOfDora } from '../../src/model/dora.js'
import { createDropout } from '../../src/model/dropout.js'
import { withAdapter } from '../../src/model/export/merged.js'
import { readGguf } from '../../src/model/gguf.js'
import { numberOf } from '../../src/model/gguf-metadata.js'
import { createLlama, frameOf, noAdapter, weightedLoss, type Adapter, type Batch, type Llama } from '../../src/model/llama.js'
import { llamaPlaces } from '../../src/model/llama-lora.js'
import { disposeWeights, loadWeights, weightsOfGguf, type Keeping, type WeightSource } from '../../src/model/llama-weights.js'
import { createLora, loadLora, type LoraPart } from '../../src/model/lora.js'
import type { Precision } from '../../src/model/matrix.js'
import { readSafetensors } from '../../src/model/safetensors.js'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { randomOf } from '../../src/dataset/random.js'
import { openTestTensors } from '../tensor/tensors.js'
import { fixture, temporaryFolder } from './fixtures.js'

type Reference = { readonly ids: readonly (readonly number[])[]; readonly lengths: readonly number[]; readonly labels: readonly (readonly number[])[] }
const reference = JSON.parse(readFileSync(fixture('tiny-llama', 'reference.json'), 'utf8')) as Reference
const losses = Object.assign({}, ...['tiny-adapters', 'tiny-bottleneck'].map((name) => JSON.parse(readFileSync(fixture(name, 'reference.json'), 'utf8')) as object)) as Record<string, number>

const [rows, length, vocabulary] = [reference.ids.length, reference.ids[0]?.length ?? 0, 320]
const labels = reference.labels.flatMap((row) => [...row.slice(1), -100])
const counted = labels.filter((label) => label >= 0).length
const batch: Batch = {
  rows, length, ids: Int32Array.from(reference.ids.flat()), positions: Int32Array.from({ length: rows * length }, (_, at) => at % length),
  segments: new Int32Array(rows * length), parents: new Int32Array(rows * length),
}

const slow = 180_000 // compiling takes most of it

/** Largest error over largest value. bfloat16 as in llama.test.ts; DoRA adds a product with lengths that are computed from rounded numbers. */
const tolerance = { float32: 1e-5, bfloat16: 0.1 } as const
const relativeError = (found: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(found.length).toBe(expected.length)
  let [error, size] = [0, 0]
  for (let i = 0; i < expected.length; i += 1) {
    if (Number.isNaN(found[i])) return NaN
    error = Math.max(error, Math.abs((found[i] ?? NaN) - (expected[i] ?? 0)))
    size = Math.max(size, Math.abs(expected[i] ?? 0))
  }
  return error / size
}
const realRows = (all: Float32Array): Float32Array =>
  Float32Array.from(reference.lengths.flatMap((real, row) => [...all.subarray(row * length * vocabulary, (row * length + real) * vocabulary)]))

let backend: TensorFlowBackend
let source: WeightSource
let quantised: WeightSource
beforeAll(async () => {
  backend = await openTestTensors()
  source = weightsOfGguf(await readGguf(fixture('tiny-llama', 'model.gguf')))
  quantised = weightsOfGguf(await readGguf(fixture('tiny-adapters', 'qlora', 'model.gguf')))
})

const logitsOf = (model: Llama): Float32Array =>
  tidy(() => model.logits(model.blocks(model.embed(batch), frameOf(model.config, batch), 0, model.config.layers)).dataSync() as Float32Array)
const lossOf = (model: Llama): Tensor =>
  weightedLoss(model.logits(model.blocks(model.embed(batch), frameOf(model.config, batch), 0, model.config.layers)),
    tensor1d(labels.map((label) => Math.max(label, 0)), 'int32'), tensor1d(labels.map((label) => (label < 0 ? 0 : 1 / counted))))

const withModel = <T>(adapter: Adapter, use: (model: Llama) => T, precision: Precision = 'float32', from = source, keeping: Keeping = 'tensors'): T => {
  const weights = loadWeights(from, precision, keeping)
  try {
    return use(createLlama(from.config, weights, precision, adapter))
  } finally {
    disposeWeights(weights)
  }
}

const gradientsOf = (model: Llama, variables: readonly Variable[]): { readonly loss: number; readonly of: (variable: Variable) => Float32Array } => {
  const { value, grads } = variableGrads(() => lossOf(model).asScalar(), [...variables])
  const numbers = new Map(variables.map(({ name }) => [name, grads[name]?.dataSync() as Float32Array]))
  const loss = value.dataSync()[0] ?? NaN
  value.dispose()
  for (const gradient of Object.values(grads)) gradient.dispose()
  return { loss, of: ({ name }) => numbers.get(name) ?? new Float32Array(0) }
}

/** By PEFT's names. */
const loraGradients = (parts: readonly (LoraPart & { readonly magnitude?: Variable })[], rank: number, of: (variable: Variable) => Float32Array): Map<string, Float32Array> => {
  const named = new Map<string, Float32Array>()
  for (const { layer, modules, down, up, magnitude } of parts) {
    let row = 0
    modules.forEach(({ module, size }, index) => {
      const path = `base_model.model.model.layers.${layer}.${module}`
      const A = rank * down.shape[1]
      named.set(`${path}.lora_A.weight`, of(down).subarray(index * A, (index + 1) * A))
      named.set(`${path}.lora_B.weight`, of(up).subarray(row * rank, (row + size) * rank))
      if (magnitude !== undefined) named.set(`${path}.lora_magnitude_vector.weight`, of(magnitude).subarray(row, row + size))
      row += size
    })
  }
  return named
}

const referenceOf = async (folder: string): Promise<ReadonlyMap<string, Float32Array>> => {
  const file = await readSafetensors(join(folder, 'reference.safetensors'))
  const all = new Map([...file.tensors.keys()].map((name) => [name, file.floats(name)]))
  await file.close()
  return all
}

const inOrder = <T extends { readonly module: string }>(modules: readonly T[]): readonly T[] => [...modules].sort((a, b) => (a.module < b.module ? -1 : 1))

describe.each(['rslora', 'dora', 'qlora'] as const)('an adapter of the kind %s', (kind) => {
  const folder = fixture('tiny-adapters', kind)
  const opened = async (precision: Precision) => {
    const weights = await readPeft(folder)
    const places = llamaPlaces(source.config)
    return kind === 'dora' ? loadDora(places, weights, precision) : loadLora(places, weights, precision)
  }

  // rsLoRA is plain LoRA with another alpha, which llama.test.ts has in bfloat16.
  it.each(kind === 'rslora' ? ['float32'] as const : ['float32', 'bfloat16'] as const)('gives the logits, the loss and each gradient of PEFT in %s', async (precision) => {
    const expected = await referenceOf(folder)
    const lora = await opened(precision)
    const variables = lora.parts.flatMap((part) => [part.down, part.up, ...('magnitude' in part ? [part.magnitude as Variable] : [])])
    const [from, keeping] = kind === 'qlora' ? [quantised, 'packed' as const] : [source, 'tensors' as const]
    withModel(lora.adapter, (model) => {
      expect(relativeError(realRows(logitsOf(model)), realRows(expected.get('logits') ?? new Float32Array(0)))).toBeLessThan(tolerance[precision])
      const { loss, of } = gradientsOf(model, variables)
      expect(relativeError([loss], [losses[kind] ?? NaN])).toBeLessThan(tolerance[precision])
      const named = loraGradients(lora.parts, lora.rank, of)
      expect([...named.keys()].sort()).toEqual([...expected.keys()].filter((name) => name.startsWith('base_model')).sort())
      const errors = [...named].map(([name, found]) => [name, relativeError(found, expected.get(name) ?? [])] as const)
      expect(errors.filter(([, error]) => !(error < tolerance[precision]))).toEqual([])
    }, precision, from, keeping)
    lora.dispose()
  }, slow)

  it('is written as PEFT wrote it', async () => {
    const weights = await readPeft(folder)
    const written = await temporaryFolder()
    await writePeft(written, weights, { baseModel: 'tiny-llama', ...(kind === 'rslora' ? { rankStabilisedAlpha: 8 } : {}) })
    expect(inOrder((await readPeft(written)).modules)).toEqual(inOrder(weights.modules))
    const [ours, theirs] = await Promise.all([written, folder].map(async (one) => JSON.parse(await readFile(join(one, 'adapter_config.json'), 'utf8')) as Record<string, unknown>))
    for (const key of ['lora_alpha', 'use_rslora', 'use_dora', 'r', 'target_modules']) expect([key, ours?.[key]]).toEqual([key, theirs?.[key]])
    const [left, right] = await Promise.all([written, folder].map((one) => readSafetensors(join(one, 'adapter_model.safetensors'))))
    expect([...left?.tensors.keys() ?? []].sort()).toEqual([...right?.tensors.keys() ?? []].sort())
    await Promise.all([left?.close(), right?.close()])
  })

  it('frees what a pass forward and back took', async () => {
    const lora = await opened('float32')
    const pass = () => withModel(lora.adapter, (model) => gradientsOf(model, lora.parts.flatMap(({ down, up }) => [down, up])).loss, 'float32', quantised, kind === 'qlora' ? 'packed' : 'tensors')
    pass()
    const before = backend.handlesHeld()
    pass()
    expect(backend.handlesHeld()).toBe(before)
    lora.dispose()
  })
})

const base = { architecture: 'llama', heads: 4, keyValueHeads: 2 }

describe('rsLoRA', () => {
  it('has its scale folded into the alpha of an adapter for llama.cpp, which divides by the rank', async () => {
    const path = join(await temporaryFolder(), 'adapter.gguf')
    await writeGgufLora(path, await readPeft(fixture('tiny-adapters', 'rslora')), base)
    const gguf = await readGguf(path)
    expect(numberOf(gguf, 'adapter.lora.alpha')).toBe(8 * Math.sqrt(4))
    await gguf.close()
  })
})

describe('DoRA', () => {
  it('merges into the weights that PEFT merges it into', async () => {
    const folder = fixture('tiny-adapters', 'dora')
    const [expected, merged] = [await referenceOf(folder), withAdapter(source, await readPeft(folder))]
    for (const [name, weight] of [['merged.q_proj', 'layers.1.self_attn.q_proj.weight'], ['merged.down_proj', 'layers.2.mlp.down_proj.weight']] as const) {
      expect(relativeError(merged.floats(weight), expected.get(name) ?? [])).toBeLessThan(1e-6)
    }
    expect(relativeError(realRows(withModel(noAdapter, logitsOf, 'float32', merged)), realRows(expected.get('logits') ?? new Float32Array(0)))).toBeLessThan(tolerance.float32)
  })

  it('is refused as an adapter for llama.cpp, with what to do instead', async () => {
    const path = join(await temporaryFolder(), 'adapter.gguf')
    const writing = writeGgufLora(path, await readPeft(fixture('tiny-adapters', 'dora')), base)
    await expect(writing).rejects.toThrow(NeedsMerging)
    await expect(writing).rejects.toThrow(/cannot apply a DoRA adapter\. Serve the merged model instead: attune export --merged/)
  })

  it('begins at the base model, and reads back the numbers it was given', async () => {
    const places = llamaPlaces(source.config)
    const fresh = createDora(places, { rank: 2, alpha: 4, fromLayer: 1, targets: ['q_proj', 'up_proj'] }, 'float32', randomOf('dora').next, (module) => source.floats(`${module}.weight`))
    expect(relativeError(withModel(fresh.adapter, logitsOf), withModel(noAdapter, logitsOf))).toBeLessThan(tolerance.float32)
    fresh.dispose()
    const given = await readPeft(fixture('tiny-adapters', 'dora'))
    const loaded = loadDora(places, given, 'float32')
    expect(inOrder(weightsOfDora(loaded).modules)).toEqual(inOrder(given.modules))
    loaded.dispose()
  })
})

describe('a base kept in four bits', () => {
  it.each(['float32', 'bfloat16'] as const)('gives bit for bit what the same numbers unpacked give, in %s', (precision) => {
    const [packed, unpacked] = (['packed', 'tensors'] as const).map((keeping) => withModel(noAdapter, logitsOf, precision, quantised, keeping))
    expect(packed).toEqual(unpacked)
  })

  it('gives the logits of Transformers over the dequantised numbers', async () => {
    const expected = (await referenceOf(fixture('tiny-adapters', 'qlora'))).get('logits.base') ?? new Float32Array(0)
    expect(relativeError(realRows(withModel(noAdapter, logitsOf, 'float32', quantised, 'packed')), realRows(expected))).toBeLessThan(tolerance.float32)
  })

  it('holds no tensor for the weights of its blocks', () => {
    const before = memory().numTensors
    const weights = loadWeights(quantised, 'float32', 'packed')
    expect(memory().numTensors - before).toBe(2 + 2 * quantised.config.layers) // embedding, last norm, two norms a layer
    disposeWeights(weights)
    expect(memory().numTensors).toBe(before)
  })

  it('needs a file that is quantised', () => {
    expect(() => loadWeights(source, 'float32', 'packed')).toThrow(/q_proj\.weight in whole numbers, expected blocks of few bits\. QLoRA needs a quantised GGUF file/)
  })
})

describe('dropout', () => {
  const options = { rank: 4, alpha: 8, fromLayer: 0, targets: ['q_proj', 'o_proj', 'up_proj', 'down_proj'] }
  const dropping = () => createDropout(0.3, (key) => randomOf(key).next)
  const places = () => llamaPlaces(source.config)

  it.each(['lora', 'dora'] as const)('is drawn anew at each moment of training, alike at the same, and away elsewhere, in %s', (kind) => {
    const dropout = dropping()
    const [plain, dropped] = [undefined, dropout].map((one) => {
      const given = { ...options, ...(one === undefined ? {} : { dropping: one }) }
      const made = kind === 'lora'
        ? createLora(places(), given, 'float32', randomOf('numbers').next)
        : createDora(places(), given, 'float32', randomOf('numbers').next, (module) => source.floats(`${module}.weight`))
      for (const { up } of made.parts) up.assign(tensor1d(Float32Array.from({ length: up.size }, (_, at) => Math.sin(at) / 10)).as2D(up.shape[0], up.shape[1]))
      return made
    })
    const at = (moment: string) => dropout.during(moment, () => withModel(dropped?.adapter ?? noAdapter, logitsOf))
    expect(at('1')).toEqual(at('1'))
    expect(at('1')).not.toEqual(at('2'))
    expect(relativeError(withModel(dropped?.adapter ?? noAdapter, logitsOf), withModel(plain?.adapter ?? noAdapter, logitsOf))).toBeLessThan(tolerance.float32)
    plain?.dispose()
    dropped?.dispose()
  })

  it('takes the share it names and makes the rest larger by as much', () => {
    const [mean, zeros] = tidy(() => {
      const kept = dropping().during('x', () => dropping().masked(tensor1d(new Float32Array(1)), 0, 'down')) // outside of its own moment nothing happens
      expect([...kept.dataSync()]).toEqual([0])
      const one = dropping()
      const all = one.during('x', () => one.masked(tensor1d(new Float32Array(20_000).fill(1)), 0, 'down')).dataSync() as Float32Array
      return [all.reduce((sum, value) => sum + value, 0) / all.length, all.filter((value) => value === 0).length / all.length]
    }) as unknown as [number, number]
    expect(Math.abs(mean - 1)).toBeLessThan(0.02)
    expect(Math.abs(zeros - 0.3)).toBeLessThan(0.02)
  })
})

describe.each(['houlsby', 'pfeiffer'] as const)('a bottleneck adapter of the kind %s', (kind) => {
  const folder = fixture('tiny-bottleneck', kind)

  it.each(['float32', 'bfloat16'] as const)('gives the logits, the loss and each gradient of AdapterHub in %s', async (precision) => {
    const expected = await referenceOf(folder)
    const made = loadBottleneck(await readAdapterHub(folder), precision)
    const variables = made.parts.flatMap(({ down, downBias, up, upBias }) => [down, downBias, up, upBias])
    withModel(made.adapter, (model) => {
      expect(relativeError(realRows(logitsOf(model)), realRows(expected.get('logits') ?? new Float32Array(0)))).toBeLessThan(tolerance[precision])
      const { loss, of } = gradientsOf(model, variables)
      expect(relativeError([loss], [losses[kind] ?? NaN])).toBeLessThan(tolerance[precision])
      const named = new Map(made.parts.flatMap(({ layer, spot, down, downBias, up, upBias }) => {
        const path = `model.layers.${layer}.${spot}.adapters.tiny`
        return [[`${path}.adapter_down.0.weight`, of(down)], [`${path}.adapter_down.0.bias`, of(downBias)], [`${path}.adapter_up.weight`, of(up)], [`${path}.adapter_up.bias`, of(upBias)]] as const
      }))
      expect([...named.keys()].sort()).toEqual([...expected.keys()].filter((name) => name.startsWith('model.')).sort())
      const errors = [...named].map(([name, found]) => [name, relativeError(found, expected.get(name) ?? [])] as const)
      expect(errors.filter(([, error]) => !(error < tolerance[precision]))).toEqual([])
    }, precision)
    made.dispose()
  }, slow)

  it('is written as AdapterHub wrote it', async () => {
    const [weights, written] = [await readAdapterHub(folder), await temporaryFolder()]
    await writeAdapterHub(written, weights, { name: 'tiny', baseModel: '', layers: source.config.layers })
    expect(await readAdapterHub(written)).toEqual(weights)
    const [ours, theirs] = await Promise.all([written, folder].map(async (one) => (JSON.parse(await readFile(join(one, 'adapter_config.json'), 'utf8')) as { config: Record<string, unknown> }).config))
    for (const [key, value] of Object.entries(ours ?? {})) expect([key, value]).toEqual([key, theirs?.[key] ?? null])
    const [left, right] = await Promise.all([written, folder].map((one) => readSafetensors(join(one, 'adapter.safetensors'))))
    expect([...left?.tensors.keys() ?? []].sort()).toEqual([...right?.tensors.keys() ?? []].sort())
    await Promise.all([left?.close(), right?.close()])
    const made = loadBottleneck(weights, 'float32')
    expect(weightsOfBottleneck(made)).toEqual(weights)
    made.dispose()
  })

  it('that is new has its size and places, and is near the base model', () => {
    const made = createBottleneck(source.config, { kind, reduction: 16, layers: [1, 2] }, 'float32', randomOf('new').next)
    expect([made.size, made.parts.map(({ layer, spot }) => `${layer} ${spot}`)]).toEqual([4, [1, 2].flatMap((layer) =>
      [...(kind === 'houlsby' ? [`${layer} attention_adapters`] : []), `${layer} output_adapters`])])
    const distance = relativeError(withModel(made.adapter, logitsOf), withModel(noAdapter, logitsOf))
    expect(distance).toBeGreaterThan(0)
    expect(distance).toBeLessThan(0.05)
    made.dispose()
  })

  it('with settings that attune cannot apply is refused', async () => {
    const changed = await temporaryFolder()
    await cp(folder, changed, { recursive: true })
    const config = JSON.parse(await readFile(join(folder, 'adapter_config.json'), 'utf8')) as { config: object }
    await writeFile(join(changed, 'adapter_config.json'), JSON.stringify({ ...config, config: { ...config.config, use_gating: true } }))
    await expect(readAdapterHub(changed)).rejects.toThrow(/use_gating true is not supported; supported: false/)
  })
})
