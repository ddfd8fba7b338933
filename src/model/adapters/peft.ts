import { join } from 'node:path'
import { replaceFile } from '../../fetch/replace-file.js'
import type { AdapterModule, AdapterWeights } from '../adapter.js'
import { BadModelFile, UnsupportedModel } from '../errors.js'
import { plainAlpha } from '../rank-stabilised.js'
import { isJsonObject, readJsonObject } from '../json-file.js'
import { readSafetensors, writeSafetensors, type Safetensors } from '../safetensors.js'
import type { FloatType } from '../tensor-bytes.js'

export type PeftOptions = {
  /** A Hub id or path, for whoever loads the adapter elsewhere. */
  readonly baseModel: string
  readonly type?: FloatType
  readonly of?: ModelKind
  /** The alpha of rsLoRA, which scales by alpha / sqrt(rank); the adapter itself has the one that scales alike by alpha / rank. */
  readonly rankStabilisedAlpha?: number
}

/** What the adapter belongs to, and so how PEFT names its numbers. */
export type ModelKind = 'language model' | 'encoder'
const kinds: { readonly [K in ModelKind]: { readonly prefix: string; readonly task: string } } = {
  'language model': { prefix: 'base_model.model.model.', task: 'CAUSAL_LM' },
  encoder: { prefix: 'base_model.model.', task: 'FEATURE_EXTRACTION' },
}

const lastNames = (modules: readonly AdapterModule[]): readonly string[] =>
  [...new Set(modules.map(({ module }) => module.split('.').at(-1) ?? module))].sort()

/** The layers with an adapter when they are not all layers below the highest, as PEFT's configuration names them. */
const layersOf = (modules: readonly AdapterModule[]): readonly number[] =>
  [...new Set(modules.map(({ module }) => Number(/\d+/.exec(module)?.[0])))].sort((a, b) => a - b)

const isDora = (modules: readonly AdapterModule[]): boolean => modules.some(({ magnitude }) => magnitude !== undefined)

/** Keys sorted and as few as PEFT 0.21 needs; all others have its defaults. */
const configOf = ({ rank, alpha, modules }: AdapterWeights, { baseModel, of = 'language model', rankStabilisedAlpha }: PeftOptions): object => ({
  base_model_name_or_path: baseModel,
  bias: 'none',
  inference_mode: true,
  layers_to_transform: layersOf(modules),
  lora_alpha: rankStabilisedAlpha ?? alpha,
  lora_dropout: 0,
  peft_type: 'LORA',
  r: rank,
  target_modules: lastNames(modules),
  task_type: kinds[of].task,
  use_dora: isDora(modules),
  use_rslora: rankStabilisedAlpha !== undefined,
})

/** Writes adapter_config.json and adapter_model.safetensors, as PEFT's `save_pretrained` does. */
export const writePeft = async (folder: string, adapter: AdapterWeights, options: PeftOptions): Promise<void> => {
  const { rank, modules } = adapter
  const { type = 'F32', of = 'language model' } = options
  const { prefix } = kinds[of]
  await writeSafetensors(join(folder, 'adapter_model.safetensors'), modules.flatMap(({ module, inSize, outSize, a, b, magnitude }) => [
    { name: `${prefix}${module}.lora_A.weight`, shape: [rank, inSize], type, numbers: () => a },
    { name: `${prefix}${module}.lora_B.weight`, shape: [outSize, rank], type, numbers: () => b },
    ...(magnitude === undefined ? [] : [{ name: `${prefix}${module}${magnitudeEnding}`, shape: [outSize], type, numbers: () => magnitude }]),
  ]))
  const config = `${JSON.stringify(configOf(adapter, options), null, 2)}\n`
  await replaceFile(join(folder, 'adapter_config.json'), (handle) => handle.writeFile(config))
}

const magnitudeEnding = '.lora_magnitude_vector'

/** Settings that change what the numbers mean and that attune does not have. */
const refusedSettings: Readonly<Record<string, (value: unknown) => boolean>> = {
  lora_bias: (value) => value === true,
  fan_in_fan_out: (value) => value === true,
  bias: (value) => value !== undefined && value !== 'none',
  modules_to_save: (value) => Array.isArray(value) && value.length > 0,
  rank_pattern: (value) => isJsonObject(value) && Object.keys(value).length > 0,
  alpha_pattern: (value) => isJsonObject(value) && Object.keys(value).length > 0,
}

