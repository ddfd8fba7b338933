import { readFile } from 'node:fs/promises'
import { isMissing } from '../fetch/cache.js'
import { replaceFile } from '../fetch/replace-file.js'
import { isJsonObject } from '../model/json-file.js'
import { BadModelFile } from '../model/errors.js'
import type { Outcome } from './calibration.js'
import type { Decoded } from './decoder.js'

/**
 * How often a decoder that is so sure is right: the logistic of slope x log odds + offset. Platt 1999, Probabilistic Outputs for Support
 * Vector Machines. Where two opinions are multiplied, as with an encoder head, both count what they agree on, and the product is too sure.
 */
export type Certainty = { readonly slope: number; readonly offset: number }

const leastDoubt = 1e-6
const logOdds = (probability: number): number => {
  const inside = Math.min(1 - leastDoubt, Math.max(leastDoubt, probability))
  return Math.log(inside / (1 - inside))
}
const logistic = (x: number): number => 1 / (1 + Math.exp(-x))

export const certain = ({ slope, offset }: Certainty, probability: number): number => logistic(slope * logOdds(probability) + offset)

/** The same commands with probabilities that mean what they say. Which is likelier than which stays as it is. */
export const withCertainty = (decoded: Decoded, certainty: Certainty | null): Decoded => {
  if (certainty === null) return decoded
  const candidates = decoded.candidates.map(({ command, probability }) => ({ command, probability: certain(certainty, probability) }))
  const total = candidates.reduce((sum, { probability }) => sum + probability, 0)
  return {
    ...decoded, probability: certain(certainty, decoded.probability),
    candidates: total <= 1 ? candidates : candidates.map(({ command, probability }) => ({ command, probability: probability / total })),
  }
}

/** Fewer outcomes than this say too little. */
const fewest = 50

/** The certainty that makes the outcomes likeliest; null where there are too few of them, none was wrong, or being sure means nothing. */
export const fittedCertainty = (outcomes: readonly Outcome[]): Certainty | null => {
  const right = outcomes.filter((outcome) => outcome.right).length
  if (outcomes.length < fewest || right === outcomes.length || right === 0) return null
  // Platt's targets stand a little inside 0 and 1, so that few outcomes do not make an extreme curve.
  const [high, low] = [(right + 1) / (right + 2), 1 / (outcomes.length - right + 2)]
  const points = outcomes.map((outcome) => ({ x: logOdds(outcome.confidence), target: outcome.right ? high : low }))
  let [certainty, loss] = [{ slope: 1, offset: 0 }, lossOf(points, { slope: 1, offset: 0 })]
  for (let round = 0; round < mostRounds; round += 1) {
    const step = newtonStep(points, certainty)
    // Whole steps of Newton's can lead away for good: Lin, Lin and Weng 2007, Machine Learning 68, section 3.
    let share = 1
    let [next, nextLoss] = [certainty, loss]
    for (; share > 1e-10; share /= 2) {
      next = { slope: certainty.slope - share * step.slope, offset: certainty.offset - share * step.offset }
      nextLoss = lossOf(points, next)
      if (nextLoss < loss) break
    }
    if (!(nextLoss < loss - 1e-12)) break
    ;[certainty, loss] = [next, nextLoss]
  }
  return certainty.slope > 0 ? certainty : null
}

const mostRounds = 100
type Point = { readonly x: number; readonly target: number }

/** Cross-entropy, summed. */
const lossOf = (points: readonly Point[], { slope, offset }: Certainty): number =>
  points.reduce((sum, { x, target }) => {
    const z = slope * x + offset
    return sum + Math.log1p(Math.exp(-Math.abs(z))) + (z > 0 ? (1 - target) * z : -target * z)
  }, 0)

const newtonStep = (points: readonly Point[], { slope, offset }: Certainty): Certainty => {
  let [bySlope, byOffset, slopeSlope, slopeOffset, offsetOffset] = [0, 0, 1e-9, 0, 1e-9]
  for (const { x, target } of points) {
    const share = logistic(slope * x + offset)
    const [error, spread] = [share - target, share * (1 - share)]
    bySlope += error * x
    byOffset += error
    slopeSlope += spread * x * x
    slopeOffset += spread * x
    offsetOffset += spread
  }
  const determinant = slopeSlope * offsetOffset - slopeOffset * slopeOffset
  return { slope: (offsetOffset * bySlope - slopeOffset * byOffset) / determinant, offset: (slopeSlope * byOffset - slopeOffset * bySlope) / determinant }
}

export const writeCertainty = (path: string, certainty: Certainty | null): Promise<void> =>
  replaceFile(path, (handle) => handle.writeFile(`${JSON.stringify(certainty)}\n`))

/** The certainty in a file; null where there is no such file or nothing was fitted. Throws BadModelFile. */
export const readCertainty = async (path: string): Promise<Certainty | null> => {
  try {
    const json: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (json === null) return null
    const { slope, offset } = isJsonObject(json) ? json : {}
    if (typeof slope === 'number' && slope > 0 && typeof offset === 'number') return { slope, offset }
  } catch (error) {
    if (isMissing(error)) return null
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new BadModelFile({ file: path, found: 'something else', expected: 'a slope above 0 and an offset', advice: 'Delete it and train again.' })
}
