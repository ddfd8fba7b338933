import { add, mul, sigmoid, tensor1d, tensor2d, relu, variable, type Rank, type Tensor, type Variable } from '@tensorflow/tfjs-core'
import { matMul } from '../tensor/operations.js'
import { compiled, oncePerShape, only, type Fusable } from '../tensor/program.js'
import { noDropout, type Dropout } from './dropout.js'
import { frozen } from './linear.js'
import type { Adapter, Adapted } from './llama.js'
import type { LlamaConfig } from './llama-config.js'
import type { Precision } from './matrix.js'

/*
 * Bottleneck adapters: a small network beside the stream, x -> up(act(down(x))). Houlsby et al. 2019, arXiv 1902.00751: one reads what
 * attention gives, one what the feed-forward part gives, and each adds to it. Pfeiffer et al. 2020, arXiv 2005.00247: one only, which
 * reads the stream after the feed-forward part was added. Placed and named as AdapterHub's package does (double_seq_bn and seq_bn).
 *
 * C hidden, S the small size between.
 */

export type BottleneckKind = 'houlsby' | 'pfeiffer'

/** Where an adapter stands in a block, by AdapterHub's name. */
export type BottleneckSpot = 'attention_adapters' | 'output_adapters'

type Kind = { readonly spots: readonly BottleneckSpot[]; readonly act: (x: Tensor) => Tensor; readonly readsSum: boolean }
const kinds: { readonly [K in BottleneckKind]: Kind } = {
  houlsby: { spots: ['attention_adapters', 'output_adapters'], act: (x) => mul(x, sigmoid(x)), readsSum: false },
  pfeiffer: { spots: ['output_adapters'], act: relu, readsSum: true },
}
const spotOf: { readonly [P in Adapted]?: BottleneckSpot } = { attentionOut: 'attention_adapters', down: 'output_adapters' }

export const bottleneckSpots = (kind: BottleneckKind): readonly BottleneckSpot[] => kinds[kind].spots

/** The trained numbers at one spot. */
export type BottleneckModule = {
  readonly layer: number
  readonly spot: BottleneckSpot
  readonly down: Float32Array // [S, C]
  readonly downBias: Float32Array // [S]
  readonly up: Float32Array // [C, S]
  readonly upBias: Float32Array // [C]
}
export type BottleneckWeights = {
  readonly kind: BottleneckKind
  readonly hidden: number
  /** S */
  readonly size: number
  readonly modules: readonly BottleneckModule[]
}

type Part = {
  readonly layer: number
  readonly spot: BottleneckSpot
  readonly down: Variable<Rank.R2>
  readonly downBias: Variable<Rank.R1>
  readonly up: Variable<Rank.R2>
  readonly upBias: Variable<Rank.R1>
}
export type Bottleneck = {
  readonly kind: BottleneckKind
  readonly hidden: number
  readonly size: number
  readonly parts: readonly Part[]
  readonly adapter: Adapter
  readonly dispose: () => void
}

const programsOf = oncePerShape((kind: BottleneckKind, precision: Precision) => ({
  sum: { name: 'bottleneck_sum', results: [precision], program: (left, right) => [add(left, right)] },
  act: { name: `bottleneck_${kind}`, results: [precision], program: (x, bias) => [kinds[kind].act(add(x, bias))] },
  lift: { name: 'bottleneck_lift', results: [precision], program: (x, bias) => [add(x, bias)] },
} satisfies Record<string, Fusable>))

/** An adapter with the numbers given. Dropout, as in AdapterHub, is on what the small network gives. */
export const loadBottleneck = ({ kind, hidden, size, modules }: BottleneckWeights, precision: Precision, dropping: Dropout = noDropout): Bottleneck => {
  const { readsSum } = kinds[kind]
  const { sum, act, lift } = programsOf(kind, precision)
  const held = <R extends Rank>(initial: Tensor<R>): Variable<R> => {
    const made = variable(initial)
    initial.dispose()
    return made
  }
  const parts = modules.map(({ layer, spot, down, downBias, up, upBias }): Part => ({
    layer, spot,
    down: held(tensor2d(down, [size, hidden])), downBias: held(tensor1d(downBias)), up: held(tensor2d(up, [hidden, size])), upBias: held(tensor1d(upBias)),
  }))
  return {
    kind, hidden, size, parts,
    adapter: (layer, part, weight) => {
      const base = frozen(weight)
      const found = parts.find((one) => one.layer === layer && one.spot === spotOf[part])
      if (found === undefined) return base
      return (h, onto) => {
        const given = base(h) // [N, C]
        if (readsSum && onto === undefined) throw new RangeError('A Pfeiffer adapter reads the stream, which this model does not hand on')
        const x = readsSum && onto !== undefined ? only(compiled(sum)(given, onto)) : given
        const small = only(compiled(act)(matMul(x, found.down, { transposeB: true }), found.downBias)) // [N, S]
        const large = only(compiled(lift)(matMul(small, found.up, { transposeB: true }), found.upBias)) // [N, C]
        return only(compiled(sum)(given, dropping.masked(large, layer, part)))
      }
    },
    dispose: () => {
      for (const { down, downBias, up, upBias } of parts) for (const one of [down, downBias, up, upBias]) one.dispose()
    },
  }
}

export type BottleneckOptions = {
  readonly kind: BottleneckKind
  /** How much smaller the middle is: S = C / reduction, at least 1. */
  readonly reduction: number
  readonly layers: readonly number[]
}

/** A new adapter as AdapterHub begins one: normal numbers of deviation 0.02, no biases. */
export const createBottleneck = (
  { hidden }: Pick<LlamaConfig, 'hidden'>, { kind, reduction, layers }: BottleneckOptions, precision: Precision, random: () => number, dropping: Dropout = noDropout,
): Bottleneck => {
  const size = Math.max(1, Math.floor(hidden / reduction))
  // Box and Muller; 1 - u is never 0.
  const normal = (): number => 0.02 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const drawn = (length: number): Float32Array => Float32Array.from({ length }, normal)
  const modules = layers.flatMap((layer) => kinds[kind].spots.map((spot): BottleneckModule => ({
    layer, spot, down: drawn(size * hidden), downBias: new Float32Array(size), up: drawn(hidden * size), upBias: new Float32Array(hidden),
  })))
  return loadBottleneck({ kind, hidden, size, modules }, precision, dropping)
}

/** The adapter's numbers, out of TensorFlow's memory. */
export const weightsOfBottleneck = ({ kind, hidden, size, parts }: Bottleneck): BottleneckWeights => {
  const read = (one: Tensor): Float32Array => Float32Array.from(one.dataSync())
  return {
    kind, hidden, size,
    modules: parts.map(({ layer, spot, down, downBias, up, upBias }) => ({ layer, spot, down: read(down), downBias: read(downBias), up: read(up), upBias: read(upBias) })),
  }
}
