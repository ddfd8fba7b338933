import { concat, tensor1d, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core'
import { BadModelFile, UnsupportedModel } from './errors.js'
import type { Gguf } from './gguf.js'
import { ggufWeightName, rowOrderOf } from './gguf-names.js'
import { configOfGguf, type LlamaConfig } from './llama-config.js'
import type { Weight } from './linear.js'
import { matrix, type Precision } from './matrix.js'
import { isPackedType, packedWeight, type Blocks } from './packed-weight.js'
import { quantisations } from './quantisation.js'
import { fromGgufRows } from './row-order.js'
import { layerShapes, weightShapes } from './weight-shapes.js'

/** Numbers by the names Transformers gives them, such as `layers.3.self_attn.q_proj.weight`, without the leading `model.`, rows in Transformers order. */
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
  /** What an architecture has beside: the bias of queryKeyValue [(H + 2 K) D], or the scales of the norms of queries and keys, [D] each. */
  readonly extras: readonly Tensor[]
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

/** A weight that the layers would leave out makes another model of the file. `known` are the names it may hold. Throws UnsupportedModel. */
export const checkNames = (file: string, names: Iterable<string>, known: ReadonlySet<string>, { architecture }: LlamaConfig): void => {
  const foreign = [...names].find((name) => !known.has(name))
  if (foreign !== undefined) throw new UnsupportedModel(file, 'tensor', foreign, [`the weights of the architecture ${architecture}`])
}

export const weightsOfGguf = (gguf: Gguf): WeightSource => {
  const config = configOfGguf(gguf)
  const stored = (name: string): string => ggufWeightName(name) ?? name
  const orderOf = (name: string, columns: number): ReturnType<typeof rowOrderOf> => rowOrderOf(name.replace(/\.weight$/, ''), config.architecture, config, columns)
  checkNames(gguf.path, gguf.tensors.keys(), new Set(['rope_freqs.weight', ...[...weightShapes(config).keys()].map(stored)]), config)
  return {
    file: gguf.path,
    config,
    shapeOf: (name) => gguf.tensors.get(stored(name))?.shape,
    floats: (name) => {
      const floats = gguf.floats(stored(name))
      const order = orderOf(name, config.hidden)
      return order === undefined ? floats : fromGgufRows(floats, order)
    },
    blocks: (name) => {
      const tensor = gguf.tensors.get(stored(name))
      if (tensor === undefined || !isPackedType(tensor.type)) return null
      const { type, shape: [rows = 0, columns = 0] } = tensor
      const bytes = gguf.raw(stored(name))
      const { block, bytes: blockBytes } = quantisations[type]
      const order = orderOf(name, columns / block * blockBytes)
      return { type, rows, columns, bytes: order === undefined ? bytes : fromGgufRows(bytes, order) }
    },
  }
}

/** Every name and shape is compared before a number is read, so that a wrong file costs nothing. Throws BadModelFile. */
const checkShapes = ({ file, config, shapeOf }: WeightSource): void => {
  const expected = weightShapes(config)
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
      return matrix(values, layerShapes(config)[`${part}.weight`]?.[0] ?? 0, precision)
    })
    return each.length === 1 && each[0] !== undefined ? each[0] : concat(each, 0)
  })
  const vector = (layer: number, names: readonly string[]): Tensor => tidy(() => concat(names.map((name) => tensor1d(floats(`layers.${layer}.${name}`)))))
  const extras = (layer: number): readonly Tensor[] => [
    ...(config.queryKeyValueBias ? [vector(layer, ['self_attn.q_proj.bias', 'self_attn.k_proj.bias', 'self_attn.v_proj.bias'])] : []),
    ...(config.queryKeyNorm ? [vector(layer, ['self_attn.q_norm.weight']), vector(layer, ['self_attn.k_norm.weight'])] : []),
  ]
  const weight = (layer: number, parts: readonly string[]): Weight =>
    (keeping === 'tensors' ? stacked(layer, parts) : packedWeight(parts.map((part) => blocksOf(source, `layers.${layer}.${part}.weight`)), precision))
  const embedding = matrix(floats('embed_tokens.weight'), config.vocabulary, precision)
  return {
    embedding,
    layers: Array.from({ length: config.layers }, (_, layer) => ({
      attentionNorm: tensor1d(floats(`layers.${layer}.input_layernorm.weight`)),
      queryKeyValue: weight(layer, ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj']),
      extras: extras(layer),
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
  for (const tensor of [embedding, norm, output, ...layers.flatMap((layer) => Object.values(layer).flat())]) tensor.dispose()
}
