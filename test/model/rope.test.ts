import { describe, expect, it } from 'vitest'
import { ropeDivisors, ropeFrequencies, ropeScalingOfDivisors, type Rope } from '../../src/model/rope.js'

const llama31: Rope = { headSize: 128, ropeTheta: 500_000, ropeScaling: { kind: 'llama3', factor: 8, lowFactor: 1, highFactor: 4, originalLength: 8192 } }
const llama32: Rope = { headSize: 64, ropeTheta: 500_000, ropeScaling: { kind: 'llama3', factor: 32, lowFactor: 1, highFactor: 4, originalLength: 8192 } }

describe('stretched rotary positions', () => {
  it('keep fast waves, stretch slow ones and go from one to the other without a step', () => {
    const divisors = ropeDivisors(llama31)
    expect(divisors[0]).toBe(1)
    expect(divisors.at(-1)).toBe(8)
    expect(divisors).toEqual(divisors.toSorted((a, b) => a - b))
    expect(ropeFrequencies(llama31)[63]).toBeCloseTo(500_000 ** (-126 / 128) / 8, 15)
  })

  it.each([['Llama 3.1', llama31], ['Llama 3.2', llama32]])('of %s are known again from what a GGUF file keeps of them', (_name, rope) => {
    expect(ropeScalingOfDivisors('a.gguf', Float32Array.from(ropeDivisors(rope)), rope)).toEqual(rope.ropeScaling)
  })

  it.each([[[1, 2, 3]], [Array<number>(32).fill(4)], [ropeDivisors(llama32).map((one, i) => (i === 30 ? 31 : one))]])('that no Llama 3 has are refused: %j', (divisors) => {
    expect(() => ropeScalingOfDivisors('a.gguf', divisors, llama32)).toThrow(/rope_freqs\.weight .* is not supported; supported: the stretching of Llama 3/)
  })
})
