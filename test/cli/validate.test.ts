import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import { validate } from '../../src/cli/validate.js'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'attune-validate-'))
  await mkdir(join(root, 'flows'))
})
afterEach(async () => rm(root, { recursive: true, force: true }))

const good = 'flows:\n  a:\n    description: a\n    steps: [{action: utter_hi}]\nresponses:\n  utter_hi: [{text: hi}]\n'
const run = async (options: { readonly json?: boolean; readonly strict?: boolean } = {}): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  let out = ''
  let err = ''
  const code = await validate.run({ project: '.', json: false, strict: false, ...options }, {
    out: (text) => (out += text), err: (text) => (err += text), isTty: false, colour: false, cwd: root, env: {}, signal: new AbortController().signal,
  }, [])
  return { code, out, err }
}

describe('attune validate', () => {
  it('praises a clean project in one line', async () => {
    await writeFile(join(root, 'flows/a.yml'), good)
    expect(await run()).toEqual({ code: exit.ok, out: '', err: expect.stringMatching(/^No problems in 1 file: 1 flow, 11 slots, \d+ responses, no rules\.\n$/) as string })
  })

  it('fails with errors, and shows them all in the order of the files', async () => {
    await writeFile(join(root, 'flows/b.yml'), good.replace('  a:', '  b:').replace('utter_hi}', 'utter_ho}'))
    await writeFile(join(root, 'flows/a.yml'), 'flows:\n  a:\n    steps: [{action: action_x}]\n')
    const { code, err } = await run()
    expect(code).toBe(exit.failed)
    expect(err.match(/^\S+: (error|warning)/gm)).toEqual(['flows/a.yml:3:5: error', 'flows/a.yml:3:22: error', 'flows/b.yml:4:22: error', 'flows/b.yml:6:3: warning'])
    expect(err).toMatch(/\n3 errors and 1 warning in 2 files\.\n$/)
  })

  it('reads the knowledge too, and tells of each mistake once, with its place, in the order of the files', async () => {
    await writeFile(join(root, 'flows/a.yml'), `${good}slots: {x: {type: text}}\n`)
    await mkdir(join(root, 'data/knowledge'), { recursive: true })
    await writeFile(join(root, 'data/knowledge/facts.yml'), 'knowledge:\n  - title: one\n    answer: No questions.\n  - {title: two, questions: [What?], answer: This., colour: red}\n')
    await writeFile(join(root, 'data/knowledge/torn.yml'), 'knowledge: [\n')
    await writeFile(join(root, 'data/knowledge/bank.yml'), 'knowledge:\n  - title: Hours\n    questions: [when]\n')
    const { code, err } = await run()
    expect(code).toBe(exit.failed)
    expect(err.match(/^\S+: error|\[[a-z-]+\]$/gm)).toEqual([
      'data/knowledge/bank.yml:2:5: error', '[missing-key]',
      'data/knowledge/facts.yml:2:5: error', '[missing-key]', 'data/knowledge/facts.yml:4:53: error', '[unknown-key]', 'data/knowledge/torn.yml:2:1: error', '[yaml-syntax]',
      '[unused-slot]',
    ])
    expect(err).toContain('   2 |   - title: one\n')
    expect(err).toContain('\n4 errors and 1 warning in 4 files.\n')
  })

  it('lets warnings fail only when asked to', async () => {
    await writeFile(join(root, 'flows/a.yml'), `${good}slots: {x: {type: text}}\n`)
    expect((await run()).code).toBe(exit.ok)
    expect(await run({ strict: true })).toMatchObject({ code: exit.failed, err: expect.stringContaining('1 warning in 1 file: 1 flow') as string })
  })

  it('writes one JSON object for programs', async () => {
    await writeFile(join(root, 'flows/a.yml'), good.replace('utter_hi}', 'utter_h}'))
    const { code, out, err } = await run({ json: true })
    expect([code, err]).toEqual([exit.failed, ''])
    expect(JSON.parse(out)).toMatchObject({
      ok: false, errors: 1, warnings: 1, version: null,
      problems: [{ code: 'unknown-response', severity: 'error', place: { file: 'flows/a.yml', line: 4, column: 22 }, found: 'utter_h', suggestion: 'utter_hi' }, { code: 'unused-response' }],
    })
    await writeFile(join(root, 'flows/a.yml'), good)
    expect(JSON.parse((await run({ json: true })).out)).toMatchObject({ ok: true, problems: [], version: expect.stringMatching(/^[0-9a-f]{64}$/) as string })
  })

  it('says so when there is no such folder', async () => {
    await rm(root, { recursive: true })
    expect(await run()).toMatchObject({ code: exit.failed, err: expect.stringContaining('cannot be read (ENOENT)') as string })
  })
})
