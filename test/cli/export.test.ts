import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import { exportCommand } from '../../src/cli/export.js'
import { runProgram } from '../../src/cli/run.js'
import { writeGgufLora } from '../../src/model/adapters/gguf-lora.js'
import { readPeft } from '../../src/model/adapters/peft.js'
import { writeModelGguf } from '../../src/model/export/full-gguf.js'
import { withAdapter } from '../../src/model/export/merged.js'
import { checkTemplate } from '../../src/model/export/pins.js'
import { readGguf } from '../../src/model/gguf.js'
import { encodeNumbers, writeGguf, type GgufEntry } from '../../src/model/gguf-writer.js'
import { openModel } from '../../src/model/open-model.js'
import { bankFiles } from '../assistant/bank.js'
import { fixture } from '../model/fixtures.js'

const slow = 300_000
const tiny = fixture('tiny-llama', 'model.gguf')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'attune-export-'))
  for (const [path, text] of Object.entries({ ...bankFiles, 'config.yml': `${bankFiles['config.yml']}model: {base: "${tiny}"}\n` })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
})
afterEach(() => { rmSync(folder, { recursive: true, force: true }) })

type Kind = 'lora' | 'dora' | 'houlsby'
/** A model as attune train leaves it. */
const trained = async (kind: Kind): Promise<void> => {
  const model = join(folder, 'model')
  mkdirSync(model)
  cpSync({ lora: fixture('tiny-llama', 'adapter'), dora: fixture('tiny-adapters', 'dora'), houlsby: fixture('tiny-bottleneck', 'houlsby') }[kind], join(model, 'adapter'), { recursive: true })
  rmSync(join(model, 'adapter', 'reference.safetensors'), { force: true })
  if (kind === 'lora') await writeGgufLora(join(model, 'adapter.gguf'), await readPeft(join(model, 'adapter')), { architecture: 'llama', heads: 4, keyValueHeads: 2 })
  if (kind !== 'dora') return
  const base = await openModel(tiny)
  await writeModelGguf(join(model, 'model.gguf'), base, withAdapter(base.weights, await readPeft(join(model, 'adapter'))), 'Q8_0', 'tiny')
  await base.close()
}

type Ran = { readonly code: number; readonly out: string; readonly err: string }
const attune = async (...words: readonly string[]): Promise<Ran> => {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await runProgram([exportCommand], ['export', '--model', 'model', '--messages', '2', '--bound', '0.05', ...words], '0', {
    out: (text) => void out.push(text), err: (text) => void err.push(text), isTty: false, colour: false, cwd: folder, env: {}, signal: new AbortController().signal,
  })
  return { code, out: out.join(''), err: err.filter((text) => !/^(Checking|Comparing) /.test(text)).join('') } // progress over the base model's hash
}

const chatMl = "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
const wrong = "{% for m in messages %}{{ '[INST] ' + m['content'] + ' [/INST]' }}{% endfor %}"

/** The same file with another chat template. */
const withTemplate = async (from: string, to: string, template: string): Promise<void> => {
  const gguf = await readGguf(from)
  const entries: GgufEntry[] = [...gguf.metadata.keys()].filter((key) => key !== 'tokenizer.chat_template').map((key) => ({ key, type: 'raw', value: gguf.rawEntry(key) }))
  await writeGguf(to, [...entries, { key: 'tokenizer.chat_template', type: 'string', value: template }],
    [...gguf.tensors.values()].map(({ name, shape }) => ({ name, shape, type: 'F32', content: () => encodeNumbers('F32', gguf.floats(name)) })))
  await gguf.close()
}

