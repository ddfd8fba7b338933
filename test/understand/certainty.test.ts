import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomOf } from '../../src/dataset/random.js'
import { expectedCalibrationError } from '../../src/understand/calibration.js'
import { certain, fittedCertainty, readCertainty, withCertainty, writeCertainty } from '../../src/understand/certainty.js'
import { temporaryFolder } from '../model/fixtures.js'

/** A model that counts its evidence twice: so sure that it says the odds squared. */
const tooSure = (count: number) => {
  const random = randomOf('too sure')
  return Array.from({ length: count }, () => {
    const truth = 0.5 + random.next() / 2
    const odds = (truth / (1 - truth)) ** 2
    return { confidence: odds / (1 + odds), right: random.chance(truth) }
  })
}

describe('the certainty of a model', () => {
  it('that counts evidence twice is halved, and its probabilities come to mean what they say', () => {
    const outcomes = tooSure(4000)
    const certainty = fittedCertainty(outcomes)
    if (certainty === null) throw new Error('nothing fitted')
    expect(certainty.slope).toBeCloseTo(0.5, 1)
    expect(certainty.offset).toBeCloseTo(0, 0)
    const fresh = tooSure(8000).slice(4000)
    expect(expectedCalibrationError(fresh)).toBeGreaterThan(0.08)
    expect(expectedCalibrationError(fresh.map(({ confidence, right }) => ({ confidence: certain(certainty, confidence), right })))).toBeLessThan(0.03)
  })

  it('is found where nearly all messages are sure, and some of them wrong', () => {
    const outcomes = Array.from({ length: 300 }, (_, at) => ({ confidence: at < 200 ? 1 - 1e-9 : 0.999 - at / 1000, right: at % 5 !== 0 }))
    const certainty = fittedCertainty(outcomes)
    if (certainty === null) return // being sure meant nothing: left alone
    expect(certainty.slope).toBeLessThan(1)
    const mean = outcomes.reduce((sum, { confidence }) => sum + certain(certainty, confidence), 0) / outcomes.length
    expect(mean).toBeCloseTo(0.8, 1)
  })

  it('always makes the outcomes at least as likely as before, whatever they are', () => {
    const outcome = fc.record({ confidence: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(1, 1 - 1e-12, 0)), right: fc.boolean() })
    fc.assert(fc.property(fc.array(outcome, { minLength: 60, maxLength: 120 }), (outcomes) => {
      const certainty = fittedCertainty(outcomes)
      if (certainty === null) return
      const share = outcomes.filter(({ right }) => right).length / outcomes.length
      const mean = outcomes.reduce((sum, { confidence }) => sum + certain(certainty, confidence), 0) / outcomes.length
      expect(Math.abs(mean - share)).toBeLessThan(0.05) // as often right as it says, all in all
    }))
  })

  it.each([
    ['few messages', tooSure(20)], ['nothing wrong', tooSure(100).map((one) => ({ ...one, right: true }))], ['nothing right', tooSure(100).map((one) => ({ ...one, right: false }))],
    ['wrong where it is sure', tooSure(400).map((one) => ({ ...one, right: one.confidence < 0.8 }))],
  ])('is left alone after %s', (_what, outcomes) => {
    expect(fittedCertainty(outcomes)).toBeNull()
  })

  it('never changes what is likelier, and keeps probabilities that add up', () => {
    const command = { command: 'cannot handle' } as const
    fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }), fc.double({ min: 0.1, max: 4, noNaN: true }), fc.double({ min: -2, max: 2, noNaN: true }), (given, slope, offset) => {
      const total = given.reduce((sum, one) => sum + one, 0)
      const shares = given.map((one) => (total > 1 ? one / total : one)).sort((a, b) => b - a)
      const { candidates } = withCertainty({ commands: [command], probability: shares[0] ?? 0, candidates: shares.map((probability) => ({ command, probability })), calls: 1 }, { slope, offset })
      const found = candidates.map(({ probability }) => probability)
      expect(found).toEqual([...found].sort((a, b) => b - a))
      expect(found.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(1 + 1e-9)
    }))
  })

  it('is read as it was written, and a file with something else is refused', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'certainty.json')
    expect(await readCertainty(file)).toBeNull()
    await writeCertainty(file, { slope: 0.5, offset: -0.1 })
    expect(await readCertainty(file)).toEqual({ slope: 0.5, offset: -0.1 })
    await writeCertainty(file, null)
    expect(await readCertainty(file)).toBeNull()
    for (const text of ['{"slope": -1, "offset": 0}', '[1]', '{']) {
      await writeFile(file, text)
      await expect(readCertainty(file)).rejects.toThrow('a slope above 0')
    }
  })
})
