import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { ValidateFunction } from 'ajv'

/** A file of JSON lines does not hold what it should. All its mistakes at once. */
export class BadDataFile extends Error {
  override readonly name = 'BadDataFile'
  constructor(readonly file: string, readonly mistakes: readonly string[], expected: string) {
    super(`${mistakes.join('\n')}\n${expected}`)
  }
}

const mostMistakes = 20

/**
 * Reads a file of one JSON value a line, also one packed by gzip; each comes with the number of its line. `expected` shows what a line looks like. Throws BadDataFile, or the system's error
 * where there is no file.
 */
export const readJsonLines = async <T>(file: string, validate: ValidateFunction<T>, expected: string): Promise<readonly { readonly row: T; readonly line: number }[]> => {
  const rows: { readonly row: T; readonly line: number }[] = []
  const mistakes: string[] = []
  const lines = (await textOf(file, expected)).replace(/^\ufeff/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const found = rowOf(line, validate)
    if ('mistake' in found) mistakes.push(`${file}:${index + 1}: ${found.mistake}`)
    else rows.push({ row: found.row, line: index + 1 })
  }
  if (mistakes.length > mostMistakes) mistakes.splice(mostMistakes, Infinity, `... and ${mistakes.length - mostMistakes} lines more`)
  if (mistakes.length > 0) throw new BadDataFile(file, mistakes, expected)
  if (rows.length === 0) throw new BadDataFile(file, [`${file}: found no line, expected at least one`], expected)
  return rows
}

const textOf = async (file: string, expected: string): Promise<string> => {
  const bytes = await readFile(file)
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b
  if (!isPacked) return bytes.toString('utf8')
  try {
    return (await promisify(gunzip)(bytes)).toString('utf8')
  } catch (error) {
    throw new BadDataFile(file, [`${file}: found a gzip file that cannot be unpacked (${error instanceof Error ? error.message : String(error)}), expected a whole one`], expected)
  }
}

const rowOf = <T>(line: string, validate: ValidateFunction<T>): { readonly row: T } | { readonly mistake: string } => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { mistake: `found no JSON: ${line.slice(0, 60)}` }
  }
  if (validate(value)) return { row: value }
  return {
    mistake: (validate.errors ?? []).map(({ instancePath, message = '', keyword }) =>
      `${instancePath === '' ? 'found' : `${instancePath.slice(1)}:`} ${keyword === 'pattern' ? 'found nothing but space, expected a text' : instancePath === '' ? `a line that ${message}` : message}`).join('; '),
  }
}
