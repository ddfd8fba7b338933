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

/** The certainty that makes the outcomes likeliest, by Newton's method; null where there are too few of them, or none was wrong. */
export const fittedCertainty = (outcomes: readonly Outcome[]): Certainty | null => {
  const right = outcomes.filter((outcome) => outcome.right).length
  if (outcomes.length < fewest || right === outcomes.length || right === 0) return null
  // Platt's targets stand a little inside 0 and 1, so that few outcomes do not make an extreme curve.
  const [high, low] = [(right + 1) / (right + 2), 1 / (outcomes.length - right + 2)]
  let [slope, offset] = [1, 0]
  for (let round = 0; round < 100; round += 1) {
    let [gradientSlope, gradientOffset, slopeSlope, slopeOffset, offsetOffset] = [0, 0, 1e-6, 0, 1e-6]
    for (const { confidence, right: isRight } of outcomes) {
      const x = logOdds(confidence)
      const share = logistic(slope * x + offset)
      const [error, spread] = [share - (isRight ? high : low), share * (1 - share)]
      gradientSlope += error * x
      gradientOffset += error
      slopeSlope += spread * x * x
      slopeOffset += spread * x
      offsetOffset += spread
    }
    const determinant = slopeSlope * offsetOffset - slopeOffset * slopeOffset
    const [stepSlope, stepOffset] = [
      (offsetOffset * gradientSlope - slopeOffset * gradientOffset) / determinant, (slopeSlope * gradientOffset - slopeOffset * gradientSlope) / determinant,
    ]
    slope -= stepSlope
    offset -= stepOffset
    if (Math.abs(stepSlope) + Math.abs(stepOffset) < 1e-9) break
  }
  return slope > 0 && Number.isFinite(slope) && Number.isFinite(offset) ? { slope, offset } : null
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
