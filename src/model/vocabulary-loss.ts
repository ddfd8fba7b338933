import {
  add, addN, cast, concat, customGrad, div, equal, exp, log, max, mul, range, reshape, slice, sub, sum, tidy, where, type Scalar, type Tensor, type Tensor2D,
} from '@tensorflow/tfjs-core'
import { matMul } from '../tensor/operations.js'
import { compiled, type Fusable } from '../tensor/program.js'
import type { Precision } from './matrix.js'

/*
 * The loss straight from what goes into the last product. P places, V vocabulary, C hidden. Logits of all places at once would be by
 * far the largest thing in memory, and be gone through several times. So a few places are taken at a time, and their gradient with them.
 */

/** Places at a time: with a vocabulary of 49,152 their logits are 19 MB, which stay in a cache. */
const placesAtOnce = 96

/** Logits [P, V] -> sum over P of weight x -log p(label), and the gradient by the logits. */
const programOf = (stored: Precision): Fusable => ({
  name: 'llama_vocabulary_loss',
  results: ['float32', stored],
  program: (logits, labels, weights) => {
    const [P = 0, V = 0] = logits.shape
    const largest = max(logits, -1, true)
    const exponentials = exp(sub(logits, largest))
    const total = sum(exponentials, -1, true) // [P, 1]
    const isLabel = equal(reshape(range(0, V, 1, 'int32'), [1, V]), reshape(labels, [P, 1]))
    const chosen = sum(where(isLabel, logits, 0), -1, true)
    const scale = reshape(weights, [P, 1])
    return [
      sum(mul(sub(add(largest, log(total)), chosen), scale)),
      sub(mul(exponentials, div(scale, total)), mul(cast(isLabel, 'float32'), scale)),
    ]
  },
})
const programs = { float32: programOf('float32'), bfloat16: programOf('bfloat16') }

/** sum over P of weight x -log p(label), where h [P, C] times output [V, C] turned gives the logits. Only h gets a gradient. */
export const vocabularyLoss = (precision: Precision, h: Tensor2D, output: Tensor2D, labels: Tensor, weights: Tensor): Scalar => {
  const loss = customGrad((...given) => {
    const [all, save] = given as unknown as [Tensor2D, (tensors: Tensor[]) => void]
    const [P, C] = all.shape
    const parts = Array.from({ length: Math.ceil(P / placesAtOnce) }, (_, index): [Tensor, Tensor] => {
      const from = index * placesAtOnce
      const size = Math.min(placesAtOnce, P - from)
      return tidy(() => {
        const logits = matMul(slice(all, [from, 0], [size, C]), output, { transposeB: true })
        const [value, dlogits] = compiled(programs[precision])(logits, slice(labels, [from], [size]), slice(weights, [from], [size])) as [Tensor, Tensor]
        return [value, matMul(dlogits, output)]
      })
    })
    save([concat(parts.map(([, dh]) => dh), 0)])
    return {
      value: addN(parts.map(([value]) => value)),
      gradFunc: (dloss, saved) => mul((saved)[0] ?? 0, dloss),
    }
  })
  return loss(h) as Scalar
}
