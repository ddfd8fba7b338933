import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import { importCommand } from '../../src/cli/import.js'
import { testCommand } from '../../src/cli/test.js'
import { annexA, annexTalk } from '../importing/annex-a.js'

let place: string
beforeEach(async () => { place = await mkdtemp(join(tmpdir(), 'attune-import-')) })
afterEach(async () => rm(place, { recursive: true, force: true }))

type Ran = { readonly code: number; readonly out: string; readonly err: string }
const io = (written: { out: string; err: string }) => ({
  out: (text: string) => void (written.out += text), err: (text: string) => void (written.err += text),
  isTty: false, colour: false, cwd: place, env: {}, signal: new AbortController().signal,
})
const run = async (words: readonly string[], options: { readonly out?: string; readonly json?: boolean; readonly dryRun?: boolean; readonly force?: boolean } = {}): Promise<Ran> => {
  const written = { out: '', err: '' }
  return { code: await importCommand.run({ transcripts: '', out: '', json: false, dryRun: false, force: false, ...options }, io(written), words), ...written }
}
const test = async (project: string, talk: string): Promise<Ran> => {
  await mkdir(join(place, project, 'e2e_tests'), { recursive: true })
  await writeFile(join(place, project, 'e2e_tests/talk.yml'), talk)
  const written = { out: '', err: '' }
  const none = async (): Promise<never> => { throw new Error('no model is asked in a scripted test') }
  const { options } = testCommand({ served: none, untuned: none })
  const defaults = Object.fromEntries(Object.entries(options).map(([name, spec]) => [name, spec.default]))
  const code = await testCommand({ served: none, untuned: none }).run({ ...defaults, project, scripted: true } as never, io(written), ['e2e_tests/talk.yml'])
  return { code, ...written }
}
const write = async (folder: string, files: Readonly<Record<string, string>>): Promise<void> => {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(place, folder, file)), { recursive: true })
    await writeFile(join(place, folder, file), text)
  }
}
const contents = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const files = await readdir(join(place, folder), { recursive: true, withFileTypes: true })
  return new Map(await Promise.all(files.filter((file) => file.isFile()).map(async ({ parentPath, name }) => [join(parentPath, name), await readFile(join(parentPath, name), 'utf8')] as const)))
}

describe('attune import', () => {
  it('writes a project that loads and talks, with its report, and leaves the source as it was', async () => {
    await write('bikes', annexA)
    const before = await contents('bikes')
    const { code, out } = await run(['bikes'])
    expect(code).toBe(exit.ok)
    expect(out).toContain('The new project has no further problems.\n4 files written to bikes-attune, and import-report.md.')
    expect(await readFile(join(place, 'bikes-attune/import-report.md'), 'utf8')).toContain('| data/nlu.yml:2:13 | intent `rent` |')
    expect(await contents('bikes')).toEqual(before)
    expect(await test('bikes-attune', annexTalk)).toMatchObject({ code: exit.ok, out: expect.stringContaining('1 passed') as string })
  })

  it('goes on past what is broken, says so by its exit code, and the rest talks', async () => {
    await cp(resolve(import.meta.dirname, '../importing/travel'), join(place, 'travel'), { recursive: true })
    const { code, out } = await run(['travel'], { out: 'new' })
    expect(code).toBe(exit.failed)
    expect(out).toContain('data/flows/broken.yml:5:1 file data/flows/broken.yml')
    expect(await test('new', `stub_custom_actions:
  action_book_trip: {events: [], responses: []}
  action_check_open: {events: [], responses: []}
test_cases:
  - test_case: from a greeting to a trip
    steps:
      - user: Hello!
        assertions: [{bot_uttered: {utter_name: utter_greet}}]
      - user: may I bring my dog along?
        commands: [provide info]
        assertions: [{bot_uttered: {text_matches: Small ones may.}}]
      - user: when do you open
        commands: [start flow rule_opening_hours]
        assertions: [{bot_uttered: {utter_name: utter_hours}}, {bot_uttered: {utter_name: utter_holidays}}]
      - user: two of us want to see Rome
        commands: [start flow book_trip, set slot to_city Rome, set slot travellers 2]
        assertions: [{bot_uttered: {utter_name: utter_ask_trip_ok}}]
      - user: yes
        commands: [set slot trip_ok true]
        assertions: [{action_executed: action_book_trip}, {flow_completed: {flow_id: book_trip}}]
`)).toMatchObject({ code: exit.ok, out: expect.stringContaining('1 passed') as string })
  })

  it('writes nothing in a dry run, and says the same', async () => {
    await write('bikes', annexA)
    const dry = JSON.parse((await run(['bikes'], { dryRun: true, json: true })).out) as object
    await expect(stat(join(place, 'bikes-attune'))).rejects.toThrow('ENOENT')
    const real = JSON.parse((await run(['bikes'], { json: true })).out) as object
    expect(dry).toEqual({ ...real, written: false })
    expect(real).toMatchObject({ ok: true, written: true, problems: [], files: ['data/examples/nlu.yml', 'domain/domain.yml', 'endpoints.yml', 'flows/flows.yml', 'import-report.md'] })
  })

  it('writes over nothing unless forced', async () => {
    await write('bikes', annexA)
    await write('mine', { 'flows/flows.yml': '# mine' })
    expect(await run(['bikes'], { out: 'mine' })).toMatchObject({ code: exit.usage, err: expect.stringContaining('already has flows/flows.yml. Nothing was written') as string })
    expect([...await contents('mine')].map(([, text]) => text)).toEqual(['# mine'])
    expect(await run(['bikes'], { out: 'mine', force: true })).toMatchObject({ code: exit.ok })
    expect(await readFile(join(place, 'mine/flows/flows.yml'), 'utf8')).toBe(annexA['data/flows.yml'])
  })

  it.each<[string, readonly string[], { readonly out?: string }, string]>([
    ['no folder', [], {}, 'import needs the folder of a Rasa project: attune import FOLDER.'],
    ['a folder that is not there', ['nowhere'], {}, 'There is no folder nowhere.'],
    ['a folder without a project', ['empty'], {}, 'empty holds no part of a Rasa project'],
    ['a target inside the source', ['bikes'], { out: 'bikes/attune' }, 'which is never written to'],
    ['the source as target', ['bikes'], { out: 'bikes' }, 'which is never written to'],
  ])('refuses %s', async (_, words, options, sentence) => {
    await write('bikes', annexA)
    await mkdir(join(place, 'empty'))
    expect(await run(words, options)).toMatchObject({ code: exit.usage, err: expect.stringContaining(sentence) as string })
  })

  it('shows what is wrong with the new project, with its place there', async () => {
    await write('bikes', { ...annexA, 'data/more.yml': 'flows:\n  more:\n    description: More.\n    steps:\n      - action: action_nowhere\n' })
    const { code, err, out } = await run(['bikes'])
    expect(code).toBe(exit.failed)
    expect(err).toContain('flows/more.yml:5:17: error: ')
    expect(out).toContain('The new project has 1 further problem, shown above.')
  })
})
