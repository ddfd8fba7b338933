import { readFile } from 'node:fs/promises'
import { isMissing } from '../fetch/cache.js'
import { encoderNames, type EncoderName } from '../fetch/ensure-encoder.js'
import { BadModelFile } from '../model/errors.js'
import { isJsonObject, type Json } from '../model/json-file.js'

/** What training has written about a model over a sentence encoder, and how a fault in it is told. */
export type TrainedFile = { readonly json: Json; readonly encoder: EncoderName; readonly bad: (found: string, expected: string) => BadModelFile }

/** Reads the JSON of such a model; null where there is none. `what` it should be is said where it is no JSON. Throws BadModelFile. */
export const readTrained = async (file: string, version: number, what: string): Promise<TrainedFile | null> => {
  const bad = (found: string, expected: string): BadModelFile => new BadModelFile({ file, found, expected, advice: 'Train again.' })
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return null
    if (error instanceof SyntaxError) throw bad('no JSON', what)
    throw error
  }
  if (!isJsonObject(json) || json['version'] !== version) throw bad(isJsonObject(json) ? `version ${JSON.stringify(json['version'])}` : 'no object', `version ${version}`)
  const named = json['encoder']
  const encoder = encoderNames.find((name) => name === named)
  if (encoder === undefined) throw bad(`${JSON.stringify(named)} for encoder`, encoderNames.join(' or '))
  return { json, encoder, bad }
}

export const isTexts = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')
