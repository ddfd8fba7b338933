import { readFile, stat } from 'node:fs/promises'
import { BadModelFile } from './errors.js'

export type Json = Readonly<Record<string, unknown>>

/** Well above the largest known (a tokenizer.json of 256,000 tokens takes 35 MB). */
const largestFile = 256 * 1024 * 1024

export const isJsonObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object in a JSON file. Throws BadModelFile when it holds none, and the system's error when it cannot be read. */
export const readJsonObject = async (file: string): Promise<Json> => {
  const { size } = await stat(file)
  if (size > largestFile) throw new BadModelFile({ file, found: `${size} bytes`, expected: `at most ${largestFile}` })
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new BadModelFile({ file, found: 'no JSON', expected: 'a JSON object', advice: 'Fetch the file again.' })
  }
  if (!isJsonObject(value)) throw new BadModelFile({ file, found: 'JSON that is no object', expected: 'a JSON object' })
  return value
}
