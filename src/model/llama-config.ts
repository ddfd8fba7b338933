import type { Architecture } from './architecture.js'
import { architectureNamed } from './architectures.js'
import { UnsupportedModel } from './errors.js'
import type { Gguf } from './gguf.js'
import { integerOf, numberOf, textOf } from './gguf-metadata.js'
import { ropeScalingOfDivisors, type RopeScaling } from './rope.js'

/** The shape of a model of the Llama family. The letters are those of llama.ts. */
export type LlamaConfig = Pick<Architecture, 'queryKeyValueBias' | 'queryKeyNorm'> & {
  readonly architecture: Architecture['name']
  readonly layers: number
  /** C */
  readonly hidden: number
  /** H */
  readonly heads: number
  /** K; each serves H / K heads (grouped-query attention, arXiv 2305.13245). */
  readonly keyValueHeads: number
  /** D */
  readonly headSize: number
  /** F */
  readonly feedForward: number
  /** V */
  readonly vocabulary: number
  readonly ropeTheta: number
  readonly ropeScaling: RopeScaling | null
  readonly normEpsilon: number
  /** The output projection is the embedding table. */
  readonly tiedEmbeddings: boolean
  /** Longest sequence the model was made for, in tokens. A model with a sliding window is read within it, where it makes no difference. */
  readonly contextLength: number
}

/** Sizes in a GGUF file that attune takes for granted: absent, or as given here. */
const checkSettings = (gguf: Gguf, architecture: string, headSize: number): void => {
  const settings = { expert_count: 0, 'attention.value_length': headSize, 'rope.dimension_count': headSize }
  for (const [key, expected] of Object.entries(settings)) {
    const found = integerOf(gguf, `${architecture}.${key}`, expected)
    if (found !== expected) throw new UnsupportedModel(gguf.path, `${architecture}.${key}`, String(found), [String(expected)])
  }
}

const scalingOfGguf = (gguf: Gguf, architecture: string, headSize: number, ropeTheta: number): RopeScaling | null => {
  if (gguf.tensors.has('rope_freqs.weight')) return ropeScalingOfDivisors(gguf.path, gguf.floats('rope_freqs.weight'), { headSize, ropeTheta })
  const key = `${architecture}.rope.scaling.type`
  const kind = gguf.metadata.get(key) ?? 'none'
  if (kind === 'none') return null
  if (kind !== 'linear') throw new UnsupportedModel(gguf.path, key, JSON.stringify(kind), ['none', 'linear', 'Llama 3, as rope_freqs.weight'])
  return { kind, factor: numberOf(gguf, `${architecture}.rope.scaling.factor`) }
}

/** Throws UnsupportedModel where the file holds another architecture, BadModelFile where a number is missing. */
export const configOfGguf = (gguf: Gguf): LlamaConfig => {
  const { name, queryKeyValueBias, queryKeyNorm } = architectureNamed(gguf.path, textOf(gguf, 'general.architecture'))
  const integer = (key: string, otherwise?: number): number => integerOf(gguf, `${name}.${key}`, otherwise)
  const hidden = integer('embedding_length')
  const heads = integer('attention.head_count')
  const headSize = integer('attention.key_length', hidden / heads)
  const ropeTheta = numberOf(gguf, `${name}.rope.freq_base`, 10_000)
  const contextLength = integer('context_length')
  checkSettings(gguf, name, headSize)
  return {
    architecture: name,
    queryKeyValueBias,
    queryKeyNorm,
    layers: integer('block_count'),
    hidden,
    heads,
    keyValueHeads: integer('attention.head_count_kv', heads),
    headSize,
    feedForward: integer('feed_forward_length'),
    vocabulary: gguf.tensors.get('token_embd.weight')?.shape[0] ?? integer('vocab_size'),
    ropeTheta,
    ropeScaling: scalingOfGguf(gguf, name, headSize, ropeTheta),
    normEpsilon: numberOf(gguf, `${name}.attention.layer_norm_rms_epsilon`),
    tiedEmbeddings: !gguf.tensors.has('output.weight'),
    contextLength: Math.min(contextLength, integer('attention.sliding_window', contextLength) || contextLength),
  }
}
