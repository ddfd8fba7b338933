import { add, concat, customGrad, dispose, div, mul, ones, slice, sqrt, square, sub, sum, tensor1d, variable, type Rank, type Tensor, type Tensor2D, type Variable } from '@tensorflow/tfjs-core'
import { compiled, oncePerShape, only, pair, type Fusable } from '../tensor/program.js'
import type { AdapterModule, AdapterWeights } from './adapter.js'
import { noDropout } from './dropout.js'
import { BadModelFile } from './errors.js'
import { frozen, unpacked, type Linear, type Weight } from './linear.js'
import { createLora, loadLora, weightsOfLora, type Lora, type LoraOptions, type LoraPart, type LoraPlaces, type Rows } from './lora.js'
import type { Precision } from './matrix.js'

/*
 * DoRA: y = (m / |V|) V x with V = W + (alpha / R) B A and |V| the length of each of its rows, which counts as a constant in the
 * gradient. Liu et al. 2024, arXiv 2402.09353, section 4.3. So it is LoRA's product with each column of y made longer or shorter.
 */

/** The trained numbers beside one weight: those of LoRA, and a length for each row that has an adapter. */
type DoraPart = LoraPart & { readonly magnitude: Variable<Rank.R1> } // [sum of sizes]

export type Dora<Part extends string> = Omit<Lora<Part>, 'parts' | 'update'> & { readonly parts: readonly DoraPart[] }

type Layout = { readonly lengths: Fusable; readonly stretch: Fusable; readonly back: Fusable }

const layoutOf = oncePerShape((modules: readonly Rows[], outSize: number, precision: Precision): Layout => {
  const total = modules.reduce((sum, { size }) => sum + size, 0)
  /** [sum of sizes] -> [out], 1 for rows without an adapter */
  const spread = (factors: Tensor): Tensor => {
    const pieces: Tensor[] = []
    let [row, taken] = [0, 0]
    for (const { start, size } of modules) {
      if (start > row) pieces.push(ones([start - row]))
      pieces.push(slice(factors, [taken], [size]))
      ;[row, taken] = [start + size, taken + size]
    }
    if (outSize > row) pieces.push(ones([outSize - row]))
    return concat(pieces, 0)
  }
  /** [out] -> [sum of sizes] */
  const gather = (all: Tensor): Tensor => concat(modules.map(({ start, size }) => slice(all, [start], [size])), 0)
  return {
    lengths: { // W and what is added to it, [out, in] each -> [sum of sizes]
      name: `dora_lengths_${total}`, results: ['float32'],
      program: (weight, update) => [gather(sqrt(sum(square(add(weight, update)), 1)))],
    },
    stretch: { // z [N, out] -> y
      name: 'dora_stretch', results: [precision],
      program: (z, magnitude, lengths) => [mul(z, spread(div(magnitude, lengths)))],
    },
    back: { // gradients of z and of the magnitude
      name: 'dora_back', results: [precision, 'float32'],
      program: (dy, z, magnitude, lengths) => [mul(dy, spread(div(magnitude, lengths))), div(gather(sum(mul(dy, z), 0)), lengths)],
    },
  }
})

const stretched = (weight: Weight, update: () => Tensor2D, magnitude: Variable<Rank.R1>, { lengths, stretch, back }: Layout): ((z: Tensor) => Tensor) => {
  const product = customGrad((...given) => {
    const [z, m] = given as unknown as [Tensor, Tensor]
    const save = given.at(-1) as unknown as (tensors: Tensor[]) => void
    const delta = update() // not on the tape here, so the lengths are constants
    const n = unpacked(weight, (w) => only(compiled(lengths)(w, delta)))
    delta.dispose()
    save([z, m, n])
    return {
      value: only(compiled(stretch)(z, m, n)),
      gradFunc: (dy, saved) => {
        const [z, m, n] = saved as [Tensor, Tensor, Tensor]
        const gradients = pair(compiled(back)(dy, z, m, n))
        dispose([dy, z, n])
        return gradients
      },
    }
  })
  return (z) => product(z, magnitude)
}

