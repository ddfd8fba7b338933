import {
  add, cast, concat, equal, exp, gather, greaterEqual, log, logicalAnd, logicalOr, max, mean, mul, neg, range, reshape, rsqrt, sigmoid,
  slice, softmax, square, stack, sub, sum, tensor, tensor1d, tidy, transpose, where, zerosLike, type Scalar, type Tensor, type Tensor1D, type Tensor2D,
} from '@tensorflow/tfjs-core'
import { matMul } from '../tensor/operations.js'
import { compiled, oncePerShape, only, pair, type Fusable } from '../tensor/program.js'
import { frozen, type AdapterOf, type Linear } from './linear.js'
import type { LlamaConfig } from './llama-config.js'
import type { LayerWeights, LlamaWeights } from './llama-weights.js'
import type { Precision } from './matrix.js'
import { ropeFrequencies } from './rope.js'
import { softmaxGradient } from './softmax-gradient.js'
import { vocabularyLoss } from './vocabulary-loss.js'

/*
 * The forward pass of Llama and its kin in the order data flows; architectures/ says what is whose.
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
  /** Another sequence that a token sees beside its own: the beginning that several share. Its own where there is none. */
  readonly parents: Int32Array // [B T]
}

/** What every block needs to know about a batch. */
export type Frame = {
  readonly cos: Tensor // [B, T, 1, D], the two halves alike
  readonly sin: Tensor // [B, T, 1, D], the first half negated
  readonly segments: Tensor // [B, T]
  readonly parents: Tensor // [B, T]
}

// Adapters

/** The weights of a block that an adapter may change. */
export type Adapted = 'queryKeyValue' | 'attentionOut' | 'gateUp' | 'down'
export type Adapter = AdapterOf<Adapted>

export const noAdapter: Adapter = (_layer, _part, weight) => frozen(weight)

// Norm

/** RMSNorm, Zhang and Sennrich 2019, arXiv 1910.07467. [N, C] and [C] -> [N, C] */
const norm = (x: Tensor, scale: Tensor, epsilon: number): Tensor =>
  mul(mul(x, rsqrt(add(mean(square(x), -1, true), epsilon))), scale)

/** Gradient by x. [N, C] each */
const normGradient = (x: Tensor, scale: Tensor, epsilon: number, dy: Tensor): Tensor => {
  const inverse = rsqrt(add(mean(square(x), -1, true), epsilon)) // [N, 1]
  const normed = mul(x, inverse)
  const scaled = mul(dy, scale)
  return mul(inverse, sub(scaled, mul(normed, mean(mul(scaled, normed), -1, true))))
}

// Rotary positions

/** The two halves of a head are rotated, as Transformers does. Angles in float64. */
export const frameOf = (config: LlamaConfig, batch: Batch): Frame => {
  const [half, size] = [config.headSize / 2, config.headSize]
  const frequencies = ropeFrequencies(config)
  const cos = new Float32Array(batch.positions.length * size)
  const sin = new Float32Array(batch.positions.length * size)
  batch.positions.forEach((position, token) => {
    for (let i = 0; i < half; i += 1) {
      const angle = position * (frequencies[i] ?? 0)
      const at = token * size + i
      cos[at] = cos[at + half] = Math.cos(angle)
      sin[at] = -Math.sin(angle)
      sin[at + half] = Math.sin(angle)
    }
  })
  const shape = [batch.rows, batch.length, 1, size]
  const byToken = (numbers: Int32Array): Tensor => tensor(numbers, [batch.rows, batch.length], 'int32')
  return { cos: tensor(cos, shape), sin: tensor(sin, shape), segments: byToken(batch.segments), parents: byToken(batch.parents) }
}

// Attention

/** x cos + (-second half, first half) sin; with the sign of sin turned, the rotation back. [B, T, heads, D] */
const rotate = (x: Tensor, { cos, sin }: Pick<Frame, 'cos' | 'sin'>): Tensor => {
  const [B = 0, T = 0, count = 0, D = 0] = x.shape
  const half = (from: number): Tensor => slice(x, [0, 0, 0, from], [B, T, count, D / 2])
  return add(mul(x, cos), mul(concat([half(D / 2), half(0)], 3), sin))
}

/** What some architectures have beside: the bias of packed, the scales of the norms of queries and of keys. */
const extrasOf = ({ queryKeyValueBias }: LlamaConfig, extras: readonly Tensor[]): readonly (Tensor | undefined)[] =>
  queryKeyValueBias ? extras : [undefined, ...extras]

