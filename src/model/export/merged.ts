import type { AdapterModule, AdapterWeights } from '../adapter.js'
import { BadModelFile } from '../errors.js'
import type { WeightSource } from '../llama-weights.js'

/** W + (alpha / R) B A, [out, in], as a new weight; for DoRA its rows are as long as the magnitude says. Hu et al. 2021, arXiv 2106.09685, section 4.1. Sums in float64. */
const mergedWeight = (weight: Float32Array, { inSize, outSize, a, b, magnitude }: AdapterModule, rank: number, scale: number): Float32Array => {
  const merged = new Float32Array(weight.length)
  const row = new Float64Array(inSize)
  for (let out = 0; out < outSize; out += 1) {
    row.fill(0)
    for (let r = 0; r < rank; r += 1) {
      const factor = scale * (b[out * rank + r] ?? 0)
      for (let i = 0; i < inSize; i += 1) row[i] = (row[i] ?? 0) + factor * (a[r * inSize + i] ?? 0)
    }
    for (let i = 0; i < inSize; i += 1) row[i] = (weight[out * inSize + i] ?? 0) + (row[i] ?? 0)
    const stretch = magnitude === undefined ? 1 : (magnitude[out] ?? 0) / Math.sqrt(row.reduce((total, value) => total + value * value, 0))
    for (let i = 0; i < inSize; i += 1) merged[out * inSize + i] = stretch * (row[i] ?? 0)
  }
  return merged
}

/** The same model with an adapter in its weights. Throws BadModelFile when the adapter was made for other sizes. */
export const withAdapter = (source: WeightSource, adapter: AdapterWeights): WeightSource => {
  const byWeight = new Map(adapter.modules.map((module) => [`${module.module}.weight`, module]))
  for (const [name, { inSize, outSize }] of byWeight) {
    const shape = source.shapeOf(name)
    if (shape?.join() !== [outSize, inSize].join()) {
      throw new BadModelFile({
        file: source.file, found: shape === undefined ? `no ${name}` : `[${shape.join(', ')}] for ${name}`,
        expected: `[${outSize}, ${inSize}], for which the adapter was made`, advice: 'Name the base model that the adapter was trained on.',
      })
    }
  }
  return {
    ...source,
    blocks: () => null,
    floats: (name) => {
      const module = byWeight.get(name)
      const weight = source.floats(name)
      return module === undefined ? weight : mergedWeight(weight, module, adapter.rank, adapter.alpha / adapter.rank)
    },
  }
}
