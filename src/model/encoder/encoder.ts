import {
  add, div, erf, gather, maximum, mean, mul, reshape, rsqrt, slice, softmax, sqrt, square, sub, sum, tensor, tidy, transpose, type Tensor, type Tensor2D,
} from '@tensorflow/tfjs-core'
import { matMul } from '../../tensor/operations.js'
import { compiled, oncePerShape, only, pair, type Fusable } from '../../tensor/program.js'
import { frozen, type AdapterOf, type Linear } from '../linear.js'
import type { Precision } from '../matrix.js'
import { softmaxGradient } from '../softmax-gradient.js'
import type { EncoderConfig } from './encoder-config.js'
import { distanceBias, type EncoderPart, type EncoderWeights, type Norm } from './encoder-weights.js'

/*
 * A sentence encoder in the order data flows: BERT (Devlin et al. 2018, arXiv 1810.04805) and MPNet (Song et al. 2020, arXiv 2004.09297),
 * which adds to attention by distance. The mean over the tokens, at length 1, stands for the message (Reimers and Gurevych 2019, arXiv 1908.10084).
 *
 * B messages of T tokens with padding, N = B T; C hidden, H heads, D = C / H, F feed-forward.
 */

/** Messages side by side, those that are shorter than T with padding behind them. */
export type Messages = {
  readonly count: number // B
  readonly length: number // T
  readonly ids: Int32Array // [B T]
  /** 1 for tokens, 0 for padding. */
  readonly mask: Float32Array // [B T]
}

/** Rows are of one of these lengths: every further one costs a compilation of all programs. */
const rowLengths = [8, 16, 24, 32, 48, 64, 96, 128, 160, 208]

/** Side by side, padded to the length of a row that has room for the longest. */
export const messagesOf = (messages: readonly (readonly number[])[], padding: number): Messages => {
  const longest = Math.max(...messages.map(({ length }) => length))
  const length = rowLengths.find((room) => room >= longest) ?? longest
  const ids = new Int32Array(messages.length * length).fill(padding)
  const mask = new Float32Array(ids.length)
  messages.forEach((message, row) => {
    ids.set(message, row * length)
    mask.fill(1, row * length, row * length + message.length)
  })
  return { count: messages.length, length, ids, mask }
}

export type Encoder = {
  readonly config: EncoderConfig
  /** [B, C], each row of length 1. */
  readonly encode: (messages: Messages) => Tensor2D
  /** Every token for itself, padding too: [N, C]. */
  readonly tokens: (messages: Messages) => Tensor2D
}

const programsOf = ({ heads: H, epsilon }: EncoderConfig, stored: Precision) => ({
  foot: {
    name: 'encoder_foot', results: ['float32', stored], constants: [0, 1, 2, 3],
    program: (words, places, scale, shift) => {
      const normed = norm(add(words, places), scale, shift, epsilon)
      return [normed, normed]
    },
  },
  heads: { // [N, 3 C] -> queries, divided by sqrt(D), keys and values [B, H, T, D]
    name: 'encoder_heads', results: [stored, stored, stored], constants: [1, 2],
    program: (packed, bias, mask) => {
      const [B = 0, T = 0] = mask.shape
      const D = (packed.shape[1] ?? 0) / 3 / H
      const all = reshape(add(packed, bias), [B, T, 3, H, D])
      const part = (at: number): Tensor => transpose(reshape(slice(all, [0, 0, at, 0, 0], [B, T, 1, H, D]), [B, T, H, D]), [0, 2, 1, 3])
      return [mul(part(0), D ** -0.5), part(1), part(2)]
    },
  },
  attend: { // [B, H, T, T]
    name: 'encoder_attend', results: [stored], constants: [1, 2],
    program: (scores, distances, mask) => {
      const [B = 0, T = 0] = mask.shape
      return [softmax(add(add(scores, distances), reshape(mul(sub(mask, 1), 1e9), [B, 1, 1, T])))]
    },
    gradient: (_inputs, [probabilities], [dy]) => [softmaxGradient(only([probabilities]), only([dy]))],
  },
  together: { // [B, H, T, D] -> [N, C]
    name: 'encoder_together', results: [stored],
    program: (outcome) => {
      const [B = 0, , T = 0, D = 0] = outcome.shape
      return [reshape(transpose(outcome, [0, 2, 1, 3]), [B * T, H * D])]
    },
  },
  settle: { // the stream with what a product adds to it, normed: as it goes on, and as the next product takes it
    name: 'encoder_settle', results: ['float32', stored], constants: [2, 3, 4],
    program: (x, update, bias, scale, shift) => {
      const normed = norm(add(x, add(update, bias)), scale, shift, epsilon)
      return [normed, normed]
    },
  },
  bend: { // GELU, Hendrycks and Gimpel 2016, arXiv 1606.08415
    name: 'encoder_bend', results: [stored], constants: [1],
    program: (up, bias) => {
      const x = add(up, bias)
      return [mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))]
    },
  },
  pool: { // [N, C] -> [B, C]
    name: 'encoder_pool', results: ['float32'], constants: [1],
    program: (x, mask) => {
      const [B = 0, T = 0] = mask.shape
      const tokens = mul(reshape(x, [B, T, x.shape[1] ?? 0]), reshape(mask, [B, T, 1]))
      const average = div(sum(tokens, 1), sum(mask, 1, true))
      return [div(average, sqrt(maximum(sum(square(average), -1, true), 1e-12)))]
    },
  },
} as const satisfies Record<string, Fusable>)

