import {
  add, addN, concat, customGrad, dispose, mul, pad, slice, Tensor, tensor2d, transpose, variable, type Rank, type Tensor2D, type Variable,
} from '@tensorflow/tfjs-core'
import { matMul } from '../tensor/operations.js'
import { compiled, oncePerShape, only, type Fusable } from '../tensor/program.js'
import type { AdapterModule, AdapterWeights } from './adapter.js'
import { noDropout, type Dropout } from './dropout.js'
import { frozen, type AdapterOf, type Linear, type Weight } from './linear.js'
import type { Precision } from './matrix.js'

/* LoRA: y = W x + (alpha / R) B A x. Hu et al. 2021, arXiv 2106.09685. R rank, M modules that share an input. */

export type LoraOptions = {
  readonly rank: number
  readonly alpha: number
  /** The lowest layer with an adapter; all above it have one too. */
  readonly fromLayer: number
  /** The layers that get one, where they are not all from there on. */
  readonly onlyLayers?: readonly number[]
  readonly dropping?: Dropout
  /** Last names of the modules that get one, such as `q_proj`. */
  readonly targets: readonly string[]
}

/** One module inside a weight that holds several: `q_proj` is the first H D rows of queryKeyValue. */
export type Rows = { readonly module: string; readonly start: number; readonly size: number }

/** The trained numbers beside one weight [out, in]. */
export type LoraPart = {
  readonly layer: number
  readonly modules: readonly Rows[] // M of them
  readonly down: Variable<Rank.R2> // [M R, in]: A of each module, one below the other
  readonly up: Variable<Rank.R2> // [sum of sizes, R]: B of each module, one below the other
}

/** Where a model has weights, part by part of a block in the order of the data flow. */
export type LoraPlaces<Part extends string> = {
  readonly layers: number
  /** What stands before the number of a layer in the names of its modules: `layers`. */
  readonly path: string
  readonly parts: { readonly [P in Part]: { readonly inSize: number; readonly modules: readonly Rows[] } }
}

export type LoraNumbers = {
  readonly rank: number
  readonly alpha: number
  readonly path: string
  /** In the order of the layers, and in each that of the data flow. */
  readonly parts: readonly LoraPart[]
}

export type Lora<Part extends string> = LoraNumbers & {
  readonly adapter: AdapterOf<Part>
  /** What the adapter adds to a weight, [out, in], or null where it adds nothing. */
  readonly update: (layer: number, part: Part) => Tensor2D | null
  readonly dispose: () => void
}

// The product

/** The programs around the products of one kind of part. */
type Layout = {
  readonly blocks: Fusable
  readonly narrowUp: Fusable
  readonly narrowDown: Fusable
  readonly join: Fusable
  readonly sum: Fusable
}

type LayoutShape = {
  readonly modules: readonly Rows[]
  readonly inSize: number
  readonly outSize: number
  readonly rank: number
  readonly scale: number
  readonly precision: Precision
}

const layoutOf = oncePerShape(({ modules, inSize, outSize, rank, scale, precision }: LayoutShape): Layout => {
  const offsets = modules.map((_, index) => modules.slice(0, index).reduce((total, { size }) => total + size, 0))
  const width = modules.length * rank
  return {
    blocks: { // B [sum, R] -> scale B, a block for each module, [out, M R]
      name: 'lora_blocks',
      results: [precision],
      program: (up) => {
        const blocks = modules.map(({ start, size }, index) => pad(
          slice(up, [offsets[index] ?? 0, 0], [size, rank]),
          [[start, outSize - start - size], [index * rank, width - (index + 1) * rank]]))
        return [mul(addN(blocks), scale)]
      },
    },
    narrowUp: { // gradient of the blocks, turned, [M R, out] -> gradient of B [sum, R]
      name: 'lora_narrow_up',
      results: ['float32'],
      program: (full) => [mul(concat(modules.map(({ start, size }, index) => transpose(slice(full, [index * rank, start], [rank, size]))), 0), scale)],
    },
    narrowDown: { // (gradient of h A^T)^T [h | h A^T], [M R, in + M R] -> gradient of A [M R, in]
      name: 'lora_narrow_down',
      results: ['float32'],
      program: (full) => [slice(full, [0, 0], [width, inSize])],
    },
    join: { // gradient of [h | h A^T] and what reaches h through A -> gradient of h [N, in]
      name: 'lora_join',
      results: [precision],
      program: (wide, through) => [add(slice(wide, [0, 0], through.shape), through)],
    },
    sum: { name: 'lora_sum', results: [precision], program: (left, right) => [add(left, right)] },
  }
})

