import { add, concat, tensor1d, tensor2d, tensor3d, tidy, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core'
import { BadModelFile } from '../errors.js'
import type { LoraPlaces } from '../lora.js'
import { matrix, type Precision } from '../matrix.js'
import type { Safetensors } from '../safetensors.js'
import type { EncoderConfig, EncoderFamily } from './encoder-config.js'

export type Norm = { readonly scale: Tensor1D; readonly shift: Tensor1D } // [C] each

/** Weights of a block. Queries, keys and values are one product: rows one below the other. */
export type EncoderLayer = {
  readonly queryKeyValue: Tensor2D // [3 C, C]
  readonly queryKeyValueBias: Tensor1D // [3 C]
  readonly attentionOut: Tensor2D // [C, C]
  readonly attentionOutBias: Tensor1D // [C]
  readonly attentionNorm: Norm
  readonly up: Tensor2D // [F, C]
  readonly upBias: Tensor1D // [F]
  readonly down: Tensor2D // [C, F]
  readonly downBias: Tensor1D // [C]
  readonly outNorm: Norm
}

export type EncoderWeights = {
  readonly words: Tensor2D // [V, C]
  /** What is added to every token of a place: positions, and the token type where there is one. */
  readonly places: Tensor2D // [L, C]
  readonly norm: Norm
  readonly layers: readonly EncoderLayer[]
  /** Added to attention by how far apart two tokens are, from L - 1 before to L - 1 behind: [H, 2 L - 1]; null where it is not. */
  readonly distances: Float32Array | null
}

/** The parts of a block that an adapter may change. */
export type EncoderPart = 'queryKeyValue' | 'attentionOut' | 'up' | 'down'

type Names = { readonly [P in EncoderPart]: readonly string[] } & { readonly attentionNorm: string }
/** Modules of a block as Transformers names them. */
const namesOf: { readonly [F in EncoderFamily]: Names } = {
  bert: {
    queryKeyValue: ['attention.self.query', 'attention.self.key', 'attention.self.value'], attentionOut: ['attention.output.dense'],
    up: ['intermediate.dense'], down: ['output.dense'], attentionNorm: 'attention.output.LayerNorm',
  },
  mpnet: {
    queryKeyValue: ['attention.attn.q', 'attention.attn.k', 'attention.attn.v'], attentionOut: ['attention.attn.o'],
    up: ['intermediate.dense'], down: ['output.dense'], attentionNorm: 'attention.LayerNorm',
  },
}

/** Where the modules of a block stand, for adapters beside them. */
export const encoderPlaces = ({ family, layers, hidden, feedForward }: EncoderConfig): LoraPlaces<EncoderPart> => {
  const names = namesOf[family]
  const rows = (part: EncoderPart, size: number): { readonly module: string; readonly start: number; readonly size: number }[] =>
    names[part].map((module, index) => ({ module, start: index * size, size }))
  return {
    layers,
    path: 'encoder.layer',
    parts: {
      queryKeyValue: { inSize: hidden, modules: rows('queryKeyValue', hidden) },
      attentionOut: { inSize: hidden, modules: rows('attentionOut', hidden) },
      up: { inSize: hidden, modules: rows('up', feedForward) },
      down: { inSize: feedForward, modules: rows('down', hidden) },
    },
  }
}

/** The last names of all those modules. */
export const encoderTargets = (config: EncoderConfig): readonly string[] =>
  [...new Set(Object.values(encoderPlaces(config).parts).flatMap(({ modules }) => modules.map(({ module }) => module.split('.').at(-1) ?? '')))]

/** Messages are cut off here: all-mpnet-base-v2 and all-MiniLM-L6-v2 were trained on no longer ones. */
export const longestMessage = 128

/** Reads and uploads all weights. The caller owns them: `disposeEncoder` gives them back. Throws BadModelFile. */
export const loadEncoder = (config: EncoderConfig, file: Safetensors, precision: Precision): EncoderWeights => {
  const { layers, hidden, family, firstPosition, length } = config
  const names = namesOf[family]
  const floats = (name: string, shape: readonly (number | null)[]): Float32Array => {
    const found = file.tensors.get(name)?.shape
    if (found?.length !== shape.length || found.some((size, axis) => shape[axis] !== null && size !== shape[axis])) {
      throw new BadModelFile({
        file: file.path, found: found === undefined ? `no ${name}` : `[${found.join(', ')}] for ${name}`,
        expected: `[${shape.map((size) => size ?? 'any').join(', ')}]`, advice: 'The file does not fit its config.json; fetch the model again.',
      })
    }
    return file.floats(name)
  }
  const vector = (name: string, size: number): Tensor1D => tensor1d(floats(name, [size]))
  const norm = (name: string): Norm => ({ scale: vector(`${name}.weight`, hidden), shift: vector(`${name}.bias`, hidden) })
  const layerOf = (index: number): EncoderLayer => {
    const stacked = (modules: readonly string[], rows: number, columns: number): Tensor2D => tidy(() =>
      joined(modules.map((module) => matrix(floats(`encoder.layer.${index}.${module}.weight`, [rows, columns]), rows, precision))))
    const bias = (modules: readonly string[], rows: number): Tensor1D => tidy(() => joined(modules.map((module) => vector(`encoder.layer.${index}.${module}.bias`, rows))))
    return {
      queryKeyValue: stacked(names.queryKeyValue, hidden, hidden), queryKeyValueBias: bias(names.queryKeyValue, hidden),
      attentionOut: stacked(names.attentionOut, hidden, hidden), attentionOutBias: bias(names.attentionOut, hidden),
      attentionNorm: norm(`encoder.layer.${index}.${names.attentionNorm}`),
      up: stacked(names.up, config.feedForward, hidden), upBias: bias(names.up, config.feedForward),
      down: stacked(names.down, hidden, config.feedForward), downBias: bias(names.down, hidden),
      outNorm: norm(`encoder.layer.${index}.output.LayerNorm`),
    }
  }
  const places = tidy(() => {
    const from = firstPosition * hidden
    const positions = tensor2d(floats('embeddings.position_embeddings.weight', [null, hidden]).slice(from, from + length * hidden), [length, hidden])
    if (family !== 'bert') return positions
    return add<Tensor2D>(positions, tensor1d(floats('embeddings.token_type_embeddings.weight', [null, hidden]).slice(0, hidden)))
  })
  const words = floats('embeddings.word_embeddings.weight', [null, hidden])
  return {
    words: matrix(words, words.length / hidden, precision),
    places,
    norm: norm('embeddings.LayerNorm'),
    layers: Array.from({ length: layers }, (_, index) => layerOf(index)),
    distances: config.distances === 0 ? null : byDistance(config, floats('encoder.relative_attention_bias.weight', [config.distances, config.heads])),
  }
}

export const disposeEncoder = ({ words, places, norm, layers }: EncoderWeights): void => {
  const all = [words, places, norm, ...layers.flatMap((layer): (Tensor | Norm)[] => Object.values(layer))]
  for (const one of all) for (const tensor of 'scale' in one ? [one.scale, one.shift] : [one]) tensor.dispose()
}

const joined = <T extends Tensor>(parts: readonly T[]): T => {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : concat<T>([...parts], 0)
}

/** [buckets, H] by bucket -> [H, 2 L - 1] by distance. */
const byDistance = ({ heads, distances, length }: EncoderConfig, byBucket: Float32Array): Float32Array => {
  const width = 2 * length - 1
  const all = new Float32Array(heads * width)
  for (let at = 0; at < width; at += 1) {
    const bucket = bucketOf(at - (length - 1), distances)
    for (let head = 0; head < heads; head += 1) all[head * width + at] = byBucket[bucket * heads + head] ?? 0
  }
  return all
}

/** How far a key stands behind its query, near distances one by one and far ones together. Raffel et al. 2019, arXiv 1910.10683, section 2.1. */
const bucketOf = (distance: number, buckets: number): number => {
  const half = buckets / 2
  const exact = half / 2
  const size = Math.abs(distance)
  const far = exact + Math.floor(Math.log(size / exact) / Math.log(128 / exact) * (half - exact))
  return (distance > 0 ? half : 0) + (size < exact ? size : Math.min(far, half - 1))
}

/** What attention adds for each pair of `length` tokens: [H or 1, T, T]. */
export const distanceBias = (config: EncoderConfig, distances: Float32Array | null, length: number): Tensor3D => {
  if (distances === null) return tensor3d(new Float32Array(length * length), [1, length, length])
  const width = 2 * config.length - 1
  const all = new Float32Array(config.heads * length * length)
  for (let head = 0; head < config.heads; head += 1) {
    for (let query = 0; query < length; query += 1) {
      for (let key = 0; key < length; key += 1) {
        all[(head * length + query) * length + key] = distances[head * width + key - query + config.length - 1] ?? 0
      }
    }
  }
  return tensor3d(all, [config.heads, length, length])
}