/** [N, (H + 2 K) D] -> [B, T, H, D], [B, T, K, D] and [B, T, K, D] */
const apart = ({ heads: H, keyValueHeads: K, headSize: D }: LlamaConfig, packed: Tensor, bias: Tensor | undefined, cos: Tensor): Tensor[] => {
  const [B = 0, T = 0] = cos.shape
  const all = reshape(bias === undefined ? packed : add(packed, bias), [B, T, H + 2 * K, D])
  return [[0, H], [H, K], [H + K, K]].map(([from = 0, count = 0]) => slice(all, [0, 0, from, 0], [B, T, count, D]))
}

/** [N, (H + 2 K) D] -> queries [B, K, G T, D], already divided by sqrt(D); keys [B, K, T, D]; values [B, K, T, D] */
const heads = (config: LlamaConfig, packed: Tensor, cos: Tensor, sin: Tensor, extras: readonly Tensor[]): Tensor[] => {
  const { heads: H, keyValueHeads: K, headSize: D, normEpsilon } = config
  const [B = 0, T = 0] = cos.shape
  const [bias, queryScale, keyScale] = extrasOf(config, extras)
  const [queries, keys, values] = apart(config, packed, bias, cos)
  const turned = (x: Tensor | undefined, scale: Tensor | undefined): Tensor =>
    rotate(scale === undefined ? only([x]) : norm(only([x]), scale, normEpsilon), { cos, sin })
  const byHead = (x: Tensor | undefined, rows: number): Tensor => reshape(transpose(only([x]), [0, 2, 1, 3]), [B, K, rows, D])
  return [byHead(mul(turned(queries, queryScale), D ** -0.5), H / K * T), byHead(turned(keys, keyScale), T), byHead(values, T)]
}

const headsGradient = (config: LlamaConfig, [packed, cos, sin, ...extras]: readonly Tensor[], [dq, dk, dv]: readonly Tensor[]): Tensor => {
  const { heads: H, keyValueHeads: K, headSize: D, normEpsilon } = config
  const [B = 0, T = 0] = only([cos]).shape
  const [bias, queryScale, keyScale] = extrasOf(config, extras)
  const [queries, keys] = apart(config, only([packed]), bias, only([cos]))
  const back = { cos: only([cos]), sin: neg(only([sin])) }
  const byToken = (x: Tensor | undefined, count: number): Tensor => transpose(reshape(only([x]), [B, count, T, D]), [0, 2, 1, 3])
  const unnormed = (x: Tensor | undefined, scale: Tensor | undefined, dy: Tensor): Tensor =>
    (scale === undefined ? dy : normGradient(only([x]), scale, normEpsilon, dy))
  const [dqueries, dkeys] = [mul(rotate(byToken(dq, H), back), D ** -0.5), rotate(byToken(dk, K), back)]
  const all = [unnormed(queries, queryScale, dqueries), unnormed(keys, keyScale, dkeys), byToken(dv, K)]
  return reshape(concat(all, 2), [B * T, (H + 2 * K) * D])
}

/** Scores [B, K, G T, T] -> probabilities over earlier tokens of the same sequence and of its parent. */
const attend = (scores: Tensor, segments: Tensor, parents: Tensor): Tensor => {
  const [B = 0, K = 0, rows = 0, T = 0] = scores.shape
  const token = range(0, T, 1, 'int32')
  const earlier = greaterEqual(reshape(token, [T, 1]), reshape(token, [1, T])) // [T, T]
  const key = reshape(segments, [B, 1, 1, 1, T])
  const isSeen = (query: Tensor): Tensor => equal(reshape(query, [B, 1, 1, T, 1]), key) // [B, 1, 1, T, T]
  const each = reshape(scores, [B, K, rows / T, T, T])
  return reshape(softmax(where(logicalAnd(earlier, logicalOr(isSeen(segments), isSeen(parents))), each, -1e9)), [B, K, rows, T])
}

/** [B, K, G T, D] -> [N, H D] */
const together = ({ heads: H, keyValueHeads: K, headSize: D }: LlamaConfig, outcome: Tensor): Tensor => {
  const [B = 0, , rows = 0] = outcome.shape
  const T = rows / (H / K)
  return reshape(transpose(reshape(outcome, [B, K, H / K, T, D]), [0, 3, 1, 2, 4]), [B * T, H * D])
}

// Feed-forward

/** SwiGLU, Shazeer 2020, arXiv 2002.05202. [N, 2 F] -> [N, F] */
const gate = (gateUp: Tensor): Tensor => {
  const [gates, ups] = halvesOf(gateUp)
  return mul(mul(gates, sigmoid(gates)), ups)
}

