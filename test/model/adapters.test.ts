import { readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Llama, LlamaContextSequence } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdapterWeights } from '../../src/model/adapter.js'
import { readGgufLora, writeGgufLora, type GgufBase } from '../../src/model/adapters/gguf-lora.js'
import { readPeft, writePeft } from '../../src/model/adapters/peft.js'
import { writeAdapter } from '../../src/model/adapters/write-adapter.js'
import { BadModelFile, UnsupportedModel } from '../../src/model/errors.js'
import { readGguf } from '../../src/model/gguf.js'
import { encodeNumbers, writeGguf } from '../../src/model/gguf-writer.js'
import { weightsOfGguf } from '../../src/model/llama-weights.js'
import { readSafetensors } from '../../src/model/safetensors.js'
import { fixture, temporaryFolder } from './fixtures.js'
import { greedy, logProbabilities, openLlamaCpp, withSequence } from './llama-cpp.js'

const base: GgufBase = { architecture: 'llama', heads: 4, keyValueHeads: 2, baseName: 'tiny llama', name: 'a test' }
const reference = JSON.parse(readFileSync(fixture('tiny-llama', 'reference.json'), 'utf8')) as {
  readonly ids: readonly (readonly number[])[]
  readonly greedy: { readonly prompt: readonly number[]; readonly answer: readonly number[] }
}

let adapter: AdapterWeights
beforeAll(async () => {
  adapter = await readPeft(fixture('tiny-llama', 'adapter'))
})

