import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BadDataFile } from '../../src/dataset/json-lines.js'
import { readLabelled } from '../../src/dataset/labelled.js'
import { temporaryFolder } from '../model/fixtures.js'

const written = async (text: string): Promise<string> => {
  const file = join(await temporaryFolder(), 'rows.jsonl')
  await writeFile(file, text)
  return file
}

describe('a file of labelled messages', () => {
  it('is read line by line, empty lines and other keys left out', async () => {
    const file = await written('\ufeff{"text":"where is it?","label":"a","split":"x"}\r\n\n{"text":"lost","label":"b"}')
    expect(await readLabelled(file)).toEqual([{ text: 'where is it?', label: 'a' }, { text: 'lost', label: 'b' }])
  })

  it('names all its mistakes at once, each with its line', async () => {
    const file = await written('{"text":"fine","label":"a"}\nno json\n{"text":"  ","label":"b"}\n{"text":"x"}\n["x"]\n{"text":"x","label":3}\n')
    const error = await readLabelled(file).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(BadDataFile)
    expect((error as BadDataFile).mistakes.map((mistake) => mistake.slice(file.length + 1))).toEqual([
      '2: found no JSON: no json', '3: text: found nothing but space, expected a text', "4: found a line that must have required property 'label'",
      '5: found a line that must be object', '6: label: must be string',
    ])
    expect((error as Error).message).toContain('{"text": "where is my card?"')
  })

  it('with nothing in it is refused', async () => {
    await expect(readLabelled(await written('\n'))).rejects.toThrow('expected at least one')
  })
})
