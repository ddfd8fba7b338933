import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectedCalibrationError, fittedTemperature, negativeLogLikelihood, outcomesOf, reliability, tempered, type Judged } from '../../src/understand/calibration.js'

/** Decisions of a model whose probabilities are true at `temperature`: each answer is right as often as it is then held likely. */
const judgedAt = (temperature: number, count: number): readonly Judged[] => {
  let state = 12345
  const random = (): number => (state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9 >>> 0) / 2 ** 32
  return Array.from({ length: count }, () => {
    const logits = Array.from({ length: 4 }, () => 6 * random()).sort((a, b) => b - a)
    let [draw, right] = [random(), 0]
    for (const probability of tempered(logits, temperature)) {
      draw -= probability
      if (draw < 0) break
      right++
    }
    return { logProbabilities: logits, right: Math.min(right, 3) }
  })
}

describe('calibration', () => {
  it('measures how far confidence is from accuracy', () => {
    const outcomes = [0.95, 0.95, 0.95, 0.95].map((confidence, index) => ({ confidence, right: index > 0 }))
    expect(expectedCalibrationError(outcomes)).toBeCloseTo(0.2, 9)
    expect(reliability(outcomes).at(-1)).toEqual({ from: 0.9, to: 1, count: 4, confidence: 0.95, accuracy: 0.75 })
    expect(expectedCalibrationError([])).toBe(0)
  })
  it('puts a confidence of 1 into the last bin and counts every outcome once', () => {
    fc.assert(fc.property(fc.array(fc.record({ confidence: fc.double({ min: 0, max: 1, noNaN: true }), right: fc.boolean() })), fc.integer({ min: 1, max: 30 }), (outcomes, bins) => {
      const curve = reliability(outcomes, bins)
      expect(curve.reduce((sum, { count }) => sum + count, 0)).toBe(outcomes.length)
      for (const { count, confidence, from, to } of curve) if (count > 0) expect(confidence).toSatisfy((mean: number) => mean >= from - 1e-9 && mean <= to + 1e-9)
      expect(expectedCalibrationError(outcomes, bins)).toBeLessThanOrEqual(1)
    }))
  })
  it.each([[0.5], [1], [2.5]])('finds the temperature %d at which the probabilities are true', (temperature) => {
    const judged = judgedAt(temperature, 8000)
    const fitted = fittedTemperature(judged)
    expect(fitted / temperature).toBeGreaterThan(0.93)
    expect(fitted / temperature).toBeLessThan(1.07)
    expect(expectedCalibrationError(outcomesOf(judged, fitted))).toBeLessThan(0.02)
  })
  it('lowers the error of a model that is too sure', () => {
    const judged = judgedAt(3, 4000)
    expect(expectedCalibrationError(outcomesOf(judged, fittedTemperature(judged)))).toBeLessThan(expectedCalibrationError(outcomesOf(judged)) / 3)
  })
  it('is as good as any other temperature', () => {
    const judged = judgedAt(1.7, 300)
    const best = negativeLogLikelihood(judged, fittedTemperature(judged))
    for (const temperature of [0.1, 0.5, 1, 1.4, 2, 3, 10]) expect(best).toBeLessThanOrEqual(negativeLogLikelihood(judged, temperature) + 1e-9)
  })
  it('leaves the temperature alone where nothing can be learnt', () => {
    expect(fittedTemperature([])).toBe(1)
    expect(fittedTemperature([{ logProbabilities: [-1, -2], right: null }, { logProbabilities: [0], right: 0 }])).toBe(1)
  })
  it('keeps probabilities in order and summing to one', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: -50, max: 0, noNaN: true }), { minLength: 1, maxLength: 20 }), fc.double({ min: 0.05, max: 20, noNaN: true }), (logs, temperature) => {
      const sorted = [...logs].sort((a, b) => b - a)
      const probabilities = tempered(sorted, temperature)
      expect(probabilities.reduce((sum, probability) => sum + probability, 0)).toBeCloseTo(1, 9)
      expect([...probabilities].sort((a, b) => b - a)).toEqual(probabilities)
    }))
  })
})
