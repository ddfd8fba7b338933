import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import { proveCommand } from '../../src/cli/prove.js'
import { testCommand } from '../../src/cli/test.js'
import { loadProject } from '../../src/project/load.js'

const root = resolve(import.meta.dirname, '../..')
type Run = { readonly code: number; readonly out: string; readonly err: string }
type Io = Parameters<typeof proveCommand.run>[1]
const ioOf = (cwd: string, signal = new AbortController().signal): { readonly io: Io; readonly told: () => { readonly out: string; readonly err: string } } => {
  let [out, err] = ['', '']
  return { io: { out: (text) => (out += text), err: (text) => (err += text), isTty: false, colour: false, cwd, env: {}, signal }, told: () => ({ out, err }) }
}
type Options = Parameters<typeof proveCommand.run>[0]
const run = async (cwd: string, options: Partial<Options> = {}, signal?: AbortSignal): Promise<Run> => {
  const { io, told } = ioOf(cwd, signal)
  const code = await proveCommand.run({ project: '.', property: '', depth: 100, states: 20_000, seconds: 30, out: '.attune/counterexamples', json: false, ...options }, io, [])
  return { code, ...told() }
}

describe('the sample bank', () => {
  it('has seventeen properties, and no conversation is found that violates one', async () => {
    const { project } = await loadProject(root)
    expect(project?.properties).toHaveLength(17)
    // Bounded by states, not by time: what is looked at must not depend on how busy the machine is.
    const { code, out } = await run(root, { json: true, states: 150, seconds: 900 })
    const { ok, properties } = JSON.parse(out) as { ok: boolean; properties: { property: string; verdict: string; stopped?: string }[] }
    expect(properties.map(({ verdict, stopped }) => (verdict === 'bounded' ? stopped : verdict)).filter((known) => known !== 'states' && known !== 'proven')).toEqual([])
    expect([ok, code]).toEqual([true, exit.ok])
  }, 240_000)
})

describe('attune prove', () => {
  let copy: string
  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), 'attune-prove-'))
    for (const part of ['flows', 'domain', 'data/rules', 'data/examples/samples.yml', 'properties.yml', 'config.yml']) await cp(join(root, part), join(copy, part), { recursive: true })
  })
  afterAll(() => rm(copy, { recursive: true, force: true }))

  const broken = async (file: string, from: string, to: string): Promise<void> => {
    const text = await readFile(join(root, file), 'utf8')
    expect(text).toContain(from)
    await writeFile(join(copy, file), text.replace(from, to))
  }
  const mended = (file: string): Promise<void> => cp(join(root, file), join(copy, file))

  it.each([
    ['a confirmation that is not heeded', 'transfers_are_confirmed', 'flows/payments.yml', '          - else:\n              - action: utter_transfer_declined\n                next: END\n', '          - else: execute\n'],
    ['two branches that are swapped', 'contacts_are_removed_on_request', 'flows/contacts.yml', '          - if: slots.remove_contact_confirmed\n', '          - if: not slots.remove_contact_confirmed\n'],
    ['a guard that is left out', 'frozen_accounts_send_nothing', 'flows/payments.yml', '    if: not slots.account_frozen\n', ''],
  ])('finds %s by the shortest conversation, as a test that fails', async (_, property, file, from, to) => {
    await broken(file, from, to)
    const { code, out, err } = await run(copy, { property })
    expect(err).toBe('')
    expect(code).toBe(exit.failed)
    const written = `.attune/counterexamples/${property}.yml`
    await expect(`${out}\n${await readFile(join(copy, written), 'utf8')}`).toMatchFileSnapshot(`golden/${property}.txt`)

    const { io, told } = ioOf(copy)
    const model = async (): Promise<never> => { throw new Error('no model is needed') }
    const test = testCommand({ served: model, untuned: model })
    const given = { project: '.', model: '', untuned: false, scripted: true, recorded: false, failFast: false, coverage: false, coverageOut: '', junit: '', json: false, watch: false, mutate: false }
    await writeFile(join(copy, 'endpoints.yml'), 'action_endpoint: {url: "http://localhost:1"}\n') // stubs answer for every action
    expect(await test.run(given, io, [written])).toBe(exit.failed)
    expect(told().out).toContain(`+ property_holds: ${property}`)
    await mended(file)
    expect(await test.run(given, ioOf(copy).io, [written])).toBe(exit.ok)
  })

  it('tells what is known when it is interrupted', async () => {
    const over = new AbortController()
    over.abort()
    const { code, out } = await run(copy, { property: 'transfers_are_confirmed' }, over.signal)
    expect(code).toBe(exit.interrupted)
    expect(out).toContain('bounded  transfers_are_confirmed')
  })

  it.each([
    ['a property that is not there', { property: 'transfers_are_confimed' }, 'Did you mean "transfers_are_confirmed"?'],
    ['a bound that is none', { depth: 0 }, '--depth is a number above 0, found 0.'],
    ['a project that is not there', { project: 'nowhere' }, 'cannot be read'],
  ])('ends with 2 for %s', async (_, options, message) => {
    const { code, err } = await run(copy, options)
    expect(err).toContain(message)
    expect(code).toBe(exit.usage)
  })
})
