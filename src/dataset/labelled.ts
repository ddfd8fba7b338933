import { readFile } from 'node:fs/promises'
import { Ajv } from 'ajv'

/** A message with the one label that is right for it. */
export type LabelledText = { readonly text: string; readonly label: string }

/** A file of labelled messages does not hold what it should. All its mistakes at once. */
export class BadLabelledFile extends Error {
  override readonly name = 'BadLabelledFile'
  constructor(readonly file: string, readonly mistakes: readonly string[]) {
    super(`${mistakes.join('\n')}\nEach line is one JSON object: {"text": "where is my card?", "label": "card_arrival"}.`)
  }
}

const ajv = new Ajv({ allErrors: true })
const validate = ajv.compile<LabelledText>({
  type: 'object',
  required: ['text', 'label'],
  properties: { text: { type: 'string', pattern: '\\S' }, label: { type: 'string', minLength: 1 } },
})

const mostMistakes = 20

/** Reads JSON lines of {text, label}; other keys are left alone. Throws BadLabelledFile, or the system's error where there is no file. */
export const readLabelled = async (file: string): Promise<readonly LabelledText[]> => (await readLabelledLines(file)).map(({ text, label }) => ({ text, label }))

/** The same, each row with its line in the file. */
export const readLabelledLines = async (file: string): Promise<readonly (LabelledText & { readonly line: number })[]> => {
  const rows: (LabelledText & { readonly line: number })[] = []
  const mistakes: string[] = []
  const lines = (await readFile(file, 'utf8')).replace(/^\ufeff/, '').split('\n')
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const found = rowOf(line)
    if (typeof found === 'string') mistakes.push(`${file}:${index + 1}: ${found}`)
    else rows.push({ ...found, line: index + 1 })
  }
  if (mistakes.length > mostMistakes) mistakes.splice(mostMistakes, Infinity, `... and ${mistakes.length - mostMistakes} lines more`)
  if (mistakes.length > 0) throw new BadLabelledFile(file, mistakes)
  if (rows.length === 0) throw new BadLabelledFile(file, [`${file}: found no line, expected at least one`])
  return rows
}

/** The row of a line, or what is wrong with it. */
const rowOf = (line: string): LabelledText | string => {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return `found no JSON: ${line.slice(0, 60)}`
  }
  if (validate(value)) return { text: value.text, label: value.label }
  return (validate.errors ?? []).map(({ instancePath, message = '', keyword }) =>
    `${instancePath === '' ? 'found' : `${instancePath.slice(1)}:`} ${keyword === 'pattern' ? 'found nothing but space, expected a text' : instancePath === '' ? `a line that ${message}` : message}`).join('; ')
}
