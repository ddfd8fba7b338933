import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../fetch/replace-file.js'

/** Answers of one model, by the hash of the prompt: command lines joined by newlines. */
export type Recordings = { readonly model: string; readonly answers: ReadonlyMap<string, string> }

/** Where the answers of a model lie below the folder of the tests. */
export const recordingsFile = (folder: string, model: string): string => join(folder, '.recorded', `${model.replaceAll(/[^\w.-]/g, '_').slice(0, 80)}.json`)

/** An unreadable file is no recording: the model is asked again and the file written anew. */
export const readRecordings = async (file: string, model: string): Promise<Recordings> => {
  const nothing: Recordings = { model, answers: new Map() }
  let parsed: unknown
  try {
    parsed = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return nothing
    throw error
  }
  if (typeof parsed !== 'object' || parsed === null || !('model' in parsed) || parsed.model !== model) return nothing
  if (!('answers' in parsed) || typeof parsed.answers !== 'object' || parsed.answers === null) return nothing
  const answers = Object.entries(parsed.answers).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { model, answers: new Map(answers) }
}

/** Sorted by hash, so that a change of one answer is a change of one line. */
export const writeRecordings = async (file: string, { model, answers }: Recordings): Promise<void> => {
  const sorted = [...answers].sort(([a], [b]) => (a < b ? -1 : 1))
  const text = `${JSON.stringify({ model, answers: Object.fromEntries(sorted) }, null, 1)}\n`
  await replaceFile(file, (handle) => handle.writeFile(text))
}
