import { tensor1d, tidy, variableGrads, type Scalar, type Tensor, type Variable } from '@tensorflow/tfjs-core'
import { frameOf, weightedLoss, type Llama, type Stream } from '../model/llama.js'
import type { Activations } from './activations.js'
import { batchOf, targetsOf, type Packed } from './packing.js'
import type { Sequence } from './sequences.js'

/** All that a micro-batch needs to be run: model with adapter, data, and what lies below the adapter when it is kept. */
export type Workbench = {
  readonly model: Llama
  readonly variables: readonly Variable[]
  readonly sequences: readonly Sequence[]
  /** The first block with an adapter. */
  readonly from: number
  readonly activations: Activations | null
}

type Run = { readonly stream: Stream; readonly labels: Int32Array; readonly weights: Float32Array; readonly owners: readonly number[] }

/** The stream above the last block at the places of a micro-batch where something is predicted. */
const run = ({ model, sequences, from, activations }: Workbench, packed: Packed, scale: number): Run => {
  const batch = batchOf(sequences, packed)
  const { picks, labels, weights, sequences: owners } = targetsOf(sequences, packed, scale)
  const foot: Stream = activations === null ? model.embed(batch) : { x: activations.streamOf(packed), update: null }
  const stream = model.blocks(foot, frameOf(model.config, batch), from, model.config.layers, tensor1d(picks, 'int32'))
  return { stream, labels, weights, owners }
}

const lossOf = ({ model }: Workbench, { stream, labels, weights }: Run): Scalar =>
  model.loss(stream, tensor1d(labels, 'int32'), tensor1d(weights))

/** Loss of a micro-batch and its gradients by the variables, in their order. The caller disposes of the gradients. */
export const gradientsOf = (bench: Workbench, packed: Packed, scale: number): { readonly loss: number; readonly gradients: Tensor[] } => {
  const { value, grads } = variableGrads(() => lossOf(bench, run(bench, packed, scale)), [...bench.variables])
  const [loss = NaN] = value.dataSync()
  value.dispose()
  return { loss, gradients: bench.variables.flatMap(({ name }) => grads[name] ?? []) }
}

export type Judged = {
  /** Weighted sum over the places, not divided. */
  readonly loss: number
  /** By index of the sequence: whether greedy decoding says its whole completion. */
  readonly exact: ReadonlyMap<number, boolean>
}

/** Loss of a micro-batch, and which of its sequences the model would say word for word. */
export const judge = (bench: Workbench, packed: Packed): Judged => {
  const judged: Judged[] = []
  tidy(() => {
    const done = run(bench, packed, 1)
    const logits = bench.model.logits(done.stream)
    const said = logits.argMax(-1).dataSync()
    const exact = new Map(packed.placed.map(({ index }) => [index, true]))
    done.owners.forEach((owner, slot) => {
      // Given what is right so far, each token is the likeliest: exactly then greedy decoding says the whole.
      if (said[slot] !== done.labels[slot]) exact.set(owner, false)
    })
    const loss = weightedLoss(logits, tensor1d(done.labels, 'int32'), tensor1d(done.weights))
    judged.push({ loss: loss.dataSync()[0] ?? NaN, exact })
  })
  return judged[0] ?? { loss: NaN, exact: new Map() }
}
