import {
  add, concat, cos as cosine, equal, gather, greaterEqual, logicalAnd, logSoftmax, mean, mul, neg, range, reshape, rsqrt, sigmoid, sin as sine,
  slice, softmax, square, sub, sum, tensor, tensor1d, transpose, where, zerosLike, type Scalar, type Tensor, type Tensor1D, type Tensor2D,
} from '@tensorflow/tfjs-core'
import { matMul } from '../tensor/operations.js'
import { compiled, type Fusable, type Program } from '../tensor/program.js'
import type { LlamaConfig } from './llama-config.js'
import type { LayerWeights, LlamaWeights, Precision } from './llama-weights.js'

/*
 * The Llama forward pass in the order data flows. Architecture: Touvron et al. 2023, arXiv 2302.13971.
 *
 * B rows of a batch, T tokens in a row, N = B T; C hidden, H heads, K key-value heads, G = H / K, D head size,
 * F feed-forward, V vocabulary, P positions where something is to be predicted.
 *
 * A block is four matrix products with programs between them (norm; rotate; attend; gate), each fused into one operation.
 */

// Batch

/** Rows of equal length. A row may hold several sequences, which do not see each other. */
export type Batch = {
  readonly rows: number // B
  readonly length: number // T
  readonly ids: Int32Array // [B T]
  /** Place of each token in its sequence, from 0. */
  readonly positions: Int32Array // [B T]
  /** Which sequence of its row a token belongs to. */
  readonly segments: Int32Array // [B T]
}

/** What every block needs to know about a batch. */
export type Frame = {
  readonly cos: Tensor // [B, T, 1, D / 2]
  readonly sin: Tensor // [B, T, 1, D / 2]
  readonly segments: Tensor // [B, T]
}

// Products and adapters

/** How a weight is applied to the last result of a program; the results before it pass through. */
export type Linear = (source: Fusable) => Program

/** source's last result h [N, in] becomes h W^T [N, out]. W [out, in] stays as it is in training. */
export const frozen = (weight: Tensor2D): Linear => (source) => {
  const run = compiled(source)
  return (...inputs) => {
    const results = run(...inputs)
    return [...results.slice(0, -1), matMul(only(results.slice(-1)), weight, { transposeB: true, frozen: true })]
  }
}

/** The weights of a block that an adapter may change. */
export type Adapted = 'queryKeyValue' | 'attentionOut' | 'gateUp' | 'down'
/** An adapter turns a weight into another way to apply it. The model does not know which adapter that is. */
export type Adapter = (layer: number, part: Adapted, weight: Tensor2D) => Linear

export const noAdapter: Adapter = (_layer, _part, weight) => frozen(weight)

// Norm

/** RMSNorm, Zhang and Sennrich 2019, arXiv 1910.07467. [N, C] and [C] -> [N, C] */
const norm = (x: Tensor, scale: Tensor, epsilon: number): Tensor =>
  mul(mul(x, rsqrt(add(mean(square(x), -1, true), epsilon))), scale)

// Rotary positions

/** RoPE, Su et al. 2021, arXiv 2104.09864, with the two halves of a head rotated as Transformers does. Angles in float64. */
export const frameOf = (config: LlamaConfig, batch: Batch): Frame => {
  const half = config.headSize / 2
  const frequencies = Float64Array.from({ length: half }, (_, i) => config.ropeTheta ** (-i / half))
  const angles = new Float32Array(batch.positions.length * half)
  batch.positions.forEach((position, token) => frequencies.forEach((frequency, i) => {
    angles[token * half + i] = position * frequency % (2 * Math.PI)
  }))
  const angle = tensor(angles, [batch.rows, batch.length, 1, half])
  return { cos: cosine(angle), sin: sine(angle), segments: tensor(batch.segments, [batch.rows, batch.length], 'int32') }
}

/** [B, T, heads, D] -> [B, T, heads, D] */
const rotate = (x: Tensor, cos: Tensor, sin: Tensor): Tensor => {
  const [rows = 0, length = 0, heads = 0, size = 0] = x.shape
  const first = slice(x, [0, 0, 0, 0], [rows, length, heads, size / 2])
  const second = slice(x, [0, 0, 0, size / 2], [rows, length, heads, size / 2])
  return concat([sub(mul(first, cos), mul(second, sin)), add(mul(second, cos), mul(first, sin))], 3)
}

// Attention