const gateGradient = (gateUp: Tensor, dy: Tensor): Tensor => {
  const [gates, ups] = halvesOf(gateUp)
  const open = sigmoid(gates)
  const silu = mul(gates, open)
  const dgates = mul(mul(dy, ups), mul(open, add(1, sub(gates, silu))))
  return reshape(stack([dgates, mul(dy, silu)], 1), gateUp.shape) // stacked: XLA fuses that better than a concatenation
}

const halvesOf = (x: Tensor): [Tensor, Tensor] => {
  const [N = 0, width = 0] = x.shape
  return [slice(x, [0, 0], [N, width / 2]), slice(x, [0, width / 2], [N, width / 2])]
}

// Programs

/** The programs of a model, shared by its blocks so that each is compiled once. The residual stream stays in float32. */
const programsOf = (config: LlamaConfig, stored: Precision) => {
  const epsilon = config.normEpsilon
  return {
    begin: {
      name: 'llama_begin', results: ['float32', stored], constants: [1],
      program: (x, scale) => [x, norm(x, scale, epsilon)],
      gradient: ([, scale], [x], [dx, dh]) => [add(only([dx]), normGradient(only([x]), only([scale]), epsilon, only([dh])))],
    },
    enter: {
      name: 'llama_enter', results: ['float32', stored], constants: [2],
      program: (x, update, scale) => {
        const sum = add(x, update)
        return [sum, norm(sum, scale, epsilon)]
      },
      gradient: ([, , scale], [sum], [dsum, dh]) => {
        const both = add(only([dsum]), normGradient(only([sum]), only([scale]), epsilon, only([dh])))
        return [both, both]
      },
    },
    heads: {
      name: 'llama_heads', results: [stored, stored, stored], constants: [1, 2, 3, 4, 5],
      program: (packed, cos, sin, ...extras) => heads(config, packed, cos, sin, extras),
      gradient: (inputs, _results, dys) => [headsGradient(config, inputs, dys)],
    },
    attend: {
      name: 'llama_attend', results: [stored], constants: [1, 2],
      program: (scores, segments, parents) => [attend(scores, segments, parents)],
      gradient: (_inputs, [probabilities], [dy]) => [softmaxGradient(only([probabilities]), only([dy]))],
    },
    together: { name: 'llama_together', results: [stored], program: (outcome) => [together(config, outcome)] },
    gate: {
      name: 'llama_gate', results: [stored],
      program: (gateUp) => [gate(gateUp)],
      gradient: ([gateUp], _results, [dy]) => [gateGradient(only([gateUp]), only([dy]))],
    },
    settle: { name: 'llama_settle', results: [stored], program: (x, update) => [add(x, update)] },
    leave: {
      name: 'llama_leave', results: [stored], constants: [2],
      program: (x, update, scale) => [norm(add(x, update), scale, epsilon)],
      gradient: ([x, update, scale], _results, [dy]) => {
        const both = normGradient(add(only([x]), only([update])), only([scale]), epsilon, only([dy]))
        return [both, both]
      },
    },
  } as const satisfies Record<string, Fusable>
}
type Programs = ReturnType<typeof programsOf>

const sharedPrograms = oncePerShape(programsOf)

// Block

/** Between blocks: the residual stream, and what the last product has yet to add to it. */
export type Stream = { readonly x: Tensor; readonly update: Tensor | null } // [N, C] each

type Block = (stream: Stream, frame: Frame, picks: Tensor1D | null) => Stream

/** With picks [P], positions of the batch, what comes after attention is done there only: [N, C] -> [P, C]. */
const blockOf = (programs: Programs, weights: LayerWeights, linear: { readonly [P in Adapted]: Linear }): Block =>
  ({ x, update }, frame, picks) => tidy(() => { // what a gradient needs of its insides is kept by whoever needs it
    const [entered, h] = pair(update === null
      ? compiled(programs.begin)(x, weights.attentionNorm)
      : compiled(programs.enter)(x, update, weights.attentionNorm))
    const outcome = attention(programs, linear.queryKeyValue(h), frame, weights.extras) // [B, K, G T, D]
    const together = only(compiled(programs.together)(outcome)) // [N, H D]
    const pick = (all: Tensor): Tensor => (picks === null ? all : gather(all, picks))
    const before = pick(entered)
    const [left, g] = pair(compiled(programs.enter)(before, linear.attentionOut(pick(together), before), weights.feedForwardNorm))
    return { x: left, update: linear.down(only(compiled(programs.gate)(linear.gateUp(g))), left) }
  })

