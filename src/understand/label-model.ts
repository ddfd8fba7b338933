import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { EncoderName } from '../fetch/ensure-encoder.js'
import { replaceFile } from '../fetch/replace-file.js'
import { readSafetensors, writeSafetensors } from '../model/safetensors.js'
import { logSoftmax } from './logit-source.js'
import { cosinesWith, neighbourShares, type Neighbours } from './neighbours.js'
import { tempered } from './calibration.js'
import { isTexts, readTrained } from './trained-file.js'

/** What a tuned encoder knows of its labels; the adapter lies beside it in PEFT's format. */
export type LabelModel = {
  readonly encoder: EncoderName
  readonly labels: readonly string[]
  /** The label that says that no other fits. It may be one of `labels`, and is what unlikely messages get. */
  readonly outOfScope: string | null
  /** A direction of length 1 for each label, [L, C]. */
  readonly directions: Float32Array
  /** What a cosine of 1 counts as a logit. */
  readonly scale: number
  readonly neighbours: Neighbours
  /** What the neighbours' logarithms count beside those of the directions. */
  readonly neighbourWeight: number
  /** Divides both together, so that probabilities are calibrated. */
  readonly temperature: number
  /** A message that is less familiar than this is out of scope. -2: none is. */
  readonly threshold: number
}

export type Verdict = {
  readonly label: string
  /** Of the label chosen, among all. */
  readonly probability: number
}

/** What is made of a message before anything is decided. */
export type Reading = {
  /** What directions and neighbours say, each as logarithms of probabilities, [L]. */
  readonly byDirection: readonly number[]
  readonly byNeighbour: readonly number[]
  /** How near the message lies to what was learned in scope: cosine with the nearest direction and with the nearest message, added. */
  readonly familiarity: number
}

export const readingOf = ({ labels, outOfScope, directions, scale, neighbours }: LabelModel, embedding: Float32Array): Reading => {
  const [toDirections, toNeighbours] = [cosinesWith(directions, embedding), cosinesWith(neighbours.embeddings, embedding)]
  const isInside = (label: number | undefined): boolean => label !== undefined && labels[label] !== outOfScope
  const highest = (cosines: Float64Array, labelOf: (at: number) => number | undefined): number =>
    cosines.reduce((most, cosine, at) => (cosine > most && isInside(labelOf(at)) ? cosine : most), -1)
  return {
    byDirection: logSoftmax(Array.from(toDirections, (cosine) => cosine * scale)),
    byNeighbour: neighbourShares(neighbours.labels, toNeighbours, labels.length),
    familiarity: highest(toDirections, (at) => at) + highest(toNeighbours, (at) => neighbours.labels[at]),
  }
}

export const verdictOf = (model: LabelModel, embedding: Float32Array): Verdict => verdictFrom(model, readingOf(model, embedding))

export const verdictFrom = ({ labels, outOfScope, threshold, temperature, neighbourWeight }: LabelModel, { byDirection, byNeighbour, familiarity }: Reading): Verdict => {
  const shares = tempered(byDirection.map((score, label) => score + neighbourWeight * (byNeighbour[label] ?? 0)), temperature)
  const likeliest = (among: readonly number[]): number => among.reduce((best, at) => ((shares[at] ?? 0) > (shares[best] ?? 0) ? at : best), among[0] ?? 0)
  const all = labels.map((_, at) => at)
  const first = likeliest(all)
  if (outOfScope !== null && (labels[first] === outOfScope || familiarity < threshold)) {
    const share = shares[labels.indexOf(outOfScope)] ?? 0
    return { label: outOfScope, probability: labels[first] === outOfScope ? share : Math.max(share, 1 - (shares[first] ?? 0)) }
  }
  return { label: labels[first] ?? '', probability: shares[first] ?? 0 }
}

const version = 1
const modelFile = (folder: string): string => join(folder, 'labels.json')
const numbersFile = (folder: string): string => join(folder, 'directions.safetensors')

/** Writes all but the adapter. */
export const writeLabelModel = async (folder: string, { directions, neighbours: { embeddings, labels: neighbourLabels }, ...rest }: LabelModel): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const size = directions.length / rest.labels.length
  await writeSafetensors(numbersFile(folder), [
    { name: 'directions', shape: [rest.labels.length, size], type: 'F32', numbers: () => directions },
    { name: 'neighbours', shape: [neighbourLabels.length, size], type: 'F16', numbers: () => embeddings },
  ])
  await replaceFile(modelFile(folder), (handle) => handle.writeFile(`${JSON.stringify({ version, ...rest, neighbourLabels: [...neighbourLabels] })}\n`))
}

/** Reads what `writeLabelModel` wrote; null where the folder has none. Throws BadModelFile. */
export const readLabelModel = async (folder: string): Promise<LabelModel | null> => {
  const found = await readTrained(modelFile(folder), version, 'a model of labels')
  if (found === null) return null
  const { json, encoder, bad } = found
  const { labels, outOfScope, scale, threshold, neighbourWeight, temperature, neighbourLabels } = json
  if (!isTexts(labels) || labels.length < 2) throw bad('no labels', 'a list of at least two texts')
  if (![scale, threshold, neighbourWeight, temperature].every(isNumber) || (outOfScope !== null && typeof outOfScope !== 'string')) {
    throw bad('entries of other types', 'scale, threshold, neighbourWeight and temperature as numbers, outOfScope as a text or null')
  }
  if (!Array.isArray(neighbourLabels) || !neighbourLabels.every((at) => isNumber(at) && at in labels)) throw bad('other neighbourLabels', 'numbers of labels')
  const numbers = await readSafetensors(numbersFile(folder))
  try {
    const rows = ['directions', 'neighbours'].map((name) => numbers.tensors.get(name)?.shape[0])
    if (rows[0] !== labels.length || rows[1] !== neighbourLabels.length) {
      throw bad(`${labels.length} labels and ${neighbourLabels.length} neighbours`, `${rows.join(' and ')}, as many as in directions.safetensors`)
    }
    return {
      encoder, labels, outOfScope, scale: Number(scale), threshold: Number(threshold), neighbourWeight: Number(neighbourWeight), temperature: Number(temperature),
      directions: numbers.floats('directions'), neighbours: { embeddings: numbers.floats('neighbours'), labels: Int32Array.from(neighbourLabels) },
    }
  } finally {
    await numbers.close()
  }
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
