import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import { BadModelFile, UnsupportedModel } from './errors.js'
import { encodeNumbers, writeGguf, type GgufEntry, type GgufTensorToWrite } from './gguf-writer.js'
import { isJsonObject, readJsonObject, type Json } from './json-file.js'
import { readSafetensors, type Safetensors } from './safetensors.js'

/** Part of the file's name: a change of what is written here makes another file of it. */
const layout = 1

/**
 * A BERT encoder from a Transformers folder as a GGUF file that llama.cpp runs, with mean pooling. Written beside the weights once;
 * returns its path. Names and keys are those of llama.cpp's architecture `bert`. Throws BadModelFile, UnsupportedModel.
 */
export const bertGguf = async (folder: string): Promise<string> => {
  const path = join(folder, `encoder-f16-${layout}.gguf`)
  try {
    await access(path) // it has its name only once it is whole
    return path
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  const config = await bertConfig(join(folder, 'config.json'))
  const tokens = await wordPieces(join(folder, 'tokenizer.json'))
  const weights = await readSafetensors(join(folder, 'model.safetensors'))
  try {
    await writeGguf(path, entriesOf(config, tokens), tensorsOf(weights, config.layers))
  } finally {
    await weights.close()
  }
  return path
}

type BertConfig = {
  readonly layers: number
  readonly hidden: number
  readonly heads: number
  readonly feedForward: number
  readonly positions: number
  readonly tokenTypes: number
  readonly epsilon: number
}

const bertConfig = async (file: string): Promise<BertConfig> => {
  const json = await readJsonObject(file)
  const kinds = [['model_type', 'bert'], ['hidden_act', 'gelu'], ['position_embedding_type', 'absolute']] as const
  for (const [key, expected] of kinds) if (json[key] !== expected) throw new UnsupportedModel(file, `${key}:`, JSON.stringify(json[key]), [expected])
  const number = (key: string): number => {
    const value = json[key]
    if (typeof value === 'number' && value > 0) return value
    throw new BadModelFile({ file, found: `${JSON.stringify(value)} for ${key}`, expected: 'a number above 0' })
  }
  return {
    layers: number('num_hidden_layers'), hidden: number('hidden_size'), heads: number('num_attention_heads'), feedForward: number('intermediate_size'),
    positions: number('max_position_embeddings'), tokenTypes: number('type_vocab_size'), epsilon: number('layer_norm_eps'),
  }
}

/** Tokens by id, as the file of the tokenizer spells them. */
const wordPieces = async (file: string): Promise<readonly string[]> => {
  const { model } = await readJsonObject(file)
  const vocabulary: Json = isJsonObject(model) && isJsonObject(model['vocab']) ? model['vocab'] : {}
  const tokens: string[] = []
  for (const [token, id] of Object.entries(vocabulary)) tokens[Number(id)] = token
  const missing = [...specials.keys()].filter((token) => !(token in vocabulary))
  if (missing.length > 0 || Object.keys(vocabulary).length !== tokens.length) {
    throw new BadModelFile({ file, found: `${tokens.length} tokens without ${missing.join(', ') || 'some ids'}`, expected: 'a WordPiece vocabulary with [CLS] and [SEP]' })
  }
  return tokens
}

const specials: ReadonlyMap<string, readonly string[]> = new Map([
  ['[PAD]', ['padding']], ['[UNK]', ['unknown']], ['[CLS]', ['bos', 'cls']], ['[SEP]', ['eos', 'seperator']], ['[MASK]', ['mask']], // llama.cpp spells it so
])

/** In llama.cpp a piece that begins a word has a mark before it, and one that goes on has none. */
const marked = (token: string): string => {
  if (/^\[.*\]$/.test(token)) return token
  return token.startsWith('##') ? token.slice(2) : `\u2581${token}`
}

const [normal, control] = [1, 3]
const meanPooling = 1

const entriesOf = (config: BertConfig, tokens: readonly string[]): readonly GgufEntry[] => [
  { key: 'general.architecture', type: 'string', value: 'bert' },
  { key: 'general.type', type: 'string', value: 'model' },
  { key: 'general.file_type', type: 'u32', value: 1 },
  { key: 'bert.block_count', type: 'u32', value: config.layers },
  { key: 'bert.context_length', type: 'u32', value: config.positions },
  { key: 'bert.embedding_length', type: 'u32', value: config.hidden },
  { key: 'bert.feed_forward_length', type: 'u32', value: config.feedForward },
  { key: 'bert.attention.head_count', type: 'u32', value: config.heads },
  { key: 'bert.attention.layer_norm_epsilon', type: 'f32', value: config.epsilon },
  { key: 'bert.attention.causal', type: 'bool', value: false },
  { key: 'bert.pooling_type', type: 'u32', value: meanPooling },
  { key: 'tokenizer.ggml.model', type: 'string', value: 'bert' },
  { key: 'tokenizer.ggml.pre', type: 'string', value: 'default' },
  { key: 'tokenizer.ggml.token_type_count', type: 'u32', value: config.tokenTypes },
  { key: 'tokenizer.ggml.tokens', type: 'strings', value: tokens.map(marked) },
  { key: 'tokenizer.ggml.token_type', type: 'i32s', value: tokens.map((token) => (specials.has(token) ? control : normal)) },
  ...[...specials].flatMap(([token, roles]) =>
    roles.map((role): GgufEntry => ({ key: `tokenizer.ggml.${role}_token_id`, type: 'u32', value: tokens.indexOf(token) }))),
]

const inLayer: readonly (readonly [theirs: string, ours: string])[] = [
  ['attention.self.query', 'attn_q'], ['attention.self.key', 'attn_k'], ['attention.self.value', 'attn_v'], ['attention.output.dense', 'attn_output'],
  ['attention.output.LayerNorm', 'attn_output_norm'], ['intermediate.dense', 'ffn_up'], ['output.dense', 'ffn_down'], ['output.LayerNorm', 'layer_output_norm'],
]

const tensorsOf = (weights: Safetensors, layers: number): readonly GgufTensorToWrite[] => {
  const tensor = (theirs: string, ours: string): GgufTensorToWrite => {
    const shape = weights.tensors.get(theirs)?.shape
    if (shape === undefined) throw new BadModelFile({ file: weights.path, found: `no tensor ${theirs}`, expected: 'it among the weights' })
    // What is added, and not multiplied with, is small and stays exact; llama.cpp expects it in 32 bits.
    const type = shape.length === 2 && !/^(position_embd|token_types)/.test(ours) ? 'F16' : 'F32'
    return { name: ours, shape, type, content: () => encodeNumbers(type, weights.floats(theirs)) }
  }
  const pair = (theirs: string, ours: string): readonly GgufTensorToWrite[] => ['weight', 'bias'].map((half) => tensor(`${theirs}.${half}`, `${ours}.${half}`))
  return [
    tensor('embeddings.word_embeddings.weight', 'token_embd.weight'),
    tensor('embeddings.position_embeddings.weight', 'position_embd.weight'),
    tensor('embeddings.token_type_embeddings.weight', 'token_types.weight'),
    ...pair('embeddings.LayerNorm', 'token_embd_norm'),
    ...Array.from({ length: layers }, (_, layer) => inLayer.flatMap(([theirs, ours]) => pair(`encoder.layer.${layer}.${theirs}`, `blk.${layer}.${ours}`))).flat(),
  ]
}
