import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withDefaults } from '../../src/train/options.js'
import { batchOf, packed, shapeFor, targetsOf, totalWeight } from '../../src/train/packing.js'
import { planOf } from '../../src/train/plan.js'
import type { Sequence } from '../../src/train/sequences.js'

/** Token ids tell which sequence (of shared tokens: which family) and place they are from, so that a batch can be read back. */
const sequence = (index: number, length: number, completion: number, weight = 1, family = index, most = 0): Sequence => {
  const shared = Math.min(most, length - completion)
  const places = Array.from({ length: completion }, (_, at) => length - completion + at)
  return {
    ids: Int32Array.from({ length }, (_, at) => 1 + (at < shared ? 500_000 + family : index) * 1000 + at),
    places: Int32Array.from(places),
    labels: Int32Array.from(places, (place) => 1 + index * 1000 + place + 1),
    weight,
    family,
    shared,
  }
}

const sequences = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 80 },
).map((sizes) => {
  const completions = sizes.map(([length, completion]) => Math.min(completion, length))
  // Families 1 to 4 share what their shortest prompt has; a sequence of family 0 stands alone.
  const sharedBy = (family: number): number => (family === 0 ? 0
    : Math.min(...sizes.flatMap(([length, , one], index) => (one === family ? [length - completions[index]!] : []))))
  return sizes.map(([length, , family], index) => sequence(index, length, completions[index]!, 1 + index % 3, family === 0 ? 100 + index : family, sharedBy(family)))
})

const batchTokens = fc.integer({ min: 128, max: 2000 })

describe('packing', () => {
  it('puts each sequence whole into exactly one batch, and never two into one place', () => {
    fc.assert(fc.property(sequences, batchTokens, (all, tokens) => {
      const shape = shapeFor(all, tokens)
      const batches = packed(all, all.map((_, index) => index), shape)
      expect(batches.flatMap(({ placed }) => placed.map(({ index }) => index)).sort((a, b) => a - b)).toEqual(all.map((_, index) => index))
      for (const one of batches) {
        const { ids, positions, segments, parents } = batchOf(all, one)
        expect(ids.length).toBe(shape.rows * shape.length)
        one.placed.forEach(({ index, row, root, start }, segment) => {
          const { ids: whole, shared } = all[index]!
          const own = whole.length - shared
          expect(start + own).toBeLessThanOrEqual(shape.length)
          const [first, at] = [row * shape.length + root, row * shape.length + start]
          expect([...ids.subarray(first, first + shared), ...ids.subarray(at, at + own)]).toEqual([...whole])
          expect([...positions.subarray(first, first + shared), ...positions.subarray(at, at + own)]).toEqual([...whole.keys()])
          expect(new Set(segments.subarray(at, at + own))).toEqual(new Set([segment]))
          if (shared > 0) expect(new Set(parents.subarray(at, at + own))).toEqual(new Set(segments.subarray(first, first + shared)))
          expect([...segments].filter((other, place) => other === segment && Math.floor(place / shape.length) === row)).toHaveLength(own)
        })
        const bundles = new Map(one.placed.map(({ index, row, root }) => [`${row} ${root}`, all[index]!.shared]))
        const tokens = one.placed.reduce((total, { index }) => total + all[index]!.ids.length - all[index]!.shared, 0)
        expect(ids.filter((id) => id > 0).length).toBe(tokens + [...bundles.values()].reduce((total, shared) => total + shared, 0))
      }
    }))
  })

  it('asks at each place of a completion for the token that follows there, with the weight of the example', () => {
    fc.assert(fc.property(sequences, batchTokens, (all, tokens) => {
      const shape = shapeFor(all, tokens)
      for (const one of packed(all, all.map((_, index) => index), shape)) {
        const { ids } = batchOf(all, one)
        const { picks, labels, weights, sequences: owners } = targetsOf(all, one, 0.5)
        expect(picks.length).toBe(shape.picks)
        expect(owners.length).toBe(one.placed.reduce((total, { index }) => total + all[index]!.places.length, 0))
        owners.forEach((owner, slot) => {
          expect(labels[slot]).toBe((ids[picks[slot]!] ?? 0) + 1)
          expect(weights[slot]).toBe(all[owner]!.weight * 0.5)
        })
        expect(weights.subarray(owners.length).every((weight) => weight === 0)).toBe(true)
        expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(totalWeight(all, [one]) * 0.5)
      }
    }))
  })

  it('fills batches of turns like ours to nine tenths', () => {
    const all = Array.from({ length: 1000 }, (_, index) => sequence(index, 35 + index * 7919 % 50, 5 + index % 9))
    const shape = shapeFor(all, 1920)
    const batches = packed(all, all.map((_, index) => index), shape)
    const tokens = all.reduce((total, { ids }) => total + ids.length, 0)
    expect(tokens / (batches.length * shape.rows * shape.length)).toBeGreaterThan(0.9)
  })
})

describe('a plan', () => {
  const all = Array.from({ length: 100 }, (_, index) => sequence(index, 30 + index % 40, 6))
  const shape = shapeFor(all, 512)
  const options = withDefaults({ epochs: 3, accumulate: 2, evaluationsPerEpoch: 2, seed: 5 })

  it('shows each example once in an epoch, in another order in each', () => {
    const plan = planOf(all, shape, options)
    const orders = [0, 1, 2].map((epoch) => plan.filter((step) => step.epoch === epoch)
      .flatMap(({ batches }) => batches.flatMap(({ placed }) => placed.map(({ index }) => index))))
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual(all.map((_, index) => index))
    expect(orders[0]).not.toEqual(orders[1])
  })

  it('is the same for the same seed and another for another', () => {
    expect(planOf(all, shape, options)).toEqual(planOf(all, shape, options))
    expect(planOf(all, shape, options)).not.toEqual(planOf(all, shape, { ...options, seed: 6 }))
  })

  it('looks at dev as often as asked, and at the end of each epoch', () => {
    const plan = planOf(all, shape, options)
    for (const epoch of [0, 1, 2]) {
      const steps = plan.filter((step) => step.epoch === epoch)
      expect(steps.filter(({ evaluate }) => evaluate)).toHaveLength(2)
      expect(steps.at(-1)?.evaluate).toBe(true)
    }
  })
})
