import { BadModelFile, UnsupportedModel } from '../errors.js'
import { readJsonObject } from '../json-file.js'

/** Sizes of a sentence encoder. */
export type EncoderConfig = {
  readonly family: EncoderFamily
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly feedForward: number
  readonly epsilon: number
  /** The most tokens that it has positions for. */
  readonly length: number
  /** Number of the first position. */
  readonly firstPosition: number
  /** Kinds of distances between tokens that attention tells apart; 0 where it does not. */
  readonly distances: number
}
export type EncoderFamily = (typeof families)[number]
const families = ['bert', 'mpnet'] as const

/** Reads the config.json of a Transformers folder. Throws BadModelFile, UnsupportedModel. */
export const readEncoderConfig = async (file: string): Promise<EncoderConfig> => {
  const json = await readJsonObject(file)
  const family = families.find((one) => one === json['model_type'])
  if (family === undefined) throw new UnsupportedModel(file, 'model_type', JSON.stringify(json['model_type']), families)
  if (json['hidden_act'] !== 'gelu') throw new UnsupportedModel(file, 'hidden_act', JSON.stringify(json['hidden_act']), ['gelu'])
  const positions = json['position_embedding_type'] ?? 'absolute'
  if (positions !== 'absolute') throw new UnsupportedModel(file, 'position_embedding_type', JSON.stringify(positions), ['absolute'])
  const number = (key: string): number => {
    const value = json[key]
    if (typeof value === 'number' && value > 0) return value
    throw new BadModelFile({ file, found: `${JSON.stringify(value)} for ${key}`, expected: 'a number above 0' })
  }
  const firstPosition = family === 'mpnet' ? 2 : 0 // mpnet counts from behind the number of the padding token, as RoBERTa does
  return {
    family,
    layers: number('num_hidden_layers'), hidden: number('hidden_size'), heads: number('num_attention_heads'), feedForward: number('intermediate_size'),
    epsilon: number('layer_norm_eps'), length: number('max_position_embeddings') - firstPosition, firstPosition,
    distances: family === 'mpnet' ? number('relative_attention_num_buckets') : 0,
  }
}
