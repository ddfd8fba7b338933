import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { matMul } from '../../src/tensor/operations.js'
import { openTestTensors } from './tensors.js'

let backend: TensorFlowBackend
const ours = 'attune-tensorflow'
beforeAll(async () => {
  backend = await openTestTensors()
})

/** Numbers that are the same on every machine, away from the places where functions have no derivative. */
const numbers = (shape: readonly number[], seed: number, least = -2, most = 2): tf.Tensor => {
  let state = seed
  const values = Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return least + (most - least) * (state / 2 ** 32)
  })
  return tf.tensor(values, [...shape])
}

type Case = { readonly name: string; readonly inputs: () => tf.Tensor[]; readonly run: (...inputs: tf.Tensor[]) => tf.Tensor; readonly integer?: true }
const x = (): tf.Tensor[] => [numbers([3, 4], 1)]
const positive = (): tf.Tensor[] => [numbers([3, 4], 1, 0.5, 2)]
const two = (): tf.Tensor[] => [numbers([3, 4], 1), numbers([3, 4], 2, 0.5, 2)]
const broadcast = (): tf.Tensor[] => [numbers([2, 3, 4], 1), numbers([3, 1], 2, 0.5, 2)]

const cases: readonly Case[] = [
  ...(['abs', 'neg', 'exp', 'expm1', 'sigmoid', 'tanh', 'relu', 'square', 'softplus', 'erf', 'sin', 'cos'] as const)
    .map((name): Case => ({ name, inputs: x, run: (a) => tf[name](a) })),
  ...(['log', 'log1p', 'sqrt', 'rsqrt', 'reciprocal'] as const).map((name): Case => ({ name, inputs: positive, run: (a) => tf[name](a) })),
  ...(['floor', 'ceil', 'round', 'sign'] as const).map((name): Case => ({ name, inputs: x, run: (a) => tf[name](a), integer: true })),
  ...(['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'squaredDifference'] as const)
    .map((name): Case => ({ name, inputs: two, run: (a, b) => tf[name](a, b) })),
  // tfjs has no gradient for the broadcasting of the others.
  ...(['add', 'sub', 'mul', 'div'] as const)
    .map((name): Case => ({ name: `${name} with broadcasting`, inputs: broadcast, run: (a, b) => tf[name](a, b) })),
  { name: 'pow', inputs: () => [numbers([3, 4], 1, 0.5, 2), numbers([3, 4], 2)], run: (a, b) => tf.pow(a, b) },
  ...(['sum', 'mean', 'max', 'min'] as const).flatMap((name): Case[] => [
    { name: `${name} of all`, inputs: x, run: (a) => tf[name](a) },
    { name: `${name} of rows`, inputs: x, run: (a) => tf[name](a, -1, true) },
    { name: `${name} of columns`, inputs: x, run: (a) => tf[name](a, 0) },
  ]),
  { name: 'softmax', inputs: x, run: (a) => tf.softmax(a) },
  { name: 'logSoftmax', inputs: x, run: (a) => tf.logSoftmax(a) },
  { name: 'reshape', inputs: x, run: (a) => tf.reshape(a, [2, -1]) },
  { name: 'expandDims', inputs: x, run: (a) => tf.expandDims(a, 1) },
  { name: 'transpose', inputs: () => [numbers([2, 3, 4], 1)], run: (a) => tf.transpose(a, [2, 0, 1]) },
  { name: 'slice', inputs: x, run: (a) => tf.slice(a, [1, 1], [2, -1]) },
  { name: 'reverse', inputs: x, run: (a) => tf.reverse(a, 1) },
  { name: 'pad', inputs: x, run: (a) => tf.pad(a, [[1, 0], [2, 3]], 7) },
  { name: 'tile', inputs: x, run: (a) => tf.tile(a, [2, 3]) },
  { name: 'concat', inputs: () => [numbers([3, 4], 1), numbers([3, 2], 2)], run: (...all) => tf.concat(all, 1) },
  { name: 'stack', inputs: () => [numbers([3, 4], 1), numbers([3, 4], 2)], run: (...all) => tf.stack(all, 1) },
  { name: 'unstack', inputs: x, run: (a) => tf.unstack(a, 1)[2] as tf.Tensor },
  { name: 'split', inputs: x, run: (a) => tf.split(a, [1, 3], 1)[1] as tf.Tensor },
  { name: 'gather', inputs: x, run: (a) => tf.gather(a, tf.tensor1d([2, 0, 2], 'int32')) },
  { name: 'where', inputs: two, run: (a, b) => tf.where(tf.greater(numbers([3, 4], 5), 0), a, b) },
  { name: 'addN', inputs: two, run: (...all) => tf.addN(all) },
  { name: 'cumsum', inputs: x, run: (a) => tf.cumsum(a, 1) },
  { name: 'batched matMul', inputs: () => [numbers([2, 3, 4], 1), numbers([2, 5, 4], 2)], run: (a, b) => tf.matMul(a, b, false, true) },
  { name: 'argMax', inputs: x, run: (a) => tf.argMax(a, 1), integer: true },
  { name: 'topk', inputs: x, run: (a) => tf.topk(a, 2).values, integer: true },
  { name: 'fill', inputs: () => [], run: () => tf.fill([2, 3], 1.5), integer: true },
]

const on = async (name: string, work: () => number[][]): Promise<number[][]> => {
  await tf.setBackend(name)
  try {
    return tf.tidy(() => work() as never)
  } finally {
    await tf.setBackend(ours)
  }
}

describe('every operation gives what the plain JavaScript backend of tfjs gives, forward and back', () => {
  it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, { inputs, run, integer }) => {
    const both = (): number[][] => {
      const given = inputs()
      const value = [...run(...given).dataSync()]
      if (integer) return [value]
      // Each result counts with another weight, so that a gradient in the wrong place shows.
      const gradients = tf.grads((...all) => {
        const result = run(...all)
        return tf.sum(tf.mul(result, numbers(result.shape, 9)))
      })(given)
      return [value, ...gradients.map((gradient) => [...gradient.dataSync()])]
    }
    const [found, expected] = [await on(ours, both), await on('cpu', both)]
    expect(found.length).toBe(expected.length)
    found.forEach((values, index) => {
      expect(values.length).toBe(expected[index]?.length)
      values.forEach((value, at) => expect(value).toBeCloseTo(expected[index]?.[at] ?? NaN, 4))
    })
  })
})