/** Grouped-query attention within rows. [N, (H + 2 K) D] -> [B, K, G T, D] */
const attention = (programs: Programs, packed: Tensor, { cos, sin, segments, parents }: Frame, extras: readonly Tensor[]): Tensor => {
  const [queries, keys, values] = compiled(programs.heads)(packed, cos, sin, ...extras)
  if (queries === undefined || keys === undefined || values === undefined) throw new RangeError('heads gives three results')
  const scores = matMul(queries, keys, { transposeB: true }) // [B, K, G T, T]
  return matMul(only(compiled(programs.attend)(scores, segments, parents)), values)
}

// Model

export type Llama = {
  readonly config: LlamaConfig
  /** The stream at the foot of the first block. */
  readonly embed: (batch: Batch) => Stream
  /** The stream after blocks from..to-1. Picks are for the last of them. */
  readonly blocks: (stream: Stream, frame: Frame, from: number, to: number, picks?: Tensor1D) => Stream
  /** The stream with its update added, as another batch can begin with it: [N, C]. */
  readonly settled: (stream: Stream) => Tensor
  /** [N or P, V] */
  readonly logits: (stream: Stream) => Tensor
  /** What weightedLoss makes of the logits, in less memory and time. */
  readonly loss: (stream: Stream, labels: Tensor1D, weights: Tensor1D) => Scalar
}

/** Weights stay the caller's. An adapter reaches the blocks it wants to; all others multiply by the weight alone. */
export const createLlama = (
  config: LlamaConfig, weights: LlamaWeights, precision: Precision, adapter: Adapter = noAdapter,
): Llama => {
  const programs = sharedPrograms(config, precision)
  const blocks = weights.layers.map((layer, index) => blockOf(programs, layer, {
    queryKeyValue: adapter(index, 'queryKeyValue', layer.queryKeyValue),
    attentionOut: adapter(index, 'attentionOut', layer.attentionOut),
    gateUp: adapter(index, 'gateUp', layer.gateUp),
    down: adapter(index, 'down', layer.down),
  }))
  const output = frozen(weights.output)
  const last = ({ x, update }: Stream): Tensor2D => only(compiled(programs.leave)(x, update ?? zerosLike(x), weights.norm)) as Tensor2D
  return {
    config,
    embed: ({ ids }) => ({ x: gather(weights.embedding, tensor1d(ids, 'int32')), update: null }),
    blocks: (stream, frame, from, to, picks) => {
      if (from < 0 || to > blocks.length || from > to) throw new RangeError(`blocks ${from} to ${to} of ${blocks.length}`)
      return blocks.slice(from, to).reduce(
        (at, block, index) => block(at, frame, index === to - from - 1 ? picks ?? null : null), stream)
    },
    settled: ({ x, update }) => (update === null ? x : only(compiled(programs.settle)(x, update))),
    logits: (stream) => output(last(stream)),
    loss: (stream, labels, importance) => vocabularyLoss(precision, last(stream), weights.output, labels, importance),
  }
}

// Loss

const crossEntropy: Fusable = {
  name: 'llama_cross_entropy',
  results: ['float32', 'float32'],
  constants: [1, 2],
  program: (logits, labels, weights) => {
    const largest = max(logits, -1, true)
    const norms = add(largest, log(sum(exp(sub(logits, largest)), -1, true))) // [P, 1], log of the sum of exponentials
    const chosen = sum(where(isLabel(logits, labels), logits, 0), -1)
    return [sum(mul(sub(reshape(norms, [-1]), chosen), weights)), norms]
  },
  gradient: ([logits, labels, weights], [, norms], [dloss]) => {
    const [all, scale] = [only([logits]), mul(only([weights]), only([dloss]))]
    const probabilities = exp(sub(all, only([norms])))
    return [mul(sub(probabilities, cast(isLabel(all, only([labels])), 'float32')), reshape(scale, [-1, 1]))]
  },
}

/** [P, V] */
const isLabel = (logits: Tensor, labels: Tensor): Tensor =>
  equal(reshape(range(0, logits.shape[1] ?? 0, 1, 'int32'), [1, -1]), reshape(labels, [-1, 1]))

/** sum over P of weight x -log p(label). Give weights 1 / number of labels for the mean that Transformers reports; 0 leaves a row out. */
export const weightedLoss = (logits: Tensor, labels: Tensor1D, weights: Tensor1D): Scalar =>
  only(compiled(crossEntropy)(logits, labels, weights)) as Scalar
