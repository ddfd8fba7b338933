import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import type { TensorFlowBackend } from '../../src/tensor/backend.js'
import { fromBfloat16, toBfloat16 } from '../../src/tensor/dtype.js'
import { openTensorFlow } from '../../src/tensor/library.js'
import { compiled, type Fusable } from '../../src/tensor/program.js'
import { temporaryFolder } from '../model/fixtures.js'
import { openTestTensors } from './tensors.js'

let backend: TensorFlowBackend
beforeAll(async () => {
  backend = await openTestTensors()
})

describe('the TensorFlow backend', () => {
  it('is opened once', async () => {
    expect(await openTestTensors()).toBe(backend)
    expect(tf.getBackend()).toBe('attune-tensorflow')
  })

  it.each([
    ['float32', [1.5, -2, Infinity]], ['int32', [1, -2, 2147483647]], ['bool', [1, 0, 1]],
  ] as const)('keeps %s values', (dtype, values) => {
    tf.tidy(() => {
      const tensor = tf.tensor1d([...values], dtype)
      expect([...tf.reverse(tf.reverse(tensor)).dataSync()]).toEqual(values)
    })
  })

  it('keeps empty and scalar tensors', () => {
    tf.tidy(() => {
      expect(tf.add(tf.zeros([0, 3]), 1).shape).toEqual([0, 3])
      expect(tf.add(tf.scalar(2), 1).dataSync()[0]).toBe(3)
    })
  })

  it('rounds to bfloat16 as TensorFlow does', () => {
    fc.assert(fc.property(fc.float32Array({ minLength: 1, maxLength: 50 }), (values) => {
      const ours = new Uint8Array(toBfloat16(values).buffer)
      const theirs = tf.tidy(() => backend.download(tf.engine().makeTensorFromTensorInfo(backend.cast(tf.tensor1d(values), 'bfloat16'))))
      values.forEach((value, index) => {
        if (Number.isNaN(value)) return
        expect(ours.subarray(2 * index, 2 * index + 2)).toEqual(theirs.subarray(2 * index, 2 * index + 2))
      })
      expect(fromBfloat16(toBfloat16(fromBfloat16(toBfloat16(values))))).toEqual(fromBfloat16(toBfloat16(values)))
    }))
  })

  it('gives stock operations float32 where a tensor is stored as bfloat16', () => {
    tf.tidy(() => {
      const narrow = tf.engine().makeTensorFromTensorInfo(backend.cast(tf.tensor1d([1, 2, 3]), 'bfloat16'))
      expect([...tf.add(narrow, tf.tensor1d([0.25, 0.25, 0.25])).dataSync()]).toEqual([1.25, 2.25, 3.25])
    })
  })

  it('frees what tfjs disposes of, and only that', () => {
    const before = backend.handlesHeld()
    const kept = tf.tidy(() => tf.keep(tf.add(tf.ones([4]), tf.ones([4]))))
    expect(backend.handlesHeld()).toBe(before + 1)
    const view = kept.clone()
    kept.dispose()
    expect([...view.dataSync()]).toEqual([2, 2, 2, 2])
    view.dispose()
    expect(backend.handlesHeld()).toBe(before)
  })

  it('fails loudly on a tensor that was disposed of', () => {
    const tensor = tf.ones([2])
    tensor.dispose()
    expect(() => tf.add(tensor, 1)).toThrow('dispos')
  })

  it('turns TensorFlow\'s refusals into errors with its own words', () => {
    tf.tidy(() => {
      expect(() => backend.run('MatMul', [tf.ones([2, 3]), tf.ones([2, 3])])).toThrow(/TensorFlow: MatMul: .*\[2,3\]/)
      expect(() => backend.run('NoSuchOperation', [])).toThrow('NoSuchOperation')
    })
  })

  it('says what is missing where TensorFlow is not', async () => {
    const folder = await temporaryFolder()
    expect(() => openTensorFlow({ folder, libraries: ['libtensorflow_cc.so.2'] })).toThrow(`from ${folder}`)
  })
})

