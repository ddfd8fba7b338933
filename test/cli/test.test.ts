import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { exit, type Io } from '../../src/cli/command.js'
import { testCommand } from '../../src/cli/test.js'
import { bankFiles } from '../assistant/bank.js'

const folder = mkdtempSync(join(tmpdir(), 'attune-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const files: Readonly<Record<string, string>> = {
  ...bankFiles, 'actions/pay.mjs': 'export const actions = { action_pay: () => ({}) }',
  'data/knowledge/fees.yml': 'knowledge:\n  - title: fees\n    questions: [what are the fees]\n    answer: None at all.\n  - {title: hours}\n',
  'e2e_tests/fees.yml': 'test_cases:\n  - test_case: fees\n    steps:\n      - user: what are the fees\n        commands: [provide info]\n      - bot: None at all.\n',
}
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

const nobody = (): Promise<never> => Promise.reject(new Error('a scripted test asks no model'))
const command = testCommand({ served: nobody, untuned: nobody })
const defaults = Object.fromEntries(Object.entries(command.options).map(([name, spec]) => [name, spec.default])) as Parameters<typeof command.run>[0]
const run = async (given: Partial<typeof defaults>): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  let out = ''
  let err = ''
  const io: Io = { out: (text) => { out += text }, err: (text) => { err += text }, isTty: false, colour: false, cwd: folder, env: {}, signal: new AbortController().signal }
  return { code: await command.run({ ...defaults, ...given }, io, []), out, err }
}

describe('attune test', () => {
  it('answers from the knowledge that the loader has read, and tells of its mistakes once, with the line', async () => {
    const { code, err } = await run({ scripted: true, mutate: true })
    expect(code).toBe(exit.ok)
    expect(err.match(/data\/knowledge\/fees.yml:5:5: error: .*\n\n {3}5 \| {3}- \{title: hours\}\n/g)).toHaveLength(1)
    expect(err.match(/knowledge\/fees\.yml/g)).toHaveLength(1)
  })
})
