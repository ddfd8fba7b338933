import { concat, tensor1d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'
import { BadModelFile } from './errors.js'
import type { Gguf } from './gguf.js'
import { configOfGguf, type LlamaConfig } from './llama-config.js'
import type { Weight } from './linear.js'
import { matrix, type Precision } from './matrix.js'
import { isPackedType, packedWeight, type Blocks } from './packed-weight.js'
import { quantisations } from './quantisation.js'
import { fromGgufRows, permutesRows } from './row-order.js'
import { textOf } from './gguf-metadata.js'

/** Numbers by the names Transformers gives them, without the leading `model.`, rows in Transformers order. */
export type WeightSource = {
  readonly file: string
  readonly config: LlamaConfig
  readonly shapeOf: (name: string) => readonly number[] | undefined
  readonly floats: (name: string) => Float32Array
  /** The same as the file packs them; null where it does not. */
  readonly blocks?: (name: string) => Blocks | null
}

/** The four products of a block that share an input are one weight each: rows one below the other. */
export type LayerWeights = {
  readonly attentionNorm: Tensor // [C]
  readonly queryKeyValue: Weight // [(H + 2 K) D, C]
  readonly attentionOut: Weight // [C, H D]
  readonly feedForwardNorm: Tensor // [C]
  readonly gateUp: Weight // [2 F, C]
  readonly down: Weight // [C, F]
}

export type LlamaWeights = {
  readonly embedding: Tensor2D // [V, C]
  readonly layers: readonly LayerWeights[]
  readonly norm: Tensor // [C]
  readonly output: Tensor2D // [V, C], the embedding itself when tied
}

const ggufParts: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q', 'self_attn.k_proj': 'attn_k', 'self_attn.v_proj': 'attn_v', 'self_attn.o_proj': 'attn_output',
  'mlp.gate_proj': 'ffn_gate', 'mlp.up_proj': 'ffn_up', 'mlp.down_proj': 'ffn_down',
  input_layernorm: 'attn_norm', post_attention_layernorm: 'ffn_norm',
}

/** `layers.3.self_attn.q_proj.weight` is `blk.3.attn_q.weight` in GGUF. */
const ggufName = (name: string): string => {
  const match = /^layers\.(\d+)\.(.+)\.weight$/.exec(name)
  const part = ggufParts[match?.[2] ?? '']
  if (match !== null && part !== undefined) return `blk.${match[1] ?? ''}.${part}.weight`
  return { 'embed_tokens.weight': 'token_embd.weight', 'norm.weight': 'output_norm.weight', 'lm_head.weight': 'output.weight' }[name] ?? name
}

export const weightsOfGguf = (gguf: Gguf): WeightSource => {
  const config = configOfGguf(gguf)
  const permuted = permutesRows(textOf(gguf, 'general.architecture'))
  return {
    file: gguf.path,
    config,
    shapeOf: (name) => gguf.tensors.get(ggufName(name))?.shape,
    floats: (name) => {
      const floats = gguf.floats(ggufName(name))
      const heads = name.includes('.q_proj.') ? config.heads : name.includes('.k_proj.') ? config.keyValueHeads : 0
      return permuted && heads > 0 ? fromGgufRows(floats, { heads, columns: config.hidden }) : floats
    },
    blocks: (name) => {
      const tensor = gguf.tensors.get(ggufName(name))
      if (tensor === undefined || !isPackedType(tensor.type)) return null
      const { type, shape: [rows = 0, columns = 0] } = tensor
      const bytes = gguf.raw(ggufName(name))
      const { block, bytes: blockBytes } = quantisations[type]
      const heads = !permuted ? 0 : name.includes('.q_proj.') ? config.heads : name.includes('.k_proj.') ? config.keyValueHeads : 0
      return { type, rows, columns, bytes: heads > 0 ? fromGgufRows(bytes, { heads, columns: columns / block * blockBytes }) : bytes }
    },
  }
}

