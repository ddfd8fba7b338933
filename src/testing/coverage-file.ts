import { Ajv, type JSONSchemaType } from 'ajv'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Coverage } from './coverage.js'
import { BadCoverageFile } from './errors.js'

/** What `attune test --coverage-out` writes and `attune visualize --coverage` reads. */
export type CoverageFile = Coverage & {
  readonly format: 'attune-coverage'
  readonly formatVersion: 1
  /** Version of the project that was tested. */
  readonly project: string
}

const count = { type: 'integer', minimum: 0 } as const
const text = { type: 'string' } as const
const schema: JSONSchemaType<CoverageFile> = {
  type: 'object',
  required: ['format', 'formatVersion', 'project', 'flows', 'commands', 'steps'],
  properties: {
    format: { type: 'string', const: 'attune-coverage' },
    formatVersion: { type: 'integer', const: 1 },
    project: text,
    commands: { type: 'object', required: [], additionalProperties: count },
    steps: { type: 'number', minimum: 0, maximum: 1 },
    flows: {
      type: 'array',
      items: {
        type: 'object',
        required: ['flow', 'file', 'line', 'steps', 'cases', 'entered', 'missing'],
        properties: {
          flow: text, file: text, line: count, steps: count, cases: count,
          entered: { type: 'array', items: { type: 'object', required: ['step', 'line', 'times', 'cases'], properties: { step: text, line: count, times: count, cases: count } } },
          missing: { type: 'array', items: { type: 'object', required: ['step', 'line'], properties: { step: text, line: count } } },
        },
      },
    },
  },
}
const isCoverage = new Ajv({ strict: true }).compile(schema)

export const writeCoverage = async (path: string, coverage: Coverage, project: string): Promise<void> => {
  const file: CoverageFile = { format: 'attune-coverage', formatVersion: 1, project, ...coverage }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(file, null, 2)}\n`)
}

/** Throws BadCoverageFile where the file holds something else, and the system's error where it cannot be read. */
export const readCoverage = async (path: string): Promise<CoverageFile> => {
  const content = parsed(path, await readFile(path, 'utf8'))
  if (isCoverage(content)) return content
  const [first] = isCoverage.errors ?? []
  throw new BadCoverageFile(path, `${first?.instancePath === '' || first === undefined ? 'the whole' : first.instancePath} ${first?.message ?? 'is not as it should be'}`)
}

const parsed = (path: string, text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new BadCoverageFile(path, 'it is no JSON')
  }
}