describe('an adapter in PEFT format', () => {
  it('written by PEFT is read with all its modules', () => {
    expect(adapter).toMatchObject({ rank: 4, alpha: 8 })
    expect(adapter.modules).toHaveLength(21)
    expect(adapter.modules.find(({ module }) => module === 'layers.2.self_attn.k_proj')).toMatchObject({ inSize: 64, outSize: 32 })
    for (const { a, b, inSize, outSize } of adapter.modules) expect([a.length, b.length]).toEqual([4 * inSize, 4 * outSize])
  })

  it('written by attune holds what PEFT wrote', async () => {
    const folder = await temporaryFolder()
    await writePeft(folder, adapter, { baseModel: 'tiny-llama' })
    expect(await readPeft(folder)).toEqual(adapter)
    const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    const theirs = JSON.parse(readFileSync(fixture('tiny-llama', 'adapter', 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    expect(Object.keys(config)).toEqual(Object.keys(config).sort())
    for (const key of Object.keys(config).filter((key) => key !== 'layers_to_transform')) expect([key, config[key]]).toEqual([key, theirs[key]])
    expect(config['layers_to_transform']).toEqual([0, 1, 2])
    const [ours, fromPeft] = [await readSafetensors(join(folder, 'adapter_model.safetensors')), await readSafetensors(fixture('tiny-llama', 'adapter', 'adapter_model.safetensors'))]
    expect([...ours.tensors.keys()].sort()).toEqual([...fromPeft.tensors.keys()].sort())
    await Promise.all([ours.close(), fromPeft.close()])
  })

  it.each<[string, Record<string, unknown>, RegExp, typeof UnsupportedModel | typeof BadModelFile]>([
    ['DoRA without magnitudes', { use_dora: true }, /21 A among 42 tensors, expected an A, a B and a magnitude for each module/, BadModelFile],
    ['trained embeddings', { modules_to_save: ['embed_tokens'] }, /modules_to_save/, UnsupportedModel],
    ['ranks by module', { rank_pattern: { q_proj: 8 } }, /rank_pattern/, UnsupportedModel],
    ['another method', { peft_type: 'IA3' }, /peft_type "IA3"/, UnsupportedModel],
    ['no rank', { r: 'many' }, /r "many"/, BadModelFile],
    ['another rank than its tensors', { r: 8 }, /found \[4, \d+\] and \[\d+, 4\] for layers\.0.*expected \[8, in\]/, BadModelFile],
  ])('with %s is refused', async (_name, change, message, kind) => {
    const folder = await temporaryFolder()
    await cp(fixture('tiny-llama', 'adapter'), folder, { recursive: true })
    const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    await writeFile(join(folder, 'adapter_config.json'), JSON.stringify({ ...config, ...change }))
    await expect(readPeft(folder)).rejects.toThrow(message)
    await expect(readPeft(folder)).rejects.toThrow(kind)
  })

  it('that scales by the root of its rank comes back as a plain one that scales alike', async () => {
    const folder = await temporaryFolder()
    await cp(fixture('tiny-llama', 'adapter'), folder, { recursive: true })
    const config = JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')) as Record<string, unknown>
    await writeFile(join(folder, 'adapter_config.json'), JSON.stringify({ ...config, use_rslora: true }))
    expect((await readPeft(folder)).alpha).toBe(16)
  })
})

describe('an adapter for llama.cpp', () => {
  it('reads back in the order of Transformers', async () => {
    const path = join(await temporaryFolder(), 'adapter.gguf')
    await writeGgufLora(path, adapter, base)
    const back = await readGgufLora(path, base)
    const sorted = ({ modules, ...rest }: AdapterWeights) => ({ ...rest, modules: [...modules].sort((a, b) => a.module < b.module ? -1 : 1) })
    expect(sorted(back)).toEqual(sorted(adapter))
  })

  it('for another architecture, or that is no adapter, is refused', async () => {
    const path = join(await temporaryFolder(), 'adapter.gguf')
    await writeGgufLora(path, adapter, { ...base, architecture: 'qwen2' })
    await expect(readGgufLora(path, base)).rejects.toThrow(/an adapter for qwen2, expected one for llama/)
    await expect(readGgufLora(fixture('tiny-llama', 'model.gguf'), base)).rejects.toThrow(BadModelFile)
  })

  it('cannot hold a module that llama.cpp does not adapt', async () => {
    const [first] = adapter.modules
    const other: AdapterWeights = { ...adapter, modules: first === undefined ? [] : [{ ...first, module: 'embed_tokens' }] }
    await expect(writeGgufLora(join(await temporaryFolder(), 'a.gguf'), other, base)).rejects.toThrow(/no adapter for embed_tokens; merge it/)
  })
})

describe('an adapter folder', () => {
  it('holds both formats of the same numbers and a card', async () => {
    const folder = join(await temporaryFolder(), 'deep', 'adapter')
    const gguf = await readGguf(fixture('tiny-llama', 'model.gguf'))
    const { config } = weightsOfGguf(gguf)
    await gguf.close()
    const card = {
      name: 'tiny', baseModel: undefined, baseName: 'tiny llama', baseLicense: 'apache-2.0', language: 'en', hashes: {}, examples: { train: 1, dev: 1, test: 1 },
      settings: [], results: [], versions: [],
    }
    await writeAdapter(folder, { adapter, config, architecture: 'llama', card })
    const inOrder = ({ modules }: AdapterWeights) => [...modules].sort((a, b) => a.module < b.module ? -1 : 1)
    expect(inOrder(await readGgufLora(join(folder, 'adapter.gguf'), base))).toEqual(inOrder(await readPeft(folder)))
    expect(readFileSync(join(folder, 'README.md'), 'utf8')).toContain('A LoRA adapter over tiny llama')
  })
})

/** The tiny model with all weights in single precision, so that llama.cpp multiplies without rounding to half. */
const singlePrecision = async (path: string): Promise<void> => {
  const gguf = await readGguf(fixture('tiny-llama', 'model.gguf'))
  try {
    await writeGguf(path, [...gguf.metadata.keys()].map((key) => ({ key, type: 'raw', value: gguf.rawEntry(key) })),
      [...gguf.tensors.values()].map(({ name, shape }) => ({ name, shape, type: 'F32', content: () => encodeNumbers('F32', gguf.floats(name)) })))
  } finally {
    await gguf.close()
  }
}

describe('in llama.cpp', () => {
  let llama: Llama
  beforeAll(async () => {
    llama = await openLlamaCpp()
  })
  afterAll(() => llama.dispose())

  const withModel = async <T>(adapted: boolean, work: (sequence: LlamaContextSequence) => Promise<T>): Promise<T> => {
    const folder = await temporaryFolder()
    const [modelPath, adapterPath] = [join(folder, 'model.gguf'), join(folder, 'adapter.gguf')]
    await singlePrecision(modelPath)
    await writeGgufLora(adapterPath, adapter, base)
    return withSequence(llama, modelPath, adapted ? adapterPath : undefined, work)
  }

  it.each([['base', false], ['lora', true]])('the %s gives the probabilities of Transformers and PEFT', async (name, adapted) => {
    const file = await readSafetensors(fixture('tiny-llama', 'reference.safetensors'))
    const logits = file.floats(`logits.${name}`)
    await file.close()
    const ids = reference.ids[0] ?? []
    const found = await withModel(adapted, (sequence) => logProbabilities(sequence, ids, 320))
    const expected = logits.subarray((ids.length - 1) * 320, ids.length * 320)
    const total = Math.log(expected.reduce((sum, logit) => sum + Math.exp(logit), 0))
    const largest = Math.max(...found.map((value, id) => Math.abs(value - ((expected[id] ?? 0) - total))))
    expect(largest).toBeLessThan(1e-3)
  })

  it('the exported adapter answers word for word as PEFT does', async () => {
    const { prompt, answer } = reference.greedy
    expect(await withModel(true, (sequence) => greedy(sequence, prompt, answer.length, 320))).toEqual(answer)
  })
})

it('Q8_0 is written to the byte as the gguf package does', async () => {
  const file = await readGguf(fixture('quantised.gguf'))
  expect(Buffer.from(encodeNumbers('Q8_0', file.floats('numbers'))).equals(file.raw('numbers.Q8_0'))).toBe(true)
  await file.close()
})
