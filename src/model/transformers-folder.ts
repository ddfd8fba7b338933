import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import { BadModelFile, UnsupportedModel } from './errors.js'
import { isJsonObject, readJsonObject, type Json } from './json-file.js'
import type { LlamaConfig } from './llama-config.js'
import type { WeightSource } from './llama-weights.js'
import { readSafetensors, type Safetensors } from './safetensors.js'

/** `model_type` in config.json, and what llama.cpp calls it. */
const architectures: ReadonlyMap<string, string> = new Map([['llama', 'llama'], ['mistral', 'llama']])

/** Settings that change what the layers compute and that attune's Llama does not have. */
const refusedSettings: Readonly<Record<string, (value: unknown) => boolean>> = {
  hidden_act: (value) => value !== undefined && value !== 'silu',
  attention_bias: (value) => value === true,
  mlp_bias: (value) => value === true,
  rope_scaling: isJsonObject,
  sliding_window: (value) => typeof value === 'number',
}

/** The sizes in a config.json of the Llama family. Throws UnsupportedModel, BadModelFile. */
const configOfJson = (file: string, json: Json): LlamaConfig => {
  const { model_type: kind } = json
  if (typeof kind !== 'string' || !architectures.has(kind)) {
    throw new UnsupportedModel(file, 'model_type', JSON.stringify(kind), [...architectures.keys()])
  }
  for (const [name, isRefused] of Object.entries(refusedSettings)) {
    if (isRefused(json[name])) throw new UnsupportedModel(file, name, JSON.stringify(json[name]), ['plain Llama layers'])
  }
  const number = (key: string, otherwise?: number): number => {
    const value = json[key] ?? otherwise
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
    throw new BadModelFile({ file, found: `${JSON.stringify(value)} for ${key}`, expected: 'a number above 0' })
  }
  const integer = (key: string, otherwise?: number): number => {
    const value = number(key, otherwise)
    if (Number.isInteger(value)) return value
    throw new BadModelFile({ file, found: `${value} for ${key}`, expected: 'a whole number' })
  }
  const [hidden, heads] = [integer('hidden_size'), integer('num_attention_heads')]
  return {
    layers: integer('num_hidden_layers'),
    hidden,
    heads,
    keyValueHeads: integer('num_key_value_heads', heads),
    headSize: integer('head_dim', hidden / heads),
    feedForward: integer('intermediate_size'),
    vocabulary: integer('vocab_size'),
    ropeTheta: number('rope_theta', 10_000),
    normEpsilon: number('rms_norm_eps', 1e-6),
    tiedEmbeddings: json['tie_word_embeddings'] === true,
    contextLength: integer('max_position_embeddings', 2048),
  }
}

/** The files that hold the weights: one, or several that an index lists. */
const weightFiles = async (folder: string): Promise<readonly string[]> => {
  try {
    await stat(join(folder, 'model.safetensors'))
    return ['model.safetensors']
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const index = join(folder, 'model.safetensors.index.json')
  const map = (await readJsonObject(index))['weight_map']
  const names = isJsonObject(map) ? [...new Set(Object.values(map))] : []
  return names.map((name) => {
    // Beside the index and nowhere else, whatever the index says.
    if (typeof name === 'string' && name !== '' && dirname(name) === '.' && name !== '..' && !name.includes('\\')) return name
    throw new BadModelFile({ file: index, found: `the file ${JSON.stringify(name)}`, expected: 'names of files in the same folder' })
  })
}

const joined = (files: readonly Safetensors[]): ReadonlyMap<string, Safetensors> => {
  const byName = new Map<string, Safetensors>()
  for (const file of files) {
    for (const name of file.tensors.keys()) {
      const other = byName.get(name)
      if (other !== undefined) throw new BadModelFile({ file: file.path, found: `${name}, which ${other.path} holds too`, expected: 'each tensor once' })
      byName.set(name, file)
    }
  }
  return byName
}

export type FolderWeights = WeightSource & { readonly close: () => Promise<void> }

/** Opens the weights of a folder in the format of Transformers: config.json and safetensors. Throws BadModelFile, UnsupportedModel. */
export const weightsOfFolder = async (folder: string): Promise<FolderWeights> => {
  const configFile = join(folder, 'config.json')
  const config = configOfJson(configFile, await readJsonObject(configFile))
  const files: Safetensors[] = []
  const close = async (): Promise<void> => { await Promise.all(files.map((file) => file.close())) }
  try {
    for (const name of await weightFiles(folder)) files.push(await readSafetensors(join(folder, name)))
    const byName = joined(files)
    const stored = (name: string): string => (name.startsWith('lm_head.') ? name : `model.${name}`)
    return {
      file: folder,
      config,
      shapeOf: (name) => byName.get(stored(name))?.tensors.get(stored(name))?.shape,
      floats: (name) => {
        const file = byName.get(stored(name))
        if (file === undefined) throw new BadModelFile({ file: folder, found: `no tensor ${stored(name)}`, expected: 'it among the weights' })
        return file.floats(stored(name))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
