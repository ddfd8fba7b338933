import { readFileSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { formOf } from '../../src/cli/models.js'
import type { LegalCommands } from '../../src/dialogue/legal.js'
import { ensureTensorFlow } from '../../src/fetch/ensure-tensorflow.js'
import { startOf } from '../../src/language/grammar.js'
import { readPrompt } from '../../src/language/prompt.js'
import { readSafetensors } from '../../src/model/safetensors.js'
import { openTensorModel, openTensorPromptModel } from '../../src/understand/tensor-model.js'
import { fixture, temporaryFolder } from '../model/fixtures.js'

const reference = JSON.parse(readFileSync(fixture('tiny-llama', 'reference.json'), 'utf8')) as { readonly ids: readonly (readonly number[])[]; readonly lengths: readonly number[] }
const modelPath = fixture('tiny-llama', 'model.gguf')
const legal: LegalCommands = {
  startable: [], heldBack: [], settable: new Map(), settableWith: new Map(), cancel: true, clarify: false, skip: false, repeat: false, chitchat: true, knowledge: false, handoff: false, cannotHandle: true,
}
const vocabulary = Array.from({ length: 320 }, (_, id) => id)

describe('a model that attune runs itself', () => {
  it.each([
    ['a bottleneck', fixture('tiny-bottleneck', 'houlsby'), 'logits'], ['DoRA', fixture('tiny-adapters', 'dora'), 'logits'], ['rsLoRA', fixture('tiny-adapters', 'rslora'), 'logits'],
    ['no adapter', null, 'logits.base'],
  ] as const)('with %s gives the logits of the reference, whatever the length is filled up to', async (_name, adapterFolder, name) => {
    const file = await readSafetensors(join(adapterFolder ?? fixture('tiny-llama'), 'reference.safetensors'))
    const expected = file.floats(name)
    await file.close()
    const model = await openTensorModel({ modelPath, adapterFolder, tensorFlow: await ensureTensorFlow(), precision: 'float32' })
    const width = reference.ids[0]?.length ?? 0
    for (const row of [0, reference.ids.length - 1]) {
      const real = reference.lengths[row] ?? 0
      const found = await model.sequences.logits(reference.ids[row]?.slice(0, real) ?? [], vocabulary)
      const at = (row * width + real - 1) * 320
      expect(Math.max(...found.map((logit, id) => Math.abs(logit - (expected[at + id] ?? NaN))))).toBeLessThan(1e-3)
    }
    model.dispose()
  }, 120_000)

  it('answers with legal commands, and not after it was disposed of', async () => {
    const model = await openTensorPromptModel({
      modelPath, adapterFolder: fixture('tiny-bottleneck', 'pfeiffer'), tensorFlow: await ensureTensorFlow(), precision: 'float32', version: 'a-1', head: null, certainty: null,
    })
    const question = { prompt: readPrompt('<|im_start|>user\nno flow\nuser: cancel<|im_end|>\n<|im_start|>assistant\n'), start: startOf(legal, 'cancel') }
    const { commands, probability } = await model.read(question, new AbortController().signal)
    expect(['cancel flow', 'chitchat', 'cannot handle']).toContain(commands[0]?.command)
    expect(probability).toBeGreaterThan(0)
    await model.dispose()
    await expect(model.read(question, new AbortController().signal)).rejects.toThrow(/was disposed/)
  }, 120_000)
})

describe('a trained model on disk', () => {
  it('is served in the way that its files say', async () => {
    const folder = await temporaryFolder()
    await expect(formOf(folder)).rejects.toThrow(/holds no adapter\.gguf, model\.gguf, .*adapter\.safetensors\. Run attune train/)
    await cp(fixture('tiny-bottleneck', 'houlsby'), join(folder, 'adapter'), { recursive: true })
    expect(await formOf(folder)).toEqual({ kind: 'bottleneck', file: join(folder, 'adapter', 'adapter.safetensors') })
    await cp(modelPath, join(folder, 'model.gguf'))
    expect((await formOf(folder)).kind).toBe('merged')
    await cp(modelPath, join(folder, 'adapter.gguf'))
    expect((await formOf(folder)).kind).toBe('adapter')
    await rm(folder, { recursive: true })
  })
})
