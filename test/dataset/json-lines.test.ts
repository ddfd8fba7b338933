import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { readJsonLines, type BadDataFile } from '../../src/dataset/json-lines.js'
import { temporaryFolder } from '../model/fixtures.js'

const validate = new Ajv().compile<{ readonly n: number }>({ type: 'object', required: ['n'], properties: { n: { type: 'integer' } } })
const read = async (bytes: string | Buffer): Promise<readonly { readonly row: { readonly n: number }; readonly line: number }[]> => {
  const file = join(await temporaryFolder(), 'rows.jsonl')
  await writeFile(file, bytes)
  return readJsonLines(file, validate, 'Each line is {"n": 1}.')
}

describe('a file of JSON lines', () => {
  it('is read as text and packed by gzip alike', async () => {
    const text = '{"n":1}\n\n{"n":2}\n'
    const rows = [{ row: { n: 1 }, line: 1 }, { row: { n: 2 }, line: 3 }]
    expect(await read(text)).toEqual(rows)
    expect(await read(gzipSync(text))).toEqual(rows)
  })

  it('that was cut off while packed is refused, and says so', async () => {
    await expect(read(gzipSync('{"n":1}\n').subarray(0, 20))).rejects.toThrow(/found a gzip file that cannot be unpacked .*, expected a whole one/)
  })

  it('tells twenty mistakes and how many more there are', async () => {
    const error = await read('{}\n'.repeat(25)).catch((caught: unknown) => caught)
    expect((error as BadDataFile).mistakes).toHaveLength(21)
    expect((error as BadDataFile).mistakes.at(-1)).toBe('... and 5 lines more')
  })
})
