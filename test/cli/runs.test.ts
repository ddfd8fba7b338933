import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import type { Run } from '../../src/cli/recorded-runs.js'
import type { Comparison } from '../../src/cli/run-pages.js'
import { runsCommand } from '../../src/cli/runs.js'
import { trainLabels } from '../../src/cli/train-labels.js'
import { classifierOptions } from '../../src/train/classifier.js'
import { train } from '../../src/train/train.js'
import { xmlFault } from '../drawing/well-formed.js'
import { tinyJob, tinyOptions } from '../train/tiny.js'

const folderOf = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `attune-runs-${name}-`))
const run = async (cwd: string, words: readonly string[], options: Partial<Parameters<typeof runsCommand.run>[0]> = {}): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const written = { out: '', err: '' }
  const code = await runsCommand.run({ project: '.', out: '', json: false, ...options }, {
    out: (text) => void (written.out += text), err: (text) => void (written.err += text), isTty: false, colour: false, cwd, env: {}, signal: new AbortController().signal,
  }, words)
  return { code, ...written }
}
const listed = async (cwd: string): Promise<readonly Run[]> => JSON.parse((await run(cwd, ['list'], { json: true })).out) as readonly Run[]

describe('attune runs, where nothing was trained', () => {
  it('says how to begin', async () => {
    const cwd = await folderOf('none')
    expect(await run(cwd, [])).toMatchObject({ code: exit.ok, out: expect.stringContaining('attune train trains the project') as string })
    expect(await run(cwd, ['list'], { json: true })).toMatchObject({ code: exit.ok, out: '[]\n' })
    expect(await run(cwd, ['show'])).toMatchObject({ code: exit.usage, err: expect.stringContaining('Nothing was trained here yet') as string })
    expect(await run(cwd, ['comapre'])).toMatchObject({ code: exit.usage, err: expect.stringContaining("Did you mean 'compare'?") as string })
  })
})