/** DoRA around a LoRA without dropout. With dropout, as in PEFT, the frozen product itself is whole: y = W (x - d) + DoRA(d). */
const around = <Part extends string>(
  places: LoraPlaces<Part>, lora: Lora<Part>, lengthsOf: (part: LoraPart) => Float32Array, { dropping = noDropout }: Pick<LoraOptions, 'dropping'>, precision: Precision,
): Dora<Part> => {
  const parts = lora.parts.map((part): DoraPart => {
    const initial = tensor1d(lengthsOf(part))
    const magnitude = variable(initial)
    initial.dispose()
    return { ...part, magnitude }
  })
  const difference: Fusable = { name: 'dora_difference', results: [precision], program: (left, right) => [sub(left, right)] }
  const total: Fusable = { name: 'dora_total', results: [precision], program: (left, right) => [add(left, right)] }
  const modulesOf = new Map<string, readonly Rows[]>(Object.entries<LoraPlaces<Part>['parts'][Part]>(places.parts).map(([name, { modules }]) => [name, modules]))
  const linear = (layer: number, part: Part, weight: Weight): Linear => {
    const base = lora.adapter(layer, part, weight)
    const all = modulesOf.get(part) ?? []
    const found = parts.find((one) => one.layer === layer && one.modules.every(({ module }) => all.some((other) => other.module === module)))
    if (found === undefined) return base
    const layout = layoutOf(found.modules, all.reduce((sum, { size }) => sum + size, 0), precision)
    const update = (): Tensor2D => {
      const delta = lora.update(layer, part)
      if (delta === null) throw new RangeError(`DoRA without LoRA at ${layer}.${part}`)
      return delta
    }
    const stretch = stretched(weight, update, found.magnitude, layout)
    if (dropping.rate === 0) return (h) => stretch(base(h))
    const whole = frozen(weight)
    return (h) => {
      const dropped = dropping.masked(h, layer, part)
      if (dropped === h) return stretch(base(h))
      return only(compiled(total)(whole(only(compiled(difference)(h, dropped))), stretch(base(dropped))))
    }
  }
  return {
    ...lora,
    parts,
    adapter: linear,
    dispose: () => {
      lora.dispose()
      for (const { magnitude } of parts) magnitude.dispose()
    },
  }
}

/** A new adapter: lengths are those of the rows of the base, so that training starts from it. `weightOf` gives a module's numbers, [out, in]. */
export const createDora = <Part extends string>(
  places: LoraPlaces<Part>, options: LoraOptions, precision: Precision, random: () => number, weightOf: (module: string) => Float32Array,
): Dora<Part> =>
  around(places, createLora(places, { ...options, dropping: noDropout }, precision, random), ({ layer, modules, down }) => {
    const lengths = modules.flatMap(({ module }) => [...rowLengths(weightOf(`${places.path}.${layer}.${module}`), down.shape[1])])
    return Float32Array.from(lengths)
  }, options, precision)

/** An adapter that was trained before. Throws BadModelFile where a module has no magnitude. */
export const loadDora = <Part extends string>(places: LoraPlaces<Part>, weights: AdapterWeights, precision: Precision): Dora<Part> => {
  const byName = new Map(weights.modules.map(({ module, magnitude }) => [module, magnitude]))
  return around(places, loadLora(places, weights, precision), ({ layer, modules }) => Float32Array.from(modules.flatMap(({ module }) => {
    const found = byName.get(`${places.path}.${layer}.${module}`)
    if (found === undefined) throw new BadModelFile({ file: 'the DoRA adapter', found: `no magnitude for ${places.path}.${layer}.${module}`, expected: 'one for each module of a layer' })
    return [...found]
  })), {}, precision)
}

export const rowLengths = (weight: Float32Array, inSize: number): Float32Array =>
  Float32Array.from({ length: weight.length / inSize }, (_, row) => {
    let total = 0
    for (let at = row * inSize; at < (row + 1) * inSize; at += 1) total += (weight[at] ?? 0) ** 2
    return Math.sqrt(total)
  })

/** The adapter's numbers, out of TensorFlow's memory. */
export const weightsOfDora = (dora: Pick<Dora<string>, 'rank' | 'alpha' | 'path' | 'parts'>): AdapterWeights => {
  const magnitudes = new Map<string, Float32Array>(dora.parts.flatMap(({ layer, modules, magnitude }) => {
    const all = magnitude.dataSync()
    let row = 0
    return modules.map(({ module, size }) => {
      row += size
      return [`${dora.path}.${layer}.${module}`, Float32Array.from(all.subarray(row - size, row))] as const
    })
  }))
  const weights = weightsOfLora(dora)
  return { ...weights, modules: weights.modules.map((module): AdapterModule => ({ ...module, magnitude: magnitudes.get(module.module) ?? new Float32Array(0) })) }
}
