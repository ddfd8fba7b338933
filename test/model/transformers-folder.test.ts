import { readFileSync } from 'node:fs'
import { cp, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { modelCard, type CardFacts } from '../../src/model/adapters/model-card.js'
import { readGguf } from '../../src/model/gguf.js'
import { weightsOfGguf } from '../../src/model/llama-weights.js'
import { weightsOfFolder } from '../../src/model/transformers-folder.js'
import { fixture, temporaryFolder } from './fixtures.js'

const tiny = fixture('tiny-llama')

const changedFolder = async (change: Record<string, unknown>): Promise<string> => {
  const folder = await temporaryFolder()
  await cp(join(tiny, 'model.safetensors'), join(folder, 'model.safetensors'))
  const config = JSON.parse(readFileSync(join(tiny, 'config.json'), 'utf8')) as Record<string, unknown>
  await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, ...change }))
  return folder
}

describe('a folder in the format of Transformers', () => {
  it('is the same model as the GGUF made of it', async () => {
    const [folder, gguf] = [await weightsOfFolder(tiny), await readGguf(join(tiny, 'model.gguf'))]
    const other = weightsOfGguf(gguf)
    expect({ ...folder.config, normEpsilon: 0 }).toEqual({ ...other.config, normEpsilon: 0 })
    expect(folder.config.normEpsilon).toBeCloseTo(other.config.normEpsilon, 10)
    for (const name of ['embed_tokens.weight', 'norm.weight', 'layers.0.self_attn.q_proj.weight', 'layers.2.self_attn.k_proj.weight', 'layers.1.mlp.down_proj.weight']) {
      expect(folder.shapeOf(name)).toEqual(other.shapeOf(name))
      expect(folder.floats(name)).toEqual(other.floats(name))
    }
    expect(() => folder.floats('layers.9.mlp.down_proj.weight')).toThrow(/no tensor model\.layers\.9\.mlp\.down_proj\.weight/)
    await Promise.all([folder.close(), gguf.close()])
  })

  it('may keep its weights in several files that an index lists', async () => {
    const folder = await changedFolder({})
    await rename(join(folder, 'model.safetensors'), join(folder, 'model-00001-of-00001.safetensors'))
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { 'model.norm.weight': 'model-00001-of-00001.safetensors' } }))
    const weights = await weightsOfFolder(folder)
    expect(weights.shapeOf('norm.weight')).toEqual([64])
    await weights.close()
  })

  it.each(['../x', '/etc/passwd', '', '..', 'a/b', 5])('is refused when its index names the file %j', async (name) => {
    const folder = await changedFolder({})
    await rename(join(folder, 'model.safetensors'), join(folder, 'other'))
    await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map: { a: name } }))
    await expect(weightsOfFolder(folder)).rejects.toThrow(/names of files in the same folder/)
  })

  it.each<[Record<string, unknown>, RegExp]>([
    [{ model_type: 'gpt2' }, /model_type "gpt2" is not supported; supported: llama/],
    [{ model_type: 'gemma3' }, /supported: llama, mistral, qwen2, qwen3\. Take a model of one of these families/],
    [{ rope_scaling: { rope_type: 'yarn', factor: 4 } }, /rope_type "yarn" is not supported; supported: default, linear, llama3/],
    [{ rope_parameters: { rope_type: 'llama3', factor: 8 } }, /found undefined for low_freq_factor/],
    [{ model_type: 'qwen2', quantization_config: { bits: 4 } }, /quantization_config .* is not supported/],
    [{ hidden_act: 'gelu' }, /hidden_act "gelu"/],
    [{ attention_bias: true }, /attention_bias true/],
    [{ hidden_size: '64' }, /found "64" for hidden_size, expected a number/],
    [{ num_attention_heads: 0 }, /found 0 for num_attention_heads/],
    [{ num_hidden_layers: 1.5 }, /found 1\.5 for num_hidden_layers, expected a whole number/],
  ])('with %j is refused', async (change, message) => {
    await expect(weightsOfFolder(await changedFolder(change))).rejects.toThrow(message)
  })
})

describe('a config.json', () => {
  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ rope_theta: 1, rope_parameters: { rope_type: 'default', rope_theta: 5000 } }, { ropeTheta: 5000, ropeScaling: null }],
    [{ rope_scaling: { type: 'linear', factor: 4 } }, { ropeScaling: { kind: 'linear', factor: 4 } }],
    [
      { rope_scaling: { rope_type: 'llama3', factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 } },
      { ropeScaling: { kind: 'llama3', factor: 32, lowFactor: 1, highFactor: 4, originalLength: 8192 } },
    ],
    [{ model_type: 'mistral', sliding_window: 128 }, { architecture: 'llama', contextLength: 128 }],
    [{ sliding_window: 128, use_sliding_window: false }, { contextLength: 512 }],
  ])('with %j is read', async (change, expected) => {
    const weights = await weightsOfFolder(await changedFolder(change))
    expect(weights.config).toMatchObject(expected)
    await weights.close()
  })

  it('whose weights are more than its layers use is refused', async () => {
    const folder = await temporaryFolder()
    await cp(fixture('tiny-qwen2', 'model.safetensors'), join(folder, 'model.safetensors'))
    const config = JSON.parse(readFileSync(fixture('tiny-qwen2', 'config.json'), 'utf8')) as Record<string, unknown>
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...config, model_type: 'llama' }))
    await expect(weightsOfFolder(folder)).rejects.toThrow(/tensor model\.layers\.0\.self_attn\.k_proj\.bias is not supported; supported: the weights of the architecture llama/)
  })
})

describe('a model card', () => {
  const facts: CardFacts = {
    name: 'bank "beta"', baseModel: 'HuggingFaceTB/SmolLM2-135M-Instruct', baseName: 'SmolLM2-135M-Instruct', baseLicense: 'apache-2.0', language: 'en',
    hashes: { 'base model': 'b179', project: '00ff' },
    examples: { train: 900, dev: 50, test: 50 },
    settings: [['rank', 8], ['alpha', 16]],
    results: [{ name: 'exact match', value: 0.9512, turns: 41 }],
    versions: [['attune', '0.1.0']],
  }

  it('tells base, data, settings, results and limits', async () => {
    await expect(modelCard(facts)).toMatchFileSnapshot('model-card.golden.md')
  })

  it('of a local base names no Hub model and promises no results', () => {
    const card = modelCard({ ...facts, baseModel: undefined, results: [] })
    expect(card).not.toContain('base_model')
    expect(card).not.toContain('model-index')
    expect(card).toContain('Not evaluated.')
  })
})