/** [N, (H + 2 K) D] -> queries [B, K, G T, D], already divided by sqrt(D); keys [B, K, T, D]; values [B, K, T, D] */
const heads = ({ heads: H, keyValueHeads: K, headSize: D }: LlamaConfig) => (packed: Tensor, cos: Tensor, sin: Tensor): Tensor[] => {
  const [B = 0, T = 0] = cos.shape
  const all = reshape(packed, [B, T, H + 2 * K, D])
  const turned = rotate(slice(all, [0, 0, 0, 0], [B, T, H + K, D]), cos, sin)
  const queries = mul(slice(turned, [0, 0, 0, 0], [B, T, H, D]), D ** -0.5)
  return [
    reshape(transpose(reshape(queries, [B, T, K, H / K, D]), [0, 2, 3, 1, 4]), [B, K, H / K * T, D]),
    transpose(slice(turned, [0, 0, H, 0], [B, T, K, D]), [0, 2, 1, 3]),
    transpose(slice(all, [0, 0, H + K, 0], [B, T, K, D]), [0, 2, 1, 3]),
  ]
}

/** Scores [B, K, G T, T] -> probabilities over earlier tokens of the same sequence. */
const attend = (scores: Tensor, segments: Tensor): Tensor => {
  const [B = 0, K = 0, rows = 0, T = 0] = scores.shape
  const token = range(0, T, 1, 'int32')
  const earlier = greaterEqual(reshape(token, [T, 1]), reshape(token, [1, T])) // [T, T]
  const same = equal(reshape(segments, [B, 1, 1, T, 1]), reshape(segments, [B, 1, 1, 1, T])) // [B, 1, 1, T, T]
  const each = reshape(scores, [B, K, rows / T, T, T])
  return reshape(softmax(where(logicalAnd(earlier, same), each, -1e9)), [B, K, rows, T])
}

/** [B, K, G T, D] -> [N, H D] */
const together = ({ heads: H, keyValueHeads: K, headSize: D }: LlamaConfig) => (outcome: Tensor): Tensor => {
  const [B = 0, , rows = 0] = outcome.shape
  const T = rows / (H / K)
  return reshape(transpose(reshape(outcome, [B, K, H / K, T, D]), [0, 3, 1, 2, 4]), [B * T, H * D])
}

// Feed-forward

/** SwiGLU, Shazeer 2020, arXiv 2002.05202. [N, 2 F] -> [N, F] */
const gate = (gateUp: Tensor): Tensor => {
  const [N = 0, width = 0] = gateUp.shape
  const gates = slice(gateUp, [0, 0], [N, width / 2])
  return mul(mul(gates, sigmoid(gates)), slice(gateUp, [0, width / 2], [N, width / 2]))
}

// Programs

/** The programs of a model, shared by its blocks so that each is compiled once. The residual stream stays in float32. */
const programsOf = (config: LlamaConfig, stored: Precision) => {
  const named = (name: string, results: Fusable['results'], constants: readonly number[], program: Program): Fusable =>
    ({ name: `llama_${name}`, results, constants, program })
  const normed = (x: Tensor, scale: Tensor): Tensor => norm(x, scale, config.normEpsilon)
  return {
    begin: named('begin', ['float32', stored], [1], (x, scale) => [x, normed(x, scale)]),
    enter: named('enter', ['float32', stored], [2], (x, update, scale) => {
      const sum = add(x, update)
      return [sum, normed(sum, scale)]
    }),
    heads: named('heads', [stored, stored, stored], [1, 2], (packed, cos, sin) => heads(config)(packed, cos, sin)),
    attend: named('attend', [stored], [1], (scores, segments) => [attend(scores, segments)]),
    together: named('together', [stored], [], (outcome) => [together(config)(outcome)]),
    picked: named('picked', [stored], [], (x) => [x]),
    gate: named('gate', [stored], [], (gateUp) => [gate(gateUp)]),
    leave: named('leave', [stored], [2], (x, update, scale) => [normed(add(x, update), scale)]),
  }
}
type Programs = ReturnType<typeof programsOf>

// Block

/** Between blocks: the residual stream, and what the last product has yet to add to it. */
export type Stream = { readonly x: Tensor; readonly update: Tensor | null } // [N, C] each

type Block = (stream: Stream, frame: Frame, picks: Tensor1D | null) => Stream