const polynomial: Fusable = {
  name: 'test_polynomial', results: ['float32', 'bfloat16'],
  program: (x, y) => [tf.mul(tf.square(x), y), tf.add(x, tf.sum(y))],
}

describe('a compiled program', () => {
  const inputs = (): [tf.Tensor, tf.Tensor] => [tf.tensor2d([[1, 2], [3, -4]]), tf.tensor2d([[0.5, 1], [-1, 2]])]

  it('gives what its operations give one by one, in the types declared', () => {
    tf.tidy(() => {
      const [x, y] = inputs()
      const [first, second] = compiled(polynomial)(x, y)
      const [a, b] = polynomial.program(x, y)
      expect([...first!.dataSync()]).toEqual([...a!.dataSync()])
      expect([...second!.dataSync()]).toEqual([...b!.dataSync()])
      expect([first, second].map((tensor) => backend.elementTypeOf(tensor!))).toEqual(['float32', 'bfloat16'])
    })
  })

  it('has the gradient that tfjs derives, or the one it brings', () => {
    const loss = (run: (...all: tf.Tensor[]) => tf.Tensor[]) => (x: tf.Tensor, y: tf.Tensor) => tf.sum(tf.addN(run(x, y).map((result, at) => tf.mul(result, at + 1.5))))
    const own: Fusable = {
      ...polynomial, name: 'test_own_gradient',
      gradient: ([x, y], _results, [da, db]) => [tf.add(tf.mul(tf.mul(x!, 2), tf.mul(y!, da!)), db!), tf.add(tf.mul(tf.square(x!), da!), tf.sum(db!))],
    }
    tf.tidy(() => {
      const [x, y] = inputs()
      const expected = tf.grads(loss(polynomial.program))([x, y]).map((gradient) => [...gradient.dataSync()])
      for (const one of [polynomial, own]) {
        expect(tf.grads(loss(compiled(one)))([x, y]).map((gradient) => [...gradient.dataSync()])).toEqual(expected)
      }
    })
  })

  it('is compiled once for each set of shapes and types', () => {
    let calls = 0
    const counted: Fusable = {
      name: 'test_counted', results: ['float32'],
      program: (x) => {
        calls += 1
        return [tf.add(x, 1)]
      },
    }
    tf.tidy(() => {
      for (const shape of [[2], [3], [2], [3]]) compiled(counted)(tf.ones(shape))
      compiled(counted)(tf.engine().makeTensorFromTensorInfo(backend.cast(tf.ones([2]), 'bfloat16')))
    })
    expect(calls).toBe(3)
  })

  it('cannot read values or take tensors from outside', () => {
    tf.tidy(() => {
      const outside = tf.add(tf.ones([2]), 1)
      const reads: Fusable = { name: 'test_reads', results: ['float32'], program: (x) => [tf.mul(x, tf.max(x).dataSync()[0] ?? 0)] }
      const takes: Fusable = { name: 'test_takes', results: ['float32'], program: (x) => [tf.mul(x, outside)] }
      expect(() => compiled(reads)(tf.ones([2]))).toThrow(/test_reads.*reads a value/)
      expect(() => compiled(takes)(tf.ones([2]))).toThrow(/test_takes.*not among its inputs/)
      expect([...tf.add(tf.ones([2]), 1).dataSync()]).toEqual([2, 2]) // the backend is usable after that
    })
  })

  it('leaves no tensor behind', () => {
    const [x, y] = inputs()
    const run = (): void => tf.tidy(() => void tf.grads((a, b) => tf.sum(compiled(polynomial)(a, b)[0]!))([x, y]))
    run()
    const before = [tf.memory().numTensors, backend.handlesHeld()]
    run()
    expect([tf.memory().numTensors, backend.handlesHeld()]).toEqual(before)
    tf.dispose([x, y])
  })

  it('runs as plain code on another backend', async () => {
    await tf.setBackend('cpu')
    try {
      const [first] = tf.tidy(() => compiled(polynomial)(...inputs()).map((one) => [...one.dataSync()]))
      expect(first).toEqual([0.5, 4, -9, 32])
    } finally {
      await tf.setBackend('attune-tensorflow')
    }
  })
})