const moduleFrom = (file: Safetensors, prefix: string, name: string, rank: number): AdapterModule => {
  const module = name.slice(prefix.length, -'.lora_A.weight'.length)
  const upName = `${prefix}${module}.lora_B.weight`
  const [rows, inSize = 0] = file.tensors.get(name)?.shape ?? []
  const [outSize = 0, columns] = file.tensors.get(upName)?.shape ?? []
  if (rows !== rank || columns !== rank) {
    throw new BadModelFile({
      file: file.path, found: `[${rows ?? 0}, ${inSize}] and [${outSize}, ${columns ?? 0}] for ${module}`, expected: `[${rank}, in] and [out, ${rank}], by r in adapter_config.json`,
    })
  }
  const lengths = `${prefix}${module}${magnitudeEnding}`
  return { module, inSize, outSize, a: file.floats(name), b: file.floats(upName), ...(file.tensors.has(lengths) ? { magnitude: magnitudeFrom(file, lengths, outSize) } : {}) }
}

const magnitudeFrom = (file: Safetensors, name: string, outSize: number): Float32Array => {
  const shape = file.tensors.get(name)?.shape ?? []
  if (shape.length === 1 && shape[0] === outSize) return file.floats(name)
  throw new BadModelFile({ file: file.path, found: `[${shape.join(', ')}] for ${name}`, expected: `[${outSize}], a length for each row` })
}

/**
 * Reads a LoRA or DoRA adapter in PEFT's format; rsLoRA comes back as a plain one with the alpha that scales alike.
 * Throws BadModelFile where files do not fit together, UnsupportedModel for what attune cannot apply (trained embeddings, ranks by module).
 */
export const readPeft = async (folder: string, of: ModelKind = 'language model'): Promise<AdapterWeights> => {
  const { prefix } = kinds[of]
  const configFile = join(folder, 'adapter_config.json')
  const config = await readJsonObject(configFile)
  const { peft_type: kind, r: rank, lora_alpha: alpha, use_rslora: isRankStabilised } = config
  if (kind !== 'LORA') throw new UnsupportedModel(configFile, 'peft_type', JSON.stringify(kind), ['"LORA"'])
  if (typeof rank !== 'number' || !Number.isInteger(rank) || rank < 1 || typeof alpha !== 'number' || !Number.isFinite(alpha)) {
    throw new BadModelFile({ file: configFile, found: `r ${JSON.stringify(rank)}, lora_alpha ${JSON.stringify(alpha)}`, expected: 'a whole and a finite number' })
  }
  for (const [name, isRefused] of Object.entries(refusedSettings)) {
    if (isRefused(config[name])) throw new UnsupportedModel(configFile, name, JSON.stringify(config[name]), ['LoRA or DoRA with one rank'])
  }
  const file = await readSafetensors(join(folder, 'adapter_model.safetensors'))
  try {
    const foreign = [...file.tensors.keys()].filter((name) => !name.startsWith(prefix) || !/\.lora_([AB]\.weight|magnitude_vector)$/.test(name))
    if (foreign[0] !== undefined) throw new UnsupportedModel(file.path, 'tensor', foreign[0], [`${prefix}….lora_A.weight`, `….lora_B.weight`])
    const names = [...file.tensors.keys()].filter((name) => name.endsWith('.lora_A.weight'))
    const [halves, whole] = config['use_dora'] === true ? [3, 'an A, a B and a magnitude'] : [2, 'an A and a B']
    if (names.length * halves !== file.tensors.size) {
      throw new BadModelFile({ file: file.path, found: `${names.length} A among ${file.tensors.size} tensors`, expected: `${whole} for each module` })
    }
    return { rank, alpha: isRankStabilised === true ? plainAlpha(alpha, rank) : alpha, modules: names.map((name) => moduleFrom(file, prefix, name, rank)) }
  } finally {
    await file.close()
  }
}
