import type { Gguf } from './gguf.js'
import { integerOf, numberOf, textOf } from './gguf-metadata.js'
import { UnsupportedModel } from './errors.js'

/** The shape of a model of the Llama family. The letters are those of llama.ts. */
export type LlamaConfig = {
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
  readonly normEpsilon: number
  /** The output projection is the embedding table. */
  readonly tiedEmbeddings: boolean
  /** Longest sequence the model was made for, in tokens. */
  readonly contextLength: number
}

const architectures: readonly string[] = ['llama']

/** Throws UnsupportedModel where the file holds another architecture, BadModelFile where a number is missing. */
export const configOfGguf = (gguf: Gguf): LlamaConfig => {
  const architecture = textOf(gguf, 'general.architecture')
  if (!architectures.includes(architecture)) throw new UnsupportedModel(gguf.path, 'architecture', architecture, architectures)
  const integer = (key: string, otherwise?: number): number => integerOf(gguf, `${architecture}.${key}`, otherwise)
  const hidden = integer('embedding_length')
  const heads = integer('attention.head_count')
  return {
    layers: integer('block_count'),
    hidden,
    heads,
    keyValueHeads: integer('attention.head_count_kv', heads),
    headSize: integer('attention.key_length', hidden / heads),
    feedForward: integer('feed_forward_length'),
    vocabulary: gguf.tensors.get('token_embd.weight')?.shape[0] ?? integer('vocab_size'),
    ropeTheta: numberOf(gguf, `${architecture}.rope.freq_base`, 10_000),
    normEpsilon: numberOf(gguf, `${architecture}.attention.layer_norm_rms_epsilon`),
    tiedEmbeddings: !gguf.tensors.has('output.weight'),
    contextLength: integer('context_length'),
  }
}
