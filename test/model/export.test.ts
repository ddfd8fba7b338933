import { readFileSync } from 'node:fs'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Llama } from 'node-llama-cpp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdapterWeights } from '../../src/model/adapter.js'
import { readPeft } from '../../src/model/adapters/peft.js'
import { writeModelFolder } from '../../src/model/export/full-folder.js'
import { writeModelGguf } from '../../src/model/export/full-gguf.js'
import { withAdapter } from '../../src/model/export/merged.js'
import { readGguf } from '../../src/model/gguf.js'
import { openModel, type BaseModel } from '../../src/model/open-model.js'
import { weightsOfFolder } from '../../src/model/transformers-folder.js'
import { fixture, temporaryFolder } from './fixtures.js'
import { greedy, openLlamaCpp, withSequence } from './llama-cpp.js'

const { greedy: reference } = JSON.parse(readFileSync(fixture('tiny-llama', 'reference.json'), 'utf8')) as
  { readonly greedy: { readonly prompt: readonly number[]; readonly answer: readonly number[] } }

/** The same model in both formats; the folder names no end token, which a real one does. */
const openTiny = async (format: string): Promise<BaseModel> => {
  if (format === 'GGUF') return openModel(fixture('tiny-llama', 'model.gguf'))
  const folder = await temporaryFolder()
  await cp(fixture('tiny-llama'), folder, { recursive: true })
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: { content: '<|im_end|>' }, chat_template: 'x' }))
  return openModel(folder)
}

let adapter: AdapterWeights
let llama: Llama
beforeAll(async () => {
  adapter = await readPeft(fixture('tiny-llama', 'adapter'))
  llama = await openLlamaCpp()
})
afterAll(() => llama.dispose())

describe.each(['GGUF', 'Transformers'])('a model opened as %s', (format) => {
  it('merged with its adapter answers in llama.cpp word for word as PEFT does', async () => {
    const model = await openTiny(format)
    const path = join(await temporaryFolder(), 'merged.gguf')
    await writeModelGguf(path, model, withAdapter(model.weights, adapter), 'F32', 'merged')
    await model.close()
    const answer = await withSequence(llama, path, undefined, (sequence) => greedy(sequence, reference.prompt, reference.answer.length, 320))
    expect(answer).toEqual(reference.answer)
  })

  it.each(['F16', 'BF16', 'Q8_0'] as const)('is written whole in %s, with sizes and tokenizer', async (type) => {
    const model = await openTiny(format)
    const path = join(await temporaryFolder(), 'model.gguf')
    await writeModelGguf(path, model, model.weights, type, 'again')
    const again = await openModel(path)
    expect({ ...again.weights.config, normEpsilon: 0 }).toEqual({ ...model.weights.config, normEpsilon: 0 })
    const text = 'Send 12 euros <|im_end|>\n'
    expect(again.tokenizer.encode(text, { special: true })).toEqual(model.tokenizer.encode(text, { special: true }))
    expect(again.tokenizer.end).toBe(model.tokenizer.end)
    const [found, expected] = [again, model].map(({ weights }) => weights.floats('layers.1.self_attn.q_proj.weight'))
    const largest = Math.max(...(found ?? []).map((value, i) => Math.abs(value - (expected?.[i] ?? NaN))))
    expect(largest).toBeLessThan({ F16: 1e-9, BF16: 4e-3, Q8_0: 4e-3 }[type]) // numbers reach 0.7
    await Promise.all([model.close(), again.close()])
  })

  it('is written as a folder that holds the merged weights', async () => {
    const model = await openTiny(format)
    const merged = withAdapter(model.weights, adapter)
    const folder = join(await temporaryFolder(), 'merged')
    await writeModelFolder(folder, merged, 'F32', fixture('tiny-llama'))
    const again = await weightsOfFolder(folder)
    expect({ ...again.config, normEpsilon: 0 }).toEqual({ ...model.weights.config, normEpsilon: 0 })
    for (const name of ['embed_tokens.weight', 'layers.2.mlp.down_proj.weight', 'layers.0.self_attn.k_proj.weight']) expect(again.floats(name)).toEqual(merged.floats(name))
    expect(readFileSync(join(folder, 'tokenizer.json'))).toEqual(readFileSync(fixture('tiny-llama', 'tokenizer.json')))
    await Promise.all([model.close(), again.close()])
  })
})

describe('merging', () => {
  it('leaves weights without an adapter as they are, and the base untouched', async () => {
    const model = await openTiny('GGUF')
    const before = model.weights.floats('layers.0.mlp.up_proj.weight')
    const merged = withAdapter(model.weights, adapter)
    expect(merged.floats('embed_tokens.weight')).toEqual(model.weights.floats('embed_tokens.weight'))
    expect(merged.floats('layers.0.mlp.up_proj.weight')).not.toEqual(before)
    expect(model.weights.floats('layers.0.mlp.up_proj.weight')).toEqual(before)
    await model.close()
  })

  it('with an adapter for another model is refused', async () => {
    const model = await openTiny('GGUF')
    const [first] = adapter.modules
    const other = first === undefined ? [] : [{ ...first, outSize: 65 }]
    expect(() => withAdapter(model.weights, { ...adapter, modules: other })).toThrow(/for which the adapter was made\. Name the base model/)
    await model.close()
  })
})

it('a written file says what it is', async () => {
  const model = await openTiny('Transformers')
  const path = join(await temporaryFolder(), 'model.gguf')
  await writeModelGguf(path, model, model.weights, 'Q8_0', 'a name')
  const gguf = await readGguf(path)
  expect(Object.fromEntries(['general.name', 'general.file_type', 'tokenizer.ggml.pre', 'tokenizer.chat_template'].map((key) => [key, gguf.metadata.get(key)])))
    .toEqual({ 'general.name': 'a name', 'general.file_type': 7, 'tokenizer.ggml.pre': 'smollm', 'tokenizer.chat_template': 'x' })
  await Promise.all([gguf.close(), model.close()])
})