/**
 * One product does the frozen weight and the adapter: y = [h | h A^T] [W | scale B]^T, so that the small product adds a few
 * columns to the large one instead of a second pass over y. Only h, A and B get gradients.
 */
const adapted = (weight: Tensor2D, { down, up }: LoraPart, { blocks, narrowUp, narrowDown, join }: Layout): Linear => {
  const product = customGrad((...given) => {
    const [h, a, b] = given as unknown as [Tensor2D, Tensor2D, Tensor2D]
    const save = given.at(-1) as unknown as (tensors: Tensor[]) => void
    const reduced = matMul(h, a, { transposeB: true }) // [N, M R]
    const wide = concat([h, reduced], 1) // [N, in + M R]
    const weights = concat([weight, ...(compiled(blocks)(b) as [Tensor2D])], 1) // [out, in + M R]
    save([wide, reduced, weights, a])
    return {
      value: matMul(wide, weights, { transposeB: true }),
      gradFunc: (dy, saved) => {
        const [wide, reduced, weights, a] = saved as [Tensor2D, Tensor2D, Tensor2D, Tensor2D]
        const dwide = matMul(dy, weights) as Tensor2D // [N, in + M R]
        const dreduced = slice(dwide, [0, weight.shape[1]], reduced.shape)
        const [da] = compiled(narrowDown)(matMul(dreduced, wide, { transposeA: true })) as [Tensor]
        const [db] = compiled(narrowUp)(matMul(reduced, dy, { transposeA: true })) as [Tensor]
        const [dh] = compiled(join)(dwide, matMul(dreduced, a)) as [Tensor]
        dispose([dy, ...Object.values(saved)]) // their last use; tfjs would hold them to the end of the pass
        return [dh, da, db]
      },
    }
  })
  return (h) => product(h, down, up)
}

/** The same in two products, for an input that differs from the frozen weight's by dropout, and for a weight that is not kept as a tensor. */
const beside = (weight: Weight, { down, up }: LoraPart, { blocks, sum }: Layout, dropped: (h: Tensor) => Tensor): Linear => {
  const base = frozen(weight)
  return (h) => {
    const reduced = matMul(dropped(h), down, { transposeB: true }) // [N, M R]
    return only(compiled(sum)(base(h), matMul(reduced, only(compiled(blocks)(up)), { transposeB: true })))
  }
}

// Making and reading

/** The numbers of one module: A [R, in] and B [size, R]. */
type Numbers = (module: string, inSize: number, outSize: number) => { readonly a: Float32Array; readonly b: Float32Array }

