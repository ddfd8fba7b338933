import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Llama as LlamaCpp } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdapterWeights } from '../../src/model/adapter.js'
import { readGgufLora, writeGgufLora } from '../../src/model/adapters/gguf-lora.js'
import { readPeft } from '../../src/model/adapters/peft.js'
import { writeModelFolder } from '../../src/model/export/full-folder.js'
import { writeModelGguf } from '../../src/model/export/full-gguf.js'
import { withAdapter } from '../../src/model/export/merged.js'
import { noAdapter } from '../../src/model/llama.js'
import { llamaPlaces } from '../../src/model/llama-lora.js'
import { loadLora } from '../../src/model/lora.js'
import { openModel, type BaseModel } from '../../src/model/open-model.js'
import { weightShapes } from '../../src/model/weight-shapes.js'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { openTestTensors } from '../tensor/tensors.js'
import { fixture, temporaryFolder } from './fixtures.js'
import { greedy, openLlamaCpp, withSequence } from './llama-cpp.js'
import { gradientsOf, logitsOf, peftPrefix, readReference, relativeError, withModel, type Reference } from './reference.js'

/** Largest error over largest value, against Transformers and PEFT in float32; bfloat16 as in llama.test.ts, for smaller models. */
const tolerance = { float32: 2e-5, bfloat16: 0.1 }

let backend: TensorFlowBackend
let llama: LlamaCpp
beforeAll(async () => {
  backend = await openTestTensors()
  llama = await openLlamaCpp()
})
afterAll(() => llama.dispose())

const families = [
  ['tiny-llama3', 'llama'], ['tiny-mistral', 'llama'], ['tiny-qwen2', 'qwen2'], ['tiny-qwen3', 'qwen3'],
] as const

describe.each(families)('%s', (name, architecture) => {
  let [reference, gguf, folder, adapter] = [] as unknown as [Reference, BaseModel, BaseModel, AdapterWeights]
  beforeAll(async () => {
    reference = await readReference(name)
    gguf = await openModel(fixture(name, 'model.gguf'))
    folder = await openModel(fixture(name))
    adapter = await readPeft(fixture(name, 'adapter'))
  })
  afterAll(async () => { await Promise.all([gguf.close(), folder.close(), reference.numbers.close()]) })

  it('is the same model as a GGUF file and as a folder', () => {
    expect(gguf.architecture).toBe(architecture)
    const { normEpsilon, ropeScaling, ...sizes } = gguf.weights.config
    expect(folder.weights.config).toMatchObject(sizes)
    expect(folder.weights.config.ropeScaling).toEqual(ropeScaling)
    expect(folder.weights.config.normEpsilon).toBeCloseTo(normEpsilon, 10)
    for (const weight of weightShapes(folder.weights.config).keys()) expect(gguf.weights.floats(weight), weight).toEqual(folder.weights.floats(weight))
  })

  // bfloat16 takes the same programs; one family that has a norm within a head is enough to see that they hold in it.
  for (const precision of name === 'tiny-qwen3' ? ['float32', 'bfloat16'] as const : ['float32'] as const) {
    const errorOf = (found: Float32Array, expected: string): number => {
      const V = gguf.weights.config.vocabulary
      return relativeError(reference.realRows(found, V), reference.realRows(reference.numbers.floats(expected), V))
    }

    it(`gives the logits of Transformers in ${precision}`, async () => {
      await withModel(gguf.weights, precision, noAdapter, (model) => {
        expect(errorOf(logitsOf(model, reference.batch), 'logits.base')).toBeLessThan(tolerance[precision])
      })
    }, 240_000)

    it(`gives the logits, the loss and each LoRA gradient of PEFT in ${precision}`, async () => {
      const lora = loadLora(llamaPlaces(gguf.weights.config), adapter, precision)
      await withModel(gguf.weights, precision, lora.adapter, async (model) => {
        expect(errorOf(logitsOf(model, reference.batch), 'logits.lora')).toBeLessThan(tolerance[precision])
        await setImmediate() // the runner hears of the test before the gradients are compiled
        const { value, named } = gradientsOf(model, lora, reference.loss)
        expect(relativeError([value], [reference.loraLoss])).toBeLessThan(tolerance[precision])
        expect(named.size).toBe(2 * 7 * 2)
        const errors = [...named].map(([module, found]) => [module, relativeError(found, reference.numbers.floats(peftPrefix + module))] as const)
        expect(errors.filter(([, error]) => !(error < tolerance[precision]))).toEqual([])
      })
      lora.dispose()
    }, 240_000)
  }

  it('gives back all native memory', async () => {
    const before = backend.handlesHeld()
    await withModel(gguf.weights, 'float32', noAdapter, (model) => logitsOf(model, reference.batch))
    expect(backend.handlesHeld()).toBe(before)
  })

  const answers = (path: string, adapterPath: string | undefined, { prompt, answer }: Reference['greedy']): Promise<readonly number[]> =>
    withSequence(llama, path, adapterPath, (sequence) => greedy(sequence, prompt, answer.length, gguf.weights.config.vocabulary))

  it('answers in llama.cpp word for word as in Transformers, with and without its adapter', async () => {
    const file = join(await temporaryFolder(), 'adapter.gguf')
    const base = gguf.weights.config
    await writeGgufLora(file, adapter, base)
    const { baseGreedy = reference.greedy } = reference
    expect(await answers(gguf.path, undefined, baseGreedy)).toEqual(baseGreedy.answer)
    expect(await answers(gguf.path, file, reference.greedy)).toEqual(reference.greedy.answer)
    const byName = ({ modules }: AdapterWeights) => new Map(modules.map((module) => [module.module, module]))
    expect(byName(await readGgufLora(file, base))).toEqual(byName(adapter))
  })

  it.each(['GGUF file', 'folder'])('merged from its %s answers in llama.cpp as PEFT does', async (format) => {
    const model = format === 'folder' ? folder : gguf
    const path = join(await temporaryFolder(), 'merged.gguf')
    await writeModelGguf(path, model, withAdapter(model.weights, adapter), 'F32', 'merged')
    expect(await answers(path, undefined, reference.greedy)).toEqual(reference.greedy.answer)
  })

  it.each(['GGUF file', 'folder'])('written anew as both formats from its %s is the same model', async (format) => {
    const model = format === 'folder' ? folder : gguf
    const place = await temporaryFolder()
    await writeModelGguf(join(place, 'again.gguf'), model, model.weights, 'F16', 'again')
    await writeModelFolder(join(place, 'again'), model.weights, 'F16', fixture(name))
    for (const path of [join(place, 'again.gguf'), join(place, 'again')]) {
      const again = await openModel(path)
      const { normEpsilon, ...config } = model.weights.config
      expect(again.weights.config).toMatchObject(config)
      expect(again.weights.config.normEpsilon).toBeCloseTo(normEpsilon, 10)
      for (const weight of weightShapes(config as typeof model.weights.config).keys()) expect(again.weights.floats(weight), weight).toEqual(model.weights.floats(weight))
      const text = 'Send 12 euros, please\n'
      expect(again.tokenizer.encode(text, { special: true })).toEqual(model.tokenizer.encode(text, { special: true }))
      expect([again.tokenizer.end, again.tokenizer.begin]).toEqual([model.tokenizer.end, model.tokenizer.begin])
      await again.close()
    }
  })
})