/** With picks [P], positions of the batch, what comes after attention is done there only: [N, C] -> [P, C]. */
const blockOf = (programs: Programs, weights: LayerWeights, adapt: (part: Adapted, weight: Tensor2D) => Linear): Block => {
  const queryKeyValue = adapt('queryKeyValue', weights.queryKeyValue)
  const attentionOut = adapt('attentionOut', weights.attentionOut)
  const begin = queryKeyValue(programs.begin)
  const enter = queryKeyValue(programs.enter)
  const out = attentionOut(programs.together)
  const outOfPicked = attentionOut(programs.picked)
  const gateUp = adapt('gateUp', weights.gateUp)(programs.enter)
  const down = adapt('down', weights.down)(programs.gate)

  return ({ x, update }, frame, picks) => {
    const [stream, packed] = pair(update === null ? begin(x, weights.attentionNorm) : enter(x, update, weights.attentionNorm))
    const outcome = attention(programs, packed, frame) // [B, K, G T, D]
    const [attended] = picks === null ? out(outcome) : outOfPicked(gather(only(compiled(programs.together)(outcome)), picks))
    const kept = picks === null ? stream : gather(stream, picks)
    const [next, widened] = pair(gateUp(kept, only([attended]), weights.feedForwardNorm))
    return { x: next, update: only(down(widened)) }
  }
}

/** Grouped-query attention within rows. [N, (H + 2 K) D] -> [B, K, G T, D] */
const attention = (programs: Programs, packed: Tensor, { cos, sin, segments }: Frame): Tensor => {
  const [queries, keys, values] = compiled(programs.heads)(packed, cos, sin)
  if (queries === undefined || keys === undefined || values === undefined) throw new RangeError('heads gives three results')
  const scores = matMul(queries, keys, { transposeB: true }) // [B, K, G T, T]
  return matMul(only(compiled(programs.attend)(scores, segments)), values)
}

const only = ([result]: readonly (Tensor | undefined)[]): Tensor => {
  if (result === undefined) throw new RangeError('A program without results')
  return result
}
const pair = ([first, second]: readonly Tensor[]): [Tensor, Tensor] => {
  if (first === undefined || second === undefined) throw new RangeError('A program with fewer than two results')
  return [first, second]
}

// Model

export type Llama = {
  readonly config: LlamaConfig
  /** The stream at the foot of the first block. */
  readonly embed: (batch: Batch) => Stream
  /** The stream after blocks from..to-1. Picks are for the last of them. */
  readonly blocks: (stream: Stream, frame: Frame, from: number, to: number, picks?: Tensor1D) => Stream
  /** [N or P, V] */
  readonly logits: (stream: Stream) => Tensor
}

/** Weights stay the caller's. An adapter reaches the blocks it wants to; all others multiply by the weight alone. */
export const createLlama = (
  config: LlamaConfig, weights: LlamaWeights, precision: Precision, adapter: Adapter = noAdapter,
): Llama => {
  const programs = programsOf(config, precision)
  const blocks = weights.layers.map((layer, index) => blockOf(programs, layer, (part, weight) => adapter(index, part, weight)))
  const output = frozen(weights.output)(programs.leave)
  return {
    config,
    embed: ({ ids }) => ({ x: gather(weights.embedding, tensor1d(ids, 'int32')), update: null }),
    blocks: (stream, frame, from, to, picks) => {
      if (from < 0 || to > blocks.length || from > to) throw new RangeError(`blocks ${from} to ${to} of ${blocks.length}`)
      return blocks.slice(from, to).reduce(
        (at, block, index) => block(at, frame, index === to - from - 1 ? picks ?? null : null), stream)
    },
    logits: ({ x, update }) => only(output(x, update ?? zerosLike(x), weights.norm)),
  }
}

// Loss

const crossEntropy: Fusable = {
  name: 'llama_cross_entropy',
  results: ['float32'],
  constants: [1, 2],
  program: (logits, labels, weights) => {
    const [P = 0, V = 0] = logits.shape
    const isLabel = equal(reshape(range(0, V, 1, 'int32'), [1, V]), reshape(labels, [P, 1]))
    return [neg(sum(mul(sum(where(isLabel, logSoftmax(logits), 0), -1), weights)))]
  },
}

/** sum over P of weight x -log p(label). Give weights 1 / number of labels for the mean that Transformers reports; 0 leaves a row out. */
export const weightedLoss = (logits: Tensor, labels: Tensor1D, weights: Tensor1D): Scalar =>
  only(compiled(crossEntropy)(logits, labels, weights)) as Scalar