const build = <Part extends string>(
  { layers, path, parts: places }: LoraPlaces<Part>, options: LoraOptions, precision: Precision, numbers: Numbers,
): Lora<Part> => {
  const { rank, alpha, fromLayer, targets, onlyLayers, dropping = noDropout } = options
  const wanted = new Set(targets)
  const byPlace = new Map<string, LoraPart>()
  const layouts = new Map<string, Layout>()
  for (const [part, { inSize, modules: all }] of Object.entries<LoraPlaces<Part>['parts'][Part]>(places)) {
    const modules = all.filter(({ module }) => wanted.has(module.split('.').at(-1) ?? ''))
    if (modules.length === 0) continue
    const outSize = all.reduce((total, { size }) => total + size, 0)
    layouts.set(part, layoutOf({ modules, inSize, outSize, rank, scale: alpha / rank, precision }))
    for (let layer = fromLayer; layer < layers; layer += 1) {
      if (onlyLayers?.includes(layer) === false) continue
      const each = modules.map(({ module, size }) => numbers(`${path}.${layer}.${module}`, inSize, size))
      const stacked = (rows: readonly Float32Array[], columns: number): Variable<Rank.R2> => {
        const joined = Float32Array.from(rows.flatMap((row) => [...row]))
        const initial = tensor2d(joined, [joined.length / columns, columns])
        const made = variable(initial)
        initial.dispose()
        return made
      }
      byPlace.set(`${layer}.${part}`, { layer, modules, down: stacked(each.map(({ a }) => a), inSize), up: stacked(each.map(({ b }) => b), rank) })
    }
  }
  const parts = [...byPlace.values()].sort((left, right) => left.layer - right.layer)
  return {
    rank,
    alpha,
    path,
    parts,
    adapter: (layer, part, weight) => {
      const found = byPlace.get(`${layer}.${part}`)
      const layout = layouts.get(part)
      if (found === undefined || layout === undefined) return frozen(weight)
      return weight instanceof Tensor && dropping.rate === 0 ? adapted(weight, found, layout) : beside(weight, found, layout, (h) => dropping.masked(h, layer, part))
    },
    update: (layer, part) => {
      const found = byPlace.get(`${layer}.${part}`)
      const layout = layouts.get(part)
      return found === undefined || layout === undefined ? null : matMul(only(compiled(layout.blocks)(found.up)), found.down) as Tensor2D
    },
    dispose: () => {
      for (const { down, up } of parts) {
        down.dispose()
        up.dispose()
      }
    },
  }
}

/** A new adapter: A uniform as PEFT draws it (Kaiming, a = sqrt 5), B zero, so that training starts from the base model. */
export const createLora = <Part extends string>(places: LoraPlaces<Part>, options: LoraOptions, precision: Precision, random: () => number): Lora<Part> =>
  build(places, options, precision, (_module, inSize, outSize) => ({
    a: Float32Array.from({ length: options.rank * inSize }, () => (random() * 2 - 1) / Math.sqrt(inSize)),
    b: new Float32Array(outSize * options.rank),
  }))

/** An adapter that was trained before. */
export const loadLora = <Part extends string>(places: LoraPlaces<Part>, weights: AdapterWeights, precision: Precision): Lora<Part> => {
  const byName = new Map(weights.modules.map((module) => [module.module, module]))
  const layers = [...new Set(weights.modules.map(({ module }) => Number(module.slice(places.path.length + 1).split('.')[0])))]
  const targets = [...new Set(weights.modules.map(({ module }) => module.split('.').at(-1) ?? ''))]
  return build(places, { rank: weights.rank, alpha: weights.alpha, fromLayer: Math.min(...layers), onlyLayers: layers, targets }, precision, (module, inSize, outSize) => {
    const found = byName.get(module)
    // A module the adapter left out is one that adds nothing.
    return found ?? { a: new Float32Array(weights.rank * inSize), b: new Float32Array(outSize * weights.rank) }
  })
}

/** The adapter's numbers, out of TensorFlow's memory. */
export const weightsOfLora = ({ rank, alpha, path, parts }: LoraNumbers): AdapterWeights => ({
  rank,
  alpha,
  modules: parts.flatMap(({ layer, modules, down, up }) => {
    const [a, b, inSize] = [down.dataSync(), up.dataSync(), down.shape[1]]
    let row = 0
    return modules.map(({ module, size }, index): AdapterModule => {
      const start = row
      row += size
      return {
        module: `${path}.${layer}.${module}`,
        inSize,
        outSize: size,
        a: Float32Array.from(a.subarray(index * rank * inSize, (index + 1) * rank * inSize)),
        b: Float32Array.from(b.subarray(start * rank, row * rank)),
      }
    })
  }),
})
