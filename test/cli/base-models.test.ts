import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeModels } from '../../src/cli/base-models.js'
import { exit } from '../../src/cli/command.js'
import { fixture, temporaryFolder } from '../model/fixtures.js'

const run = async (names: readonly string[], json = false, cwd = '.') => {
  const written = { out: '', err: '' }
  const code = await describeModels(names, json, {
    out: (text) => void (written.out += text), err: (text) => void (written.err += text),
    isTty: false, colour: false, cwd, env: {}, signal: new AbortController().signal,
  })
  return { code, ...written }
}

describe('attune models', () => {
  it('lists what is supported', async () => {
    const { code, out } = await run([])
    expect(code).toBe(exit.ok)
    expect(out).toMatch(/smollm2-135m-instruct[^]*llama +Llama 2 and 3, SmolLM2, Mistral\n +qwen2 +Qwen 2 and 2\.5\n +qwen3 +Qwen 3\n[^]*Q6_K[^]*Llama 3/)
  })

  it.each([
    ['tiny-llama3', 'llama (Llama 2 and 3, SmolLM2, Mistral)', 'Llama 3, ends with <|eot_id|>', 51_360],
    ['tiny-mistral', 'llama (Llama 2 and 3, SmolLM2, Mistral)', 'Mistral, ends with </s>', 55_456],
    ['tiny-qwen2', 'qwen2 (Qwen 2 and 2.5)', 'ChatML, ends with <|im_end|>', 35_360],
    ['tiny-qwen3', 'qwen3 (Qwen 3)', 'ChatML without a thought, ends with <|im_end|>', 57_600],
  ])('tells of %s as GGUF and as a folder what it is and what can be done with it', async (name, architecture, chatFormat, parameters) => {
    const { code, out } = await run(['model.gguf', '.'], true, fixture(name))
    expect(code).toBe(exit.ok)
    const [gguf, folder] = out.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(gguf).toMatchObject({ architecture, chatFormat, parameters, context: 512, serve: 'yes, by llama.cpp in this process' })
    expect(folder).toMatchObject({ architecture, chatFormat, parameters, numbers: ['F16'], train: expect.stringMatching(/^yes, LoRA on q_proj/) as string })
    expect(folder?.['serve']).toMatch(/^only as GGUF/)
  })

  it('writes lines for people', async () => {
    const { out } = await run([fixture('tiny-qwen3', 'model.gguf')])
    expect(out).toContain('architecture  qwen3 (Qwen 3)\n')
    expect(out).toContain('2 layers, hidden 32, 4 heads of 24 over 2 for keys and values, feed-forward 96, vocabulary 320; 0.1 million parameters')
  })

  it('says of a model of another kind what was found and what is supported', async () => {
    const folder = await temporaryFolder()
    await cp(fixture('tiny-qwen2'), folder, { recursive: true })
    const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8')) as object
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, model_type: 'gemma3' }))
    const { code, err } = await run([folder])
    expect(code).toBe(exit.failed)
    expect(err).toMatch(/config\.json: model_type "gemma3" is not supported; supported: llama, mistral, qwen2, qwen3\.[^]*neither trained nor served/)
  })

  it('says of a model with another chat template what that renders', async () => {
    const folder = await temporaryFolder()
    await cp(fixture('tiny-qwen2'), folder, { recursive: true })
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ eos_token: '<|im_end|>', chat_template: '{{ "Human: " + messages[0]["content"] }}' }))
    const { code, err } = await run([folder])
    expect(code).toBe(exit.failed)
    expect(err).toMatch(/chat template that renders "Human: .*" is not supported; supported: ChatML/)
  })
})
