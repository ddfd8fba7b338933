import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import { testCommand } from '../../src/cli/test.js'
import { visualize } from '../../src/cli/visualize.js'

const sample = resolve(import.meta.dirname, '../..')
let place: string
beforeEach(async () => { place = await mkdtemp(join(tmpdir(), 'attune-visualize-')) })
afterEach(async () => rm(place, { recursive: true, force: true }))

const io = (written: { out: string; err: string }) => ({
  out: (text: string) => void (written.out += text), err: (text: string) => void (written.err += text),
  isTty: false, colour: false, cwd: place, env: {}, signal: new AbortController().signal,
})
type Options = Parameters<typeof visualize.run>[0]
const run = async (options: Partial<Options>, flows: readonly string[] = []): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const written = { out: '', err: '' }
  return { code: await visualize.run({ project: sample, out: '', format: '', coverage: '', patterns: false, json: false, ...options }, io(written), flows), ...written }
}
const read = (file: string): Promise<string> => readFile(join(place, file), 'utf8')

describe('attune visualize', () => {
  it('draws all flows of the project on one page', async () => {
    expect(await run({ out: 'flows.html' })).toEqual({ code: exit.ok, out: 'flows.html\n', err: '' })
    const page = await read('flows.html')
    expect(page.match(/<section id=/g)).toHaveLength(14)
    expect(page).not.toContain('<section id="pattern_')
  })

  it('draws one flow into a file, and several into a folder', async () => {
    expect(await run({ out: 'money.svg' }, ['transfer_money'])).toMatchObject({ code: exit.ok, out: 'money.svg\n' })
    expect(await read('money.svg')).toMatch(/^<svg [^]*<\/svg>\n$/)
    expect(await run({ out: 'drawn', format: 'svg' }, ['block_card', 'replace_card'])).toMatchObject({ code: exit.ok, out: 'drawn/block_card.svg\ndrawn/replace_card.svg\n' })
    expect(await read('drawn/block_card.svg')).toContain('<a href="replace_card.svg">')
  })

  it('draws patterns when asked, all or one', async () => {
    await run({ out: 'all', format: 'svg', patterns: true })
    expect((await readdir(join(place, 'all'))).filter((file) => file.startsWith('pattern_')).length).toBeGreaterThan(10)
    expect(await run({ out: 'one.svg' }, ['pattern_completed'])).toMatchObject({ code: exit.ok })
    expect(await read('one.svg')).toContain('utter_can_do_something_else')
  })

  it('puts a page into a folder that is there', async () => {
    await mkdir(join(place, 'site'))
    expect(await run({ out: 'site' })).toMatchObject({ out: 'site/flows.html\n' })
  })

  it('tells programs what was drawn', async () => {
    const { out } = await run({ out: 'x.svg', json: true }, ['list_contacts'])
    expect(JSON.parse(out)).toMatchObject({ files: [join(place, 'x.svg')], flows: [{ flow: 'list_contacts', coverage: null, nodes: [{ kind: 'start' }, { kind: 'action' }, { kind: 'end' }] as unknown[] }] })
  })

  it.each<[string, Partial<Options>, readonly string[], string]>([
    ['an unknown flow', {}, ['transfer_mony'], "There is no flow 'transfer_mony'. Did you mean 'transfer_money'?"],
    ['an unknown format', { format: 'png' }, [], "There is no format 'png'. The formats are svg and html."],
    ['coverage that is not there', { coverage: 'none.json' }, [], 'There is no file none.json. Write one with attune test --coverage-out FILE.'],
  ])('refuses %s', async (_, options, flows, sentence) => {
    expect(await run({ out: 'x.html', ...options }, flows)).toEqual({ code: exit.usage, out: '', err: `${sentence}\n` })
    expect(await readdir(place)).toEqual([])
  })

  it('shows the errors of a project that cannot be drawn', async () => {
    await mkdir(join(place, 'flows'))
    await writeFile(join(place, 'flows/a.yml'), 'flows:\n  a:\n    steps: [{action: utter_x}]\n')
    expect(await run({ project: '.' })).toMatchObject({ code: exit.failed, err: expect.stringContaining('flows/a.yml:3:5: error') as string })
  })
})

describe('coverage from a test run', () => {
  const none = async (): Promise<never> => { throw new Error('no model is asked in a scripted test') }
  const test = testCommand({ served: none, untuned: none })
  const defaults = Object.fromEntries(Object.entries(test.options).map(([name, { default: value }]) => [name, value]))
  const cover = async (words: readonly string[]): Promise<number> => test.run({ ...defaults, project: sample, scripted: true, coverageOut: 'coverage.json' } as never, io({ out: '', err: '' }), words)

  it('is painted on the flows, with the steps that no test entered', async () => {
    expect(await cover(['e2e_tests/held_out/cards.yml'])).toBe(exit.ok)
    const coverage = JSON.parse(await read('coverage.json')) as { readonly flows: readonly { readonly flow: string; readonly cases: number; readonly entered: readonly { readonly step: string; readonly times: number; readonly cases: number }[]; readonly missing: readonly unknown[] }[] }
    const block = coverage.flows.find(({ flow }) => flow === 'block_card')
    const [first] = block?.entered ?? []
    expect(first).toMatchObject({ step: '0_collect_card_type', cases: block?.cases })
    expect(await run({ out: 'block.svg', coverage: 'coverage.json' }, ['block_card'])).toMatchObject({ code: exit.ok, err: '' })
    expect(await read('block.svg')).toContain(`>${first?.times ?? 0}× · 100 %<`)
    await run({ out: 'money.svg', coverage: 'coverage.json' }, ['transfer_money'])
    expect((await read('money.svg')).match(/>never</g)).toHaveLength(9)
    const { out } = await run({ out: 'p.html', coverage: 'coverage.json', patterns: true, json: true }, [])
    const drawn = (JSON.parse(out) as { readonly flows: readonly { readonly flow: string; readonly coverage: { readonly share: number } | null }[] }).flows
    expect(drawn.find(({ flow }) => flow === 'transfer_money')?.coverage?.share).toBe(0)
    expect(drawn.find(({ flow }) => flow === 'pattern_restart')?.coverage).toBeNull()
  })

  it('says that it is of another version', async () => {
    await cover(['e2e_tests/held_out/cards.yml'])
    await writeFile(join(place, 'coverage.json'), (await read('coverage.json')).replace(/"project": "\w+"/, '"project": "older"'))
    expect(await run({ out: 'x.html', coverage: 'coverage.json' })).toMatchObject({ code: exit.ok, err: expect.stringContaining('another version of the project') as string })
  })

  it.each([
    ['no JSON', 'nothing', 'it is no JSON'],
    ['another file', '{"format": "else"}', 'the whole must have required property'],
    ['a step without its count', '{"format":"attune-coverage","formatVersion":1,"project":"x","commands":{},"steps":1,"flows":[{"flow":"a","file":"a","line":1,"steps":1,"cases":1,"entered":[{"step":"a","line":1,"times":-1,"cases":1}],"missing":[]}]}', '/flows/0/entered/0/times must be >= 0'],
  ])('is refused where it is %s', async (_, text, fault) => {
    await writeFile(join(place, 'bad.json'), text)
    expect(await run({ out: 'x.html', coverage: 'bad.json' })).toMatchObject({ code: exit.usage, err: expect.stringContaining(`bad.json is no coverage of a test run: ${fault}`) as string })
  })
})
