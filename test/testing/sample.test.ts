import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testCommand } from '../../src/cli/test.js'
import type { Io } from '../../src/cli/command.js'
import { loadProject } from '../../src/project/load.js'
import { findTests } from '../../src/testing/find-tests.js'
import type { Understander } from '../../src/understand/understanding.js'

const root = join(import.meta.dirname, '..', '..')
const noModel = (): Promise<never> => Promise.reject(new Error('no model may be asked'))
const command = testCommand({ served: noModel, untuned: noModel })
const defaults = { project: '.', model: '', untuned: false, scripted: true, recorded: false, failFast: false, coverage: false, coverageOut: '', junit: '', json: false, watch: false, mutate: false }

const run = async (cwd: string, options: Partial<typeof defaults>, positionals: readonly string[] = [], tested = command) => {
  const [out, err]: [string[], string[]] = [[], []]
  const io: Io = { out: (text) => void out.push(text), err: (text) => void err.push(text), isTty: false, colour: false, cwd, env: {}, signal: new AbortController().signal }
  const code = await tested.run({ ...defaults, ...options }, io, positionals)
  return { code, out: out.join(''), err: err.join('') }
}

/** Stands for a model that has learned the held-out transfers by heart: sentence by sentence what the files say. */
const modelThatKnows = async (folder: string) => {
  const { project } = await loadProject(folder)
  if (project === null) throw new Error('the sample is broken')
  const { cases } = await findTests(project, ['e2e_tests/held_out/transfers.yml'])
  const known = new Map(cases.flatMap(({ turns }) => turns.flatMap(({ user }) => (user === null ? [] : [[user.text, user.commands ?? []] as const]))))
  const [asked, opened]: [string[], number[]] = [[], []]
  const understand: Understander['understand'] = async (_project, _tracker, message) => {
    asked.push(message)
    return { commands: known.get(message) ?? [], candidates: [], probability: 1, promptHash: '', modelVersion: 'bank:1', milliseconds: 0 }
  }
  return { understand, asked, opened }
}

describe('the sample bank', () => {
  it('has no problems', async () => {
    expect((await loadProject(root)).problems).toEqual([])
  })

  it('does in every conversation what the files say, and leaves no step of a flow out', async () => {
    const { code, out } = await run(root, { json: true })
    const report = JSON.parse(out) as { passed: number; cases: { name: string; outcome: string; failures: unknown }[]; coverage: { steps: number; flows: { flow: string; missing: unknown[] }[] } }
    expect(report.cases.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
    expect(report.passed).toBeGreaterThanOrEqual(85)
    expect(report.coverage.flows.filter(({ missing }) => missing.length > 0)).toEqual([])
    expect(code).toBe(0)
  })

  it('lets no interruption carry a wrong value past its check', async () => {
    const { code, out } = await run(root, { json: true }, ['test/testing/interruptions.yml'])
    const report = JSON.parse(out) as { passed: number; cases: { outcome: string }[] }
    expect(report.cases.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed', 'passed'])
    expect(code).toBe(0)
  })

  it('has tests that notice nearly every small mistake in its flows', async () => {
    const { out } = await run(root, { mutate: true })
    const [, share, count] = /([\d.]+) % of (\d+) mutants were noticed/.exec(out) ?? []
    expect(Number(count)).toBeGreaterThan(100)
    expect(Number(share)).toBeGreaterThanOrEqual(90)
  })
})

describe('attune test', () => {
  let copy: string
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'attune-sample-'))
    for (const part of ['flows', 'domain', 'data/rules', 'data/knowledge', 'actions', 'e2e_tests', 'config.yml', 'endpoints.yml']) await cp(join(root, part), join(copy, part), { recursive: true })
    // The copy lies elsewhere, so what its actions import from this repository is named in full.
    for (const file of ['bank.ts', 'ledger.ts']) {
      const text = await readFile(join(copy, 'actions', file), 'utf8')
      await writeFile(join(copy, 'actions', file), text.replaceAll('../src/', `${root}/src/`))
    }
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  it('runs one conversation by file and name', async () => {
    const { code, out, err } = await run(copy, {}, ['e2e_tests/held_out/cards.yml::emergency word starts the block by rule'])
    expect(err).toBe('e2e_tests/held_out/cards.yml .\n\n')
    expect(out).toMatch(/^1 passed in \d+\.\d\d s, scripted\n$/)
    expect(code).toBe(0)
  })

  it('ends with 1 and shows the difference when the bank forgets a limit', async () => {
    const flows = await readFile(join(copy, 'flows/payments.yml'), 'utf8')
    await writeFile(join(copy, 'flows/payments.yml'), flows.replace('slots.amount > 5000\n            then: above_limit', 'slots.amount > 50000\n            then: above_limit'))
    const { code, out } = await run(copy, { junit: 'results.xml' }, ['e2e_tests/held_out/transfers.yml::refuses more than the limit'])
    await writeFile(join(copy, 'flows/payments.yml'), flows)
    expect(code).toBe(1)
    expect(out).toContain('+ bot_uttered: utter_transfer_above_limit')
    expect(out).toContain('- bot_uttered: utter_insufficient_funds')
    expect(out).toContain('1 failed')
    expect(await readFile(join(copy, 'results.xml'), 'utf8')).toContain('failures="1"')
  })

  it.each([
    ['a file that is not there', ['e2e_tests/none.yml'], 'There is no file or folder e2e_tests/none.yml'],
    ['a case that is not there', ['e2e_tests/held_out/cards.yml::nothing'], 'has no test case "nothing"'],
  ])('ends with 2 for %s', async (_, positionals, message) => {
    const { code, err } = await run(copy, {}, positionals)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })

  it('ends with 2 for a broken project, and for options that exclude each other', async () => {
    const domain = await readFile(join(copy, 'domain/slots.yml'), 'utf8')
    await writeFile(join(copy, 'domain/slots.yml'), domain.replace('type: categorical', 'type: categoric'))
    expect((await run(copy, {})).code).toBe(2)
    await writeFile(join(copy, 'domain/slots.yml'), domain)
    expect((await run(copy, { recorded: true })).code).toBe(2)
    expect((await run(copy, { untuned: true, model: 'models/one' })).code).toBe(2)
    expect((await run(copy, { mutate: true, json: true })).code).toBe(2)
  })

  it('remembers what the model said, and does without it the next time', async () => {
    const { understand, asked, opened } = await modelThatKnows(copy)
    const remembering = testCommand({ served: async () => ({ version: 'bank:1', open: async () => { opened.push(1); return { modelVersion: 'bank:1', understand, dispose: async () => undefined } } }), untuned: noModel })
    const first = await run(copy, { scripted: false, recorded: true }, ['e2e_tests/held_out/transfers.yml'], remembering)
    expect([first.code, opened.length]).toEqual([0, 1])
    expect(asked.length).toBeGreaterThan(40)
    expect(first.out).toMatch(/turns understood exactly: (\d+) of \1 \(100\.0 %\)/)
    const before = asked.length
    const second = await run(copy, { scripted: false, recorded: true }, ['e2e_tests/held_out/transfers.yml'], remembering)
    expect([second.code, asked.length, opened.length]).toEqual([0, before, 1])
    expect(second.err).toContain('the model was asked 0 times')
  })

  it('shows the coverage of flows and commands', async () => {
    const { out } = await run(copy, { coverage: true }, ['e2e_tests/held_out/conversation.yml'])
    expect(out).toContain('flows/accounts.yml::check_balance')
    expect(out).toMatch(/human handoff +1\n/)
  })
})
