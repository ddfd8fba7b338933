import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../fetch/cache.js'
import { encoderNames, type EncoderName } from '../fetch/ensure-encoder.js'
import { replaceFile } from '../fetch/replace-file.js'
import { BadModelFile } from '../model/errors.js'
import { isJsonObject } from '../model/json-file.js'
import { readSafetensors, writeSafetensors } from '../model/safetensors.js'
import { tempered } from './calibration.js'

/** What a tuned encoder knows of its labels; the adapter lies beside it in PEFT's format. */
export type LabelModel = {
  readonly encoder: EncoderName
  readonly labels: readonly string[]
  /** The label that says that no other fits. It may be one of `labels`, and is what unlikely messages get. */
  readonly outOfScope: string | null
  /** A direction of length 1 for each label, [L, C]. */
  readonly directions: Float32Array
  /** What a cosine of 1 counts as a logit, so that probabilities are calibrated. */
  readonly scale: number
  /** A message whose likeliest label in scope has less probability than this is out of scope. 0: never. */
  readonly threshold: number
}

export type Verdict = {
  readonly label: string
  /** Of the label chosen, among all. */
  readonly probability: number
  /** Of the likeliest label in scope, among all: what the threshold is held against. */
  readonly inScope: number
}

/** The verdict on a message from its embedding, [C]. */
export const verdictOf = (model: Omit<LabelModel, 'encoder'>, embedding: Float32Array): Verdict => {
  const { labels, outOfScope, threshold } = model
  const shares = tempered(logitsOf(model, embedding), 1)
  const highest = (among: readonly number[]): number => among.reduce((best, at) => ((shares[at] ?? 0) > (shares[best] ?? 0) ? at : best), among[0] ?? 0)
  const all = labels.map((_, at) => at)
  const first = highest(all)
  const inside = highest(all.filter((at) => labels[at] !== outOfScope))
  const inScope = shares[inside] ?? 0
  const isOut = outOfScope !== null && (labels[first] === outOfScope || inScope < threshold)
  return isOut
    ? { label: outOfScope, probability: Math.max(shares[labels.indexOf(outOfScope)] ?? 0, 1 - inScope), inScope }
    : { label: labels[inside] ?? '', probability: inScope, inScope }
}

/** Scaled cosines, [L]. */
export const logitsOf = ({ labels, directions, scale }: Pick<LabelModel, 'labels' | 'directions' | 'scale'>, embedding: Float32Array): readonly number[] =>
  labels.map((_, label) => {
    let sum = 0
    for (let i = 0; i < embedding.length; i += 1) sum += (embedding[i] as number) * (directions[label * embedding.length + i] as number)
    return sum * scale
  })

const version = 1
const modelFile = (folder: string): string => join(folder, 'labels.json')
const directionsFile = (folder: string): string => join(folder, 'directions.safetensors')

/** Writes all but the adapter. */
export const writeLabelModel = async (folder: string, { directions, ...rest }: LabelModel): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const { length } = rest.labels
  await writeSafetensors(directionsFile(folder), [{ name: 'directions', shape: [length, directions.length / length], type: 'F32', numbers: () => directions }])
  await replaceFile(modelFile(folder), (handle) => handle.writeFile(`${JSON.stringify({ version, ...rest }, null, 2)}\n`))
}

/** Reads what `writeLabelModel` wrote; null where the folder has none. Throws BadModelFile. */
export const readLabelModel = async (folder: string): Promise<LabelModel | null> => {
  const file = modelFile(folder)
  const bad = (found: string, expected: string): BadModelFile => new BadModelFile({ file, found, expected, advice: 'Train again.' })
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return null
    if (error instanceof SyntaxError) throw bad('no JSON', 'a model of labels')
    throw error
  }
  if (!isJsonObject(json) || json['version'] !== version) throw bad(isJsonObject(json) ? `version ${JSON.stringify(json['version'])}` : 'no object', `version ${version}`)
  const { labels, outOfScope, scale, threshold } = json
  const encoder = encoderNames.find((name) => name === json['encoder'])
  if (encoder === undefined) throw bad(`${JSON.stringify(json['encoder'])} for encoder`, encoderNames.join(' or '))
  if (!isTexts(labels) || labels.length < 2) throw bad('no labels', 'a list of at least two texts')
  if (typeof scale !== 'number' || typeof threshold !== 'number' || (outOfScope !== null && typeof outOfScope !== 'string')) {
    throw bad('entries of other types', 'scale and threshold as numbers, outOfScope as a text or null')
  }
  const numbers = await readSafetensors(directionsFile(folder))
  try {
    const [rows] = numbers.tensors.get('directions')?.shape ?? []
    if (rows !== labels.length) throw bad(`${labels.length} labels and ${rows ?? 'no'} directions`, 'one for each label')
    return { encoder, labels, outOfScope, scale, threshold, directions: numbers.floats('directions') }
  } finally {
    await numbers.close()
  }
}

const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')