const layerShapes = ({ hidden, heads, keyValueHeads, headSize, feedForward }: LlamaConfig): Readonly<Record<string, readonly number[]>> => ({
  input_layernorm: [hidden],
  'self_attn.q_proj': [heads * headSize, hidden],
  'self_attn.k_proj': [keyValueHeads * headSize, hidden],
  'self_attn.v_proj': [keyValueHeads * headSize, hidden],
  'self_attn.o_proj': [hidden, heads * headSize],
  post_attention_layernorm: [hidden],
  'mlp.gate_proj': [feedForward, hidden],
  'mlp.up_proj': [feedForward, hidden],
  'mlp.down_proj': [hidden, feedForward],
})

/** Every name and shape is compared before a number is read, so that a wrong file costs nothing. Throws BadModelFile. */
const checkShapes = ({ file, config, shapeOf }: WeightSource): void => {
  const expected = new Map<string, readonly number[]>([
    ['embed_tokens.weight', [config.vocabulary, config.hidden]],
    ['norm.weight', [config.hidden]],
    ...(config.tiedEmbeddings ? [] : [['lm_head.weight', [config.vocabulary, config.hidden]] as const]),
  ])
  for (let layer = 0; layer < config.layers; layer += 1) {
    for (const [part, shape] of Object.entries(layerShapes(config))) expected.set(`layers.${layer}.${part}.weight`, shape)
  }
  const wrong = [...expected].filter(([name, shape]) => shapeOf(name)?.join() !== shape.join())
  const [first] = wrong
  if (first === undefined) return
  const [name, shape] = first
  const found = shapeOf(name)
  throw new BadModelFile({
    file,
    found: `${found === undefined ? 'no tensor' : `[${found.join(', ')}] for`} ${name} (${wrong.length} of ${expected.size} tensors differ)`,
    expected: `[${shape.join(', ')}]`,
    advice: 'The file does not fit the sizes it names itself; fetch the model again.',
  })
}

/** Whether the weights of the blocks become tensors at once, or stay packed as in their file until they are used. */
export type Keeping = 'tensors' | 'packed'

/** Reads and uploads all weights. The caller owns them: `disposeWeights` gives them back. */
export const loadWeights = (source: WeightSource, precision: Precision, keeping: Keeping = 'tensors'): LlamaWeights => {
  checkShapes(source)
  const { config, floats } = source
  const stacked = (layer: number, parts: readonly string[]): Tensor2D => tidy(() => {
    const each = parts.map((part) => {
      const values = floats(`layers.${layer}.${part}.weight`)
      return matrix(values, layerShapes(config)[part]?.[0] ?? 0, precision)
    })
    return each.length === 1 && each[0] !== undefined ? each[0] : concat(each, 0)
  })
  const weight = (layer: number, parts: readonly string[]): Weight =>
    (keeping === 'tensors' ? stacked(layer, parts) : packedWeight(parts.map((part) => blocksOf(source, `layers.${layer}.${part}.weight`)), precision))
  const embedding = matrix(floats('embed_tokens.weight'), config.vocabulary, precision)
  return {
    embedding,
    layers: Array.from({ length: config.layers }, (_, layer) => ({
      attentionNorm: tensor1d(floats(`layers.${layer}.input_layernorm.weight`)),
      queryKeyValue: weight(layer, ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj']),
      attentionOut: weight(layer, ['self_attn.o_proj']),
      feedForwardNorm: tensor1d(floats(`layers.${layer}.post_attention_layernorm.weight`)),
      gateUp: weight(layer, ['mlp.gate_proj', 'mlp.up_proj']),
      down: weight(layer, ['mlp.down_proj']),
    })),
    norm: tensor1d(floats('norm.weight')),
    output: config.tiedEmbeddings ? embedding : matrix(floats('lm_head.weight'), config.vocabulary, precision),
  }
}

const blocksOf = ({ file, blocks }: WeightSource, name: string): Blocks => {
  const found = blocks?.(name) ?? null
  if (found !== null) return found
  throw new BadModelFile({
    file, found: `${name} in whole numbers`, expected: 'blocks of few bits', advice: 'QLoRA needs a quantised GGUF file, for instance Q4_1 or Q4_K_M; with this base train with lora.',
  })
}

export const disposeWeights = ({ embedding, layers, norm, output }: LlamaWeights): void => {
  for (const tensor of [embedding, norm, output, ...layers.flatMap((layer) => Object.values(layer))]) tensor.dispose()
}