describe('matMul', () => {
  const flags = [[false, false], [false, true], [true, false], [true, true]] as const
  it.each(flags)('gives tfjs\'s product and gradients with transposeA %s, transposeB %s', (transposeA, transposeB) => {
    tf.tidy(() => {
      const a = numbers(transposeA ? [4, 3] : [3, 4], 1)
      const b = numbers(transposeB ? [5, 4] : [4, 5], 2)
      const weigh = (result: tf.Tensor): tf.Tensor => tf.sum(tf.mul(result, numbers([3, 5], 3)))
      const found = tf.grads((p, q) => weigh(matMul(p, q, { transposeA, transposeB })))([a, b])
      const expected = tf.grads((p, q) => weigh(tf.matMul(p, q, transposeA, transposeB)))([a, b])
      found.forEach((gradient, index) => {
        const other = expected[index]?.dataSync() ?? []
        gradient.dataSync().forEach((value, at) => expect(value).toBeCloseTo(other[at] ?? NaN, 5))
      })
    })
  })

  it('works in bfloat16 where an operand is stored so', () => {
    tf.tidy(() => {
      const a = numbers([8, 64], 1)
      const b = numbers([16, 64], 2)
      const narrow = tf.engine().makeTensorFromTensorInfo(backend.cast(b, 'bfloat16'))
      const product = matMul(a, narrow, { transposeB: true })
      expect(backend.elementTypeOf(product)).toBe('bfloat16')
      const exact = tf.matMul(a, b, false, true).dataSync()
      product.dataSync().forEach((value, at) => expect(Math.abs(value - (exact[at] ?? NaN))).toBeLessThan(0.2))
    })
  })

  it.each([[[3, 4], [5, 4]], [[4], [4, 5]], [[2, 3, 4], [3, 4, 5]]])('says which shapes do not fit: %j and %j', (a, b) => {
    tf.tidy(() => {
      expect(() => matMul(numbers(a, 1), numbers(b, 2))).toThrow(`[${a.join(', ')}] and [${b.join(', ')}]`)
    })
  })
})
