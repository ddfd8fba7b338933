import { readFileSync } from 'node:fs'
import { tensor1d, tidy, variableGrads, type Tensor } from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import { createLlama, frameOf, weightedLoss, type Adapter, type Batch, type Llama } from '../../src/model/llama.js'
import { disposeWeights, loadWeights, type LlamaWeights, type WeightSource } from '../../src/model/llama-weights.js'
import type { LoraNumbers } from '../../src/model/lora.js'
import type { Precision } from '../../src/model/matrix.js'
import { readSafetensors, type Safetensors } from '../../src/model/safetensors.js'
import { fixture } from './fixtures.js'

/** What Transformers and PEFT made of one of the tiny models. */
type Answers = {
  readonly ids: readonly (readonly number[])[]
  readonly lengths: readonly number[]
  readonly labels: readonly (readonly number[])[]
  readonly baseLoss: number
  readonly loraLoss: number
  readonly greedy: { readonly prompt: readonly number[]; readonly answer: readonly number[] }
  readonly baseGreedy?: { readonly prompt: readonly number[]; readonly answer: readonly number[] }
}
export type Reference = Answers & {
  readonly batch: Batch
  readonly numbers: Safetensors
  readonly loss: (model: Llama) => Tensor
  /** Rows of real tokens: what stands behind the padding is of no interest. */
  readonly realRows: (all: Float32Array, columns: number) => Float32Array
}

export const readReference = async (name: string): Promise<Reference> => {
  const answers = JSON.parse(readFileSync(fixture(name, 'reference.json'), 'utf8')) as Answers
  const [rows, length] = [answers.ids.length, answers.ids[0]?.length ?? 0]
  const batch: Batch = {
    rows,
    length,
    ids: Int32Array.from(answers.ids.flat()),
    positions: Int32Array.from({ length: rows * length }, (_, at) => at % length),
    segments: new Int32Array(rows * length),
    parents: new Int32Array(rows * length),
  }
  /** As in Transformers: what stands at t + 1 is predicted at t; -100 is not. */
  const labels = answers.labels.flatMap((row) => [...row.slice(1), -100])
  const counted = labels.filter((label) => label >= 0).length
  return {
    ...answers,
    batch,
    numbers: await readSafetensors(fixture(name, 'reference.safetensors')),
    loss: (model) => {
      const weights = tensor1d(labels.map((label) => (label < 0 ? 0 : 1 / counted)))
      const stream = model.blocks(model.embed(batch), frameOf(model.config, batch), 0, model.config.layers)
      return weightedLoss(model.logits(stream), tensor1d(labels.map((label) => Math.max(label, 0)), 'int32'), weights)
    },
    realRows: (all, columns) =>
      Float32Array.from(answers.lengths.flatMap((real, row) => [...all.subarray(row * length * columns, (row * length + real) * columns)])),
  }
}

/** Largest error over largest value. */
export const relativeError = (found: ArrayLike<number>, expected: ArrayLike<number>): number => {
  expect(found.length).toBe(expected.length)
  let [error, size] = [0, 0]
  for (let i = 0; i < expected.length; i += 1) {
    error = Math.max(error, Math.abs((found[i] ?? NaN) - (expected[i] ?? 0)))
    size = Math.max(size, Math.abs(expected[i] ?? 0))
    if (Number.isNaN(found[i])) return NaN
  }
  return error / size
}

export const logitsOf = (model: Llama, given: Batch): Float32Array =>
  tidy(() => model.logits(model.blocks(model.embed(given), frameOf(model.config, given), 0, model.config.layers)).dataSync() as Float32Array)

export const withModel = async <T>(
  source: WeightSource, precision: Precision, adapter: Adapter, use: (model: Llama, weights: LlamaWeights) => T | Promise<T>,
): Promise<T> => {
  const weights = loadWeights(source, precision)
  try {
    return await use(createLlama(source.config, weights, precision, adapter), weights)
  } finally {
    disposeWeights(weights)
  }
}

/** The loss and its gradients by A and B of each module, named as PEFT does without its prefix. */
export const gradientsOf = (model: Llama, lora: LoraNumbers, loss: (model: Llama) => Tensor): { readonly value: number; readonly named: Map<string, Float32Array> } => {
  const { value, grads } = variableGrads(() => loss(model).asScalar(), lora.parts.flatMap(({ down, up }) => [down, up]))
  const named = new Map<string, Float32Array>()
  for (const { layer, modules, down, up } of lora.parts) {
    const [da, db] = [grads[down.name]?.dataSync(), grads[up.name]?.dataSync()]
    let row = 0
    modules.forEach(({ module, size }, index) => {
      const A = lora.rank * down.shape[1]
      named.set(`layers.${layer}.${module}.lora_A.weight`, Float32Array.from(da?.subarray(index * A, (index + 1) * A) ?? []))
      named.set(`layers.${layer}.${module}.lora_B.weight`, Float32Array.from(db?.subarray(row * lora.rank, (row + size) * lora.rank) ?? []))
      row += size
    })
  }
  const number = value.dataSync()[0] ?? NaN
  value.dispose()
  for (const gradient of Object.values(grads)) gradient.dispose()
  return { value: number, named }
}

export const peftPrefix = 'base_model.model.model.'