describe('an export', () => {
  it.each<[Kind, readonly string[], readonly string[]]>([
    ['lora', [], ['adapter.gguf', 'adapter/adapter_model.safetensors']],
    ['lora', ['--merged', 'F16'], ['model.gguf', 'adapter/adapter_model.safetensors']],
    ['dora', ['--merged', 'F32'], ['model.gguf', 'adapter/adapter_model.safetensors']],
  ])('of %s with %j understands in llama.cpp what it understands here', async (kind, words, files) => {
    await trained(kind)
    const { code, out, err } = await attune('--verify', '--json', ...words)
    expect(err).toBe('')
    const { files: found, verification } = JSON.parse(out) as { readonly files: Record<string, string>; readonly verification: { readonly messages: number; readonly same: number; readonly largestError: number } }
    expect(Object.keys(found)).toEqual(expect.arrayContaining([...files]))
    expect(verification.messages).toBe(2)
    expect(verification.same).toBe(verification.messages)
    expect(verification.largestError).toBeLessThan(0.05)
    expect(code).toBe(exit.ok)
  }, slow)

  it('of dora is merged in 8 bits unless a type is given: near, though a model of random numbers may choose otherwise between two that are alike', async () => {
    await trained('dora')
    const { out } = await attune('--verify', '--json')
    const { files, verification } = JSON.parse(out) as { readonly files: Record<string, string>; readonly verification: { readonly largestError: number } }
    expect(Object.keys(files)).toContain('model.gguf')
    expect(verification.largestError).toBeLessThan(0.5)
  }, slow)

  it('whose numbers are others than those that were trained fails', async () => {
    await trained('lora')
    await attune()
    const [path, record] = [join(folder, 'exported', 'adapter.gguf'), join(folder, 'exported', 'export.json')]
    const adapter = await readPeft(join(folder, 'model', 'adapter'))
    await writeGgufLora(path, { ...adapter, alpha: -4 * adapter.alpha }, { architecture: 'llama', heads: 4, keyValueHeads: 2 })
    const changed = await attune('--verify')
    expect([changed.code, changed.err]).toEqual([exit.failed, expect.stringMatching(/adapter\.gguf: found SHA-256 \w+, expected \w+, as it was exported/)])
    const known = JSON.parse(readFileSync(record, 'utf8')) as { readonly files: object }
    writeFileSync(record, JSON.stringify({ ...known, files: {} })) // as if it had been exported so
    const compared = await attune('--verify')
    expect([compared.code, compared.err]).toEqual([exit.failed, ''])
    expect(compared.out).toMatch(/log-probabilities differ by at most [1-9]/)
  }, slow)

  it('whose chat template was changed is refused', async () => {
    await trained('lora')
    expect((await attune('--merged', 'F32')).code).toBe(exit.ok)
    const model = join(folder, 'exported', 'model.gguf')
    const before = join(folder, 'before.gguf')
    cpSync(model, before)
    await withTemplate(before, model, wrong)
    const { code, err } = await attune('--verify')
    expect([code, err]).toEqual([exit.failed, expect.stringMatching(/model\.gguf: found the chat template \w+, expected \w+, as pinned when the model was exported/)])
  }, slow)

  it('of a bottleneck is its adapter alone, cannot be merged, and says what runs it', async () => {
    await trained('houlsby')
    const merged = await attune('--merged', 'Q8_0')
    expect([merged.code, merged.err]).toEqual([exit.failed, expect.stringMatching(/cannot be merged into the base model, nor run by llama\.cpp or vLLM\. Export it without --merged/)])
    const { code, out } = await attune('--verify')
    expect(code).toBe(exit.ok)
    expect(out).toMatch(/llama\.cpp and vLLM cannot run it, attune serve does/)
    expect(existsSync(join(folder, 'exported', 'adapter', 'adapter.safetensors'))).toBe(true)
  }, slow)

  it('in a type that is none is refused', async () => {
    await trained('lora')
    expect(await attune('--merged', 'Q4_1')).toEqual({ code: exit.usage, out: '', err: '--merged is Q4_1; give Q8_0, F16, BF16, F32.\n' })
  })
})

describe('the chat template of a file', () => {
  it.each([['of another model is refused', wrong, /a chat template that gives "\[INST\] block my card \[\/INST\]", expected a text that ends with "<\|im_start\|>user/],
    ['that cannot be rendered is refused', '{% for %}', /a chat template that cannot be rendered/]])('%s', async (_name, template, message) => {
    const path = join(folder, 'with-template.gguf')
    await withTemplate(tiny, path, template)
    const gguf = await readGguf(path)
    expect(() => { checkTemplate(gguf) }).toThrow(message)
    await gguf.close()
  })

  it('that frames a message as attune does is good', async () => {
    const path = join(folder, 'with-template.gguf')
    await withTemplate(tiny, path, chatMl)
    const gguf = await readGguf(path)
    expect(() => { checkTemplate(gguf) }).not.toThrow()
    await gguf.close()
  })
})
