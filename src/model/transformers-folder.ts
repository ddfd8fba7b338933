import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import type { Architecture } from './architecture.js'
import { architectureOfType } from './architectures.js'
import { BadModelFile, UnsupportedModel } from './errors.js'
import { isJsonObject, readJsonObject, type Json } from './json-file.js'
import type { LlamaConfig } from './llama-config.js'
import { checkNames, type WeightSource } from './llama-weights.js'
import { ropeOfJson } from './rope.js'
import { readSafetensors, type Safetensors } from './safetensors.js'
import { weightShapes } from './weight-shapes.js'

/** Settings that change what the layers compute, with the values under which attune computes the same; absent is one of them. */
const commonSettings: Architecture['settings'] = { hidden_act: ['silu'], partial_rotary_factor: [1], quantization_config: [null] }

const checkSettings = (file: string, json: Json, settings: Architecture['settings']): void => {
  for (const [name, allowed] of Object.entries(settings)) {
    const value = json[name]
    if (value !== undefined && !allowed.includes(value)) throw new UnsupportedModel(file, name, JSON.stringify(value), allowed.map((one) => JSON.stringify(one)))
  }
}

/** The sizes in a config.json of the Llama family. Throws UnsupportedModel, BadModelFile. */
const configOfJson = (file: string, json: Json): LlamaConfig => {
  const { name, queryKeyValueBias, queryKeyNorm, settings } = architectureOfType(file, json['model_type'])
  checkSettings(file, json, { ...commonSettings, ...settings })
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
  const contextLength = integer('max_position_embeddings', 2048)
  return {
    architecture: name,
    queryKeyValueBias,
    queryKeyNorm,
    layers: integer('num_hidden_layers'),
    hidden,
    heads,
    keyValueHeads: integer('num_key_value_heads', heads),
    headSize: integer('head_dim', hidden / heads),
    feedForward: integer('intermediate_size'),
    vocabulary: integer('vocab_size'),
    ...ropeOfJson(file, json),
    normEpsilon: number('rms_norm_eps', 1e-6),
    tiedEmbeddings: json['tie_word_embeddings'] === true,
    contextLength: json['use_sliding_window'] === false ? contextLength : Math.min(contextLength, integer('sliding_window', contextLength)),
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

export type FolderWeights = WeightSource & { readonly types: readonly string[]; readonly close: () => Promise<void> }

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
    // Tied models may hold their output all the same, and old ones the frequencies that follow from theta.
    const held = [...byName.keys()].filter((name) => !name.endsWith('.rotary_emb.inv_freq'))
    checkNames(folder, held, new Set(['lm_head.weight', ...[...weightShapes(config).keys()].map(stored)]), config)
    return {
      file: folder,
      config,
      types: [...new Set(files.flatMap(({ tensors }) => [...tensors.values()].map(({ type }) => type)))],
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