describe('attune runs', () => {
  let cwd: string
  const ids: Record<'first' | 'second' | 'stopped', string> = { first: '', second: '', stopped: '' }
  beforeAll(async () => {
    cwd = await folderOf('trained')
    const models = join(cwd, '.attune', 'models')
    ids.first = (await train(await tinyJob(models, { options: { ...tinyOptions, epochs: 2 } }))).id
    ids.second = (await train(await tinyJob(models, { options: { ...tinyOptions, epochs: 1, learningRate: 0.02 } }))).id
    const interruption = new AbortController()
    ids.stopped = (await train(await tinyJob(models, { options: tinyOptions, signal: interruption.signal, report: ({ kind }) => { if (kind === 'evaluation') interruption.abort() } }))).id
    await writeFile(join(models, 'current'), `${ids.first}\n`)
  }, 600_000)

  it('lists every training with its figures, one that was stopped too', async () => {
    const runs = await listed(cwd)
    expect(runs.map(({ id }) => id).sort()).toEqual(Object.values(ids).sort())
    expect(runs.find(({ id }) => id === ids.first)).toMatchObject({ kind: 'commands', state: 'finished', learned: 60, config: { epochs: '2', base: 'tiny-llama' } })
    expect(runs.find(({ id }) => id === ids.stopped)).toMatchObject({ state: 'stopped', data: '', config: { epochs: '5' } })
    const { out } = await run(cwd, ['list'])
    expect(out.split('\n')).toHaveLength(5)
    expect(out).toContain('stopped: the same attune train goes on')
  })

  it('shows one with its curves, as a page or as drawings', async () => {
    const { code, out } = await run(cwd, ['show', ids.first.slice(0, 6)])
    expect({ code, out }).toMatchObject({ code: exit.ok, out: expect.stringContaining(`.attune/pages/${ids.first}.html\n`) as string })
    const page = await readFile(join(cwd, '.attune', 'pages', `${ids.first}.html`), 'utf8')
    expect(page).toContain('<td>0.01</td>')
    const record = JSON.parse((await run(cwd, ['show', ids.first], { json: true, out: 'drawn' })).out) as Run
    expect(record.curves.train.length).toBeGreaterThan(2)
    expect(await readdir(join(cwd, 'drawn'))).toEqual(['loss.svg'])
    expect(xmlFault(await readFile(join(cwd, 'drawn', 'loss.svg'), 'utf8'))).toBeNull()
  })

  it('draws reliability and confusion of a run that was measured as it is served', async () => {
    const part = {
      examples: 4, exact: 0.5, calibrationError: 0.2, medianMilliseconds: 7,
      confusion: [{ label: 'start flow a', given: 'start flow b', count: 2 }, { label: 'start flow a', given: 'start flow a', count: 2 }],
      reliability: [{ from: 0.9, to: 1, count: 4, confidence: 0.95, accuracy: 0.5 }],
    }
    await writeFile(join(cwd, '.attune', 'models', ids.first, 'evaluation.json'), JSON.stringify({ model: ids.first, test: part, heldOut: part }))
    const { out } = await run(cwd, ['show', ids.first], { out: 'measured' })
    expect(out).toContain('ms a message')
    expect(await readdir(join(cwd, 'measured'))).toEqual(['confusion.svg', 'loss.svg', 'reliability.svg'])
  })

  it('compares: options that differ, figures with margins, curves over one another', async () => {
    const compared = JSON.parse((await run(cwd, ['compare', ids.first, ids.second], { json: true, out: 'both' })).out) as Comparison
    expect(compared.sameData).toBe(true)
    expect(compared.config).toEqual([{ name: 'learningRate', values: ['0.01', '0.02'] }, { name: 'epochs', values: ['2', '1'] }])
    const exact = compared.metrics.find(({ name }) => name.startsWith('dev, word for word'))
    expect(exact?.more[0]?.difference).toBeCloseTo((exact?.values[1] ?? 0) - (exact?.values[0] ?? 0))
    expect(exact?.more[0]?.margin).toBeGreaterThan(0.1)
    const loss = await readFile(join(cwd, 'both', 'loss.svg'), 'utf8')
    for (const id of [ids.first, ids.second]) expect(loss).toContain(`${id} training`)
    const { out } = await run(cwd, ['compare', ids.first, ids.second])
    expect(out).toContain(`.attune/pages/${ids.first}-${ids.second}.html`)
    expect(out).not.toContain('other data')
    expect((await run(cwd, ['compare', ids.first, ids.stopped])).out).toContain('other data')
  })

  it.each([
    [['show', 'zzz'], "There is no run 'zzz'. attune runs list shows all 3."],
    [['show', ''], 'Give more of its id.'],
    [['compare'], 'needs two runs at least'],
  ])('refuses %j', async (words, sentence) => {
    expect(await run(cwd, words)).toMatchObject({ code: exit.usage, err: expect.stringContaining(sentence) as string })
  })
})

describe('a training of labels', () => {
  it('leaves a record that stays when its folder is trained into again', async () => {
    const cwd = await folderOf('labels')
    const rows = ['send money now', 'send cash', 'pay my friend', 'send it over'].map((text) => ({ text, label: 'send' })).concat(['block my card', 'my card is gone', 'stop the card', 'card stolen'].map((text) => ({ text, label: 'block' })))
    const file = async (name: string, some: typeof rows): Promise<string> => {
      await writeFile(join(cwd, name), some.map((row) => JSON.stringify(row)).join('\n'))
      return name
    }
    const io = { out: () => undefined, err: () => undefined, isTty: false, colour: false, cwd, env: {}, signal: new AbortController().signal }
    const job = {
      dataset: await file('train.jsonl', rows), dev: await file('dev.jsonl', [{ text: 'transfer money', label: 'send' }, { text: 'block it', label: 'block' }]),
      out: 'model', encoder: 'all-minilm-l6-v2' as const, shots: 0, outOfScope: 'oos', from: '', options: { ...classifierOptions, rank: 2, batch: 8, epochs: 2 },
    }
    await trainLabels(job, io)
    await trainLabels({ ...job, options: { ...job.options, epochs: 1 } }, io)
    const runs = await listed(cwd)
    expect(runs.map(({ kind, config: { epochs } }) => [kind, epochs])).toEqual([['labels', '1'], ['labels', '2']])
    expect(runs[0]?.metrics.map(({ name }) => name)).toEqual(['dev, right (of 2)', 'dev, in scope (of 2)', 'calibration error'])
    expect(runs[0]?.folder).toBe(join(cwd, 'model'))
    expect((await run(cwd, ['show', runs[1]?.id ?? ''])).out).toContain('all-minilm-l6-v2')
  }, 600_000)
})
