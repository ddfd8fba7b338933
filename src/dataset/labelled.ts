import { Ajv } from 'ajv'
import { readJsonLines } from './json-lines.js'

/** A message with the one label that is right for it. */
export type LabelledText = { readonly text: string; readonly label: string }

const validate = new Ajv({ allErrors: true }).compile<LabelledText>({
  type: 'object',
  required: ['text', 'label'],
  properties: { text: { type: 'string', pattern: '\\S' }, label: { type: 'string', minLength: 1 } },
})

/** Reads JSON lines of {text, label}; other keys are left alone. Throws BadDataFile, or the system's error where there is no file. */
export const readLabelled = async (file: string): Promise<readonly LabelledText[]> => (await readLabelledLines(file)).map(({ text, label }) => ({ text, label }))

/** The same, each row with its line in the file. */
export const readLabelledLines = async (file: string): Promise<readonly (LabelledText & { readonly line: number })[]> =>
  (await readJsonLines(file, validate, 'Each line is one JSON object: {"text": "where is my card?", "label": "card_arrival"}.')).map(({ row: { text, label }, line }) => ({ text, label, line }))