/** Layer norm, Ba et al. 2016, arXiv 1607.06450. [N, C] */
const norm = (x: Tensor, scale: Tensor, shift: Tensor, epsilon: number): Tensor => {
  const centred = sub(x, mean(x, -1, true))
  return add(mul(mul(centred, rsqrt(add(mean(square(centred), -1, true), epsilon))), scale), shift)
}

const sharedPrograms = oncePerShape(programsOf)

/** Weights stay the caller's. */
export const createEncoder = (
  config: EncoderConfig, weights: EncoderWeights, precision: Precision, adapter: AdapterOf<EncoderPart> = (_layer, _part, weight) => frozen(weight),
): Encoder => {
  const programs = sharedPrograms(config, precision)
  const settle = (x: Tensor, update: Tensor, bias: Tensor, { scale, shift }: Norm): [Tensor, Tensor] =>
    pair(compiled(programs.settle)(x, update, bias, scale, shift))
  const blocks = weights.layers.map((layer, index) => {
    const linear = (part: EncoderPart): Linear => adapter(index, part, layer[part])
    const [queryKeyValue, attentionOut, up, down] = [linear('queryKeyValue'), linear('attentionOut'), linear('up'), linear('down')]
    return ([x, h]: [Tensor, Tensor], distances: Tensor, mask: Tensor): [Tensor, Tensor] => {
      const [queries, keys, values] = compiled(programs.heads)(queryKeyValue(h), layer.queryKeyValueBias, mask) as [Tensor, Tensor, Tensor]
      const probabilities = only(compiled(programs.attend)(matMul(queries, keys, { transposeB: true }), distances, mask))
      const outcome = only(compiled(programs.together)(matMul(probabilities, values)))
      const [attended, g] = settle(x, attentionOut(outcome), layer.attentionOutBias, layer.attentionNorm)
      const bent = only(compiled(programs.bend)(up(g), layer.upBias))
      return settle(attended, down(bent), layer.downBias, layer.outNorm)
    }
  })
  const tokens = ({ count, length, ids, mask }: Messages): Tensor2D => {
    const known = tensor(mask, [count, length])
    const distances = distanceBias(config, weights.distances, length)
    const places = gather(weights.places, tensor(Int32Array.from(ids, (_, at) => at % length), [ids.length], 'int32'))
    const words = gather(weights.words, tensor(ids, [ids.length], 'int32'))
    const foot = pair(compiled(programs.foot)(words, places, weights.norm.scale, weights.norm.shift))
    const [top] = blocks.reduce((stream, block) => block(stream, distances, known), foot)
    return top as Tensor2D
  }
  return {
    config,
    tokens: (messages) => tidy(() => tokens(messages)),
    encode: (messages) => tidy(() => only(compiled(programs.pool)(tokens(messages), tensor(messages.mask, [messages.count, messages.length]))) as Tensor2D),
  }
}
