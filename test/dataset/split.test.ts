import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultShares, partsOf, type Splittable } from '../../src/dataset/split.js'

const items: fc.Arbitrary<readonly Splittable[]> = fc.array(
  fc.record({ group: fc.integer({ min: 0, max: 80 }).map((n) => `g${n}`), stratum: fc.constantFrom('start', 'set', 'cancel', 'clarify') }),
  { maxLength: 400 },
)

describe('the split into train, dev and test', () => {
  it('keeps groups whole, loses nobody, and shows every kind to the trainer', () => {
    fc.assert(fc.property(items, fc.nat(), (all, seed) => {
      const parts = partsOf(all, defaultShares, seed)
      expect([...parts.keys()].sort()).toEqual([...new Set(all.map(({ group }) => group))].sort())
      const learned = new Set(all.filter(({ group }) => parts.get(group) === 'train').map(({ stratum }) => stratum))
      const rarest = new Map<string, number>()
      for (const { stratum } of all) rarest.set(stratum, (rarest.get(stratum) ?? 0) + 1)
      // A kind that shares all its groups with a rarer one may be learned through it only.
      const [first] = [...rarest].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
      if (first !== undefined) expect(learned).toContain(first[0])
    }), { numRuns: 500 })
  })
  it('does not depend on the order of the examples', () => {
    fc.assert(fc.property(items, fc.nat(), (all, seed) => {
      expect(new Map([...partsOf([...all].reverse(), defaultShares, seed)].sort())).toEqual(new Map([...partsOf(all, defaultShares, seed)].sort()))
    }), { numRuns: 200 })
  })
  it('comes near the shares asked for', () => {
    const many = Array.from({ length: 2000 }, (_, index) => ({ group: `g${index % 1000}`, stratum: index % 3 === 0 ? 'a' : 'b' }))
    const parts = partsOf(many, defaultShares, 7)
    const share = (part: string): number => many.filter(({ group }) => parts.get(group) === part).length / many.length
    expect(Math.abs(share('dev') - defaultShares.dev)).toBeLessThan(0.03)
    expect(Math.abs(share('test') - defaultShares.test)).toBeLessThan(0.03)
  })
  it('leaves a sentence that makes up most of its kind to the trainer', () => {
    const lumps = [...Array.from({ length: 50 }, () => ({ group: 'yes', stratum: 'a' })), ...Array.from({ length: 50 }, (_, index) => ({ group: `g${index}`, stratum: 'a' }))]
    for (let seed = 0; seed < 20; seed++) expect(partsOf(lumps, defaultShares, seed).get('yes')).toBe('train')
  })
  it('takes a group that is to be learned for the trainer, whatever else is in it', () => {
    const many = Array.from({ length: 300 }, (_, index): Splittable => ({ group: `g${index % 100}`, stratum: 'a', isToLearn: index % 100 < 50 && index >= 200 }))
    const parts = partsOf(many, { train: 0.2, dev: 0.4, test: 0.4 }, 3)
    expect([...parts].filter(([group]) => Number(group.slice(1)) < 50).map(([, part]) => part)).toEqual(Array.from({ length: 50 }, () => 'train'))
    expect(new Set(parts.values())).toEqual(new Set(['train', 'dev', 'test']))
  })
  it('deals otherwise for another seed', () => {
    const many = Array.from({ length: 200 }, (_, index) => ({ group: `g${index}`, stratum: 'a' }))
    expect(partsOf(many, defaultShares, 1)).not.toEqual(partsOf(many, defaultShares, 2))
  })
})
