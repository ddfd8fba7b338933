import { stat } from 'node:fs/promises'
import { textOf } from './gguf-metadata.js'
import type { GgufEntry } from './gguf-writer.js'
import { readGguf, type Gguf } from './gguf.js'
import { weightsOfGguf, type WeightSource } from './llama-weights.js'
import { isByteToken, scoresOfMerges } from './sentence-piece.js'
import { tokenizerFromGguf } from './tokenizer-gguf.js'
import { tokenizerPartsOfFolder } from './tokenizer-json.js'
import { createTokenizer, type Tokenizer, type TokenizerParts } from './tokenizer.js'
import { weightsOfFolder, type FolderWeights } from './transformers-folder.js'

/** A base model on disk, whatever its format. Owns open files until `close`. */
export type BaseModel = {
  readonly path: string
  /** As llama.cpp names it. */
  readonly architecture: string
  readonly weights: WeightSource
  readonly tokenizer: Tokenizer
  /** How its numbers are stored. */
  readonly types: readonly string[]
  /** Sizes and tokenizer, as a GGUF file holds them: for writing the model anew. */
  readonly ggufEntries: () => readonly GgufEntry[]
  readonly close: () => Promise<void>
}

/** Entries that belong to one file of weights, not to the model. */
const ofTheFile: ReadonlySet<string> = new Set(['general.name', 'general.file_type', 'general.quantization_version', 'general.alignment'])

const modelOfGguf = (gguf: Gguf): BaseModel => ({
  path: gguf.path,
  architecture: textOf(gguf, 'general.architecture'),
  weights: weightsOfGguf(gguf),
  tokenizer: tokenizerFromGguf(gguf),
  types: [...new Set([...gguf.tensors.values()].map(({ type }) => type))],
  ggufEntries: () => [...gguf.metadata.keys()].filter((key) => !ofTheFile.has(key)).map((key) => ({ key, type: 'raw', value: gguf.rawEntry(key) })),
  close: gguf.close,
})

const sizes = ({ config }: WeightSource): readonly GgufEntry[] => {
  const { architecture, ropeScaling } = config
  const u32 = (key: string, value: number): GgufEntry => ({ key: `${architecture}.${key}`, type: 'u32', value })
  const f32 = (key: string, value: number): GgufEntry => ({ key: `${architecture}.${key}`, type: 'f32', value })
  return [
    { key: 'general.architecture', type: 'string', value: architecture },
    { key: 'general.type', type: 'string', value: 'model' },
    u32('block_count', config.layers),
    u32('context_length', config.contextLength),
    u32('embedding_length', config.hidden),
    u32('feed_forward_length', config.feedForward),
    u32('attention.head_count', config.heads),
    u32('attention.head_count_kv', config.keyValueHeads),
    u32('attention.key_length', config.headSize),
    u32('attention.value_length', config.headSize),
    u32('rope.dimension_count', config.headSize),
    u32('vocab_size', config.vocabulary),
    f32('rope.freq_base', config.ropeTheta),
    ...(ropeScaling?.kind !== 'linear' ? [] : [
      { key: `${architecture}.rope.scaling.type`, type: 'string', value: 'linear' } as const, f32('rope.scaling.factor', ropeScaling.factor),
    ]),
    f32('attention.layer_norm_rms_epsilon', config.normEpsilon),
  ]
}

/** Token types of GGUF: 1 normal, 2 unknown, 3 control, 5 unused, 6 a byte. A model may have more rows than its tokenizer has tokens. */
const vocabulary = ({ tokens, specials, words, merges }: TokenizerParts, rows: number): readonly GgufEntry[] => {
  const control = new Set(specials.values())
  const names = [...tokens, ...Array.from({ length: Math.max(0, rows - tokens.length) }, (_, i) => `[PAD${tokens.length + i}]`)]
  const typeOf = (name: string, id: number): number => {
    if (id >= tokens.length) return 5
    if (control.has(id)) return name === '<unk>' ? 2 : 3
    return words.kind === 'sentence-piece' && isByteToken(name) ? 6 : 1
  }
  return [
    { key: 'tokenizer.ggml.tokens', type: 'strings', value: names },
    { key: 'tokenizer.ggml.token_type', type: 'i32s', value: names.map(typeOf) },
    ...(words.kind === 'byte-level' ? [] : [{ key: 'tokenizer.ggml.scores', type: 'f32s', value: scoresOfMerges(names, merges) } as const]),
  ]
}

const tokenizerEntries = (parts: TokenizerParts, rows: number): readonly GgufEntry[] => [
  ...(parts.words.kind === 'byte-level' ? [
    { key: 'tokenizer.ggml.model', type: 'string', value: 'gpt2' } as const,
    { key: 'tokenizer.ggml.pre', type: 'string', value: parts.words.preTokenizer.name } as const,
    { key: 'tokenizer.ggml.merges', type: 'strings', value: parts.merges.map((pair) => pair.join(' ')) } as const,
  ] : [
    { key: 'tokenizer.ggml.model', type: 'string', value: 'llama' } as const,
    { key: 'tokenizer.ggml.add_space_prefix', type: 'bool', value: parts.words.spaceBefore !== 'nothing' } as const,
  ]),
  ...vocabulary(parts, rows),
  { key: 'tokenizer.ggml.eos_token_id', type: 'u32', value: parts.end },
  { key: 'tokenizer.ggml.add_bos_token', type: 'bool', value: parts.begin !== undefined },
  ...(parts.begin === undefined ? [] : [{ key: 'tokenizer.ggml.bos_token_id', type: 'u32', value: parts.begin } as const]),
  ...(parts.chatTemplate === undefined ? [] : [{ key: 'tokenizer.chat_template', type: 'string', value: parts.chatTemplate } as const]),
]

const modelOfFolder = (path: string, weights: FolderWeights, parts: TokenizerParts): BaseModel => ({
  path,
  architecture: weights.config.architecture,
  weights,
  tokenizer: createTokenizer(parts),
  types: weights.types,
  ggufEntries: () => [...sizes(weights), ...tokenizerEntries(parts, weights.config.vocabulary)],
  close: weights.close,
})

/** Opens a GGUF file or a Transformers folder. Throws BadModelFile, UnsupportedModel, or the system's error. */
export const openModel = async (path: string): Promise<BaseModel> => {
  if ((await stat(path)).isDirectory()) {
    const parts = await tokenizerPartsOfFolder(path)
    const weights = await weightsOfFolder(path)
    return modelOfFolder(path, weights, parts)
  }
  const gguf = await readGguf(path)
  try {
    return modelOfGguf(gguf)
  } catch (error) {
    await gguf.close()
    throw error
  }
}
