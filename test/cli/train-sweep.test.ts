import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import { commands } from '../../src/cli/commands.js'
import { runProgram } from '../../src/cli/run.js'
import type { Run } from '../../src/cli/recorded-runs.js'
import { readSweep } from '../../src/cli/sweep-file.js'
import type { Trial } from '../../src/cli/try-model.js'
import { byDev, combinationsOf } from '../../src/train/sweep.js'
import { finished, spawnModule } from '../store/child.js'

const tiny = resolve(import.meta.dirname, '../fixtures/tiny-llama/model.gguf')

/** A project small enough to train a random model on in seconds. */
const smallProject = async (): Promise<string> => {
  const root = await mkdtemp(join(tmpdir(), 'attune-sweep-'))
  const put = async (file: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), text)
  }
  await put('config.yml', `language: en\nmodel: {base: ${tiny}}\ntraining: {rank: 2, alpha: 4, layers: 1, epochs: 1, micro_batch_tokens: 256}\n`)
  await put('flows/a.yml', ['flows:', ...['send', 'block'].flatMap((name) => [`  ${name}_it:`, `    description: The customer wants to ${name} something.`, '    steps:', '      - action: utter_done']), ''].join('\n'))
  await put('domain/domain.yml', 'responses:\n  utter_done:\n    - text: Done.\n')
  const said = (flow: string, words: readonly string[]): string => [`  - flow: ${flow}`, '    utterances: |', ...words.map((word) => `      - ${word}`)].join('\n')
  await put('data/examples/a.yml', `examples:\n${said('send_it', ['send money', 'pay somebody', 'transfer some cash', 'wire it over', 'give my friend ten', 'settle the bill', 'move cash'])}\n${said('block_it', ['block my card', 'card stolen', 'stop the plastic', 'lost my wallet', 'freeze it', 'lock that thing', 'deactivate the card'])}\n`)
  await put('sweep.yml', 'sweep:\n  rank: [2, 4]\n  learning_rate: [0.01]\n')
  return root
}
const attune = async (cwd: string, words: readonly string[], onError: (text: string) => void = () => undefined, signal = new AbortController().signal): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const written = { out: '', err: '' }
  const code = await runProgram(commands, words, '0', {
    out: (text) => void (written.out += text), isTty: false, colour: false, cwd, env: {}, signal,
    err: (text) => {
      written.err += text
      onError(text)
    },
  })
  return { code, ...written }
}

describe('a sweep', () => {
  const read = (text: string) => readSweep('sweep.yml', text)
  it('tries every combination, or a part that the seed draws', () => {
    const { sweep, problems } = read('sweep:\n  rank: [4, 8]\n  learning_rate: [0.1, 0.01, 0.001]\n')
    expect(problems).toEqual([])
    expect(combinationsOf(sweep).map(({ rank, learningRate }) => [rank, learningRate])).toEqual([[4, 0.1], [4, 0.01], [4, 0.001], [8, 0.1], [8, 0.01], [8, 0.001]])
    const drawn = combinationsOf({ ...sweep, choose: 3 })
    expect(drawn).toHaveLength(3)
    expect(combinationsOf({ ...sweep, choose: 3 })).toEqual(drawn)
    expect([2, 3, 4, 5].map((chooseSeed) => combinationsOf({ ...sweep, choose: 3, chooseSeed }))).toContainEqual(expect.not.objectContaining(drawn))
    expect(combinationsOf({ ...sweep, choose: 99 })).toHaveLength(6)
  })

  it.each([
    ['an unknown option', 'sweep:\n  rnk: [1]\n', { line: 2, column: 3 }, 'Did you mean rank?'],
    ['a single value', 'sweep:\n  rank: 4\n', { line: 2, column: 9 }, undefined],
    ['values of another type', 'sweep:\n  rank: [4, four]\n', { line: 2, column: 9 }, undefined],
    ['seeds', 'sweep:\n  seed: [1, 2]\n', { line: 2, column: 3 }, undefined],
    ['a part of none', 'sweep:\n  rank: [1]\n  choose: 0\n', { line: 3, column: 11 }, undefined],
    ['nothing', 'training: {rank: 4}\n', { line: 1, column: 1 }, undefined],
  ])('refuses %s, with its place', (_, text, place, suggestion) => {
    expect(read(text).problems).toMatchObject([{ severity: 'error', place, ...(suggestion === undefined ? {} : { suggestion }) }])
  })

  it('is won by dev, never by a figure that is none', () => {
    const all = [{ exact: NaN, loss: NaN }, { exact: 0.5, loss: 2 }, { exact: 0.5, loss: 1 }, { exact: 0.9, loss: NaN }, { exact: 0.6, loss: 3 }]
    expect([...all].sort(byDev).slice(0, 3)).toEqual([all[4], all[2], all[1]])
  })

  it('trains each, goes on where it was stopped, and lets the best serve', async () => {
    const root = await smallProject()
    const interruption = new AbortController()
    const stopped = await attune(root, ['train', '--sweep', 'sweep.yml', '--no-encoder'], (text) => { if (text.startsWith('Run 2 of 2')) interruption.abort() }, interruption.signal)
    expect(stopped.code).toBe(exit.interrupted)
    const before = JSON.parse((await attune(root, ['runs', '--json'])).out) as readonly Run[]
    expect(before.filter(({ state }) => state === 'finished')).toHaveLength(1)
    const { code, out, err } = await attune(root, ['train', '--sweep', 'sweep.yml', '--no-encoder', '--json'])
    expect({ code, err: code === exit.ok ? '' : err }).toEqual({ code: exit.ok, err: '' })
    const { best, runs } = JSON.parse(out) as { readonly best: string; readonly runs: readonly { readonly id: string; readonly exact: number; readonly combination: { readonly rank: number } }[] }
    expect(runs.map(({ combination: { rank } }) => rank).sort()).toEqual([2, 4])
    expect(runs[0]?.id).toBe(best)
    expect((await readFile(join(root, '.attune', 'models', 'current'), 'utf8')).trim()).toBe(best)
    const after = JSON.parse((await attune(root, ['runs', '--json'])).out) as readonly Run[]
    expect(after.map(({ id }) => id).sort()).toEqual(runs.map(({ id }) => id).sort())
    expect(after.find(({ id }) => id === before[0]?.id)?.when).toBe(before[0]?.when) // was not trained again
  }, 600_000)

  it.each([
    ['a file that is not there', ['--sweep', 'none.yml'], 'There is no file none.yml.'],
    ['labels', ['--sweep', 'sweep.yml', '--dataset', 'x.jsonl'], 'does not go with --dataset'],
    ['values the trainer refuses', ['--sweep', 'bad.yml'], 'the option rank is 0'],
  ])('refuses %s before it trains anything', async (_, words, sentence) => {
    const root = await smallProject()
    await writeFile(join(root, 'bad.yml'), 'sweep:\n  rank: [2, 0]\n')
    expect(await attune(root, ['train', ...words])).toMatchObject({ code: exit.usage, err: expect.stringContaining(sentence) as string })
  })
})

describe('attune models try', () => {
  it('measures each base model in a process of its own, on the same budget', async () => {
    const root = await smallProject()
    const bytes = await readFile(tiny)
    bytes[bytes.length - 4] = (bytes.at(-4) ?? 0) ^ 1 // another model, by the last bit of its last number
    const other = join(root, 'other.gguf')
    await writeFile(other, bytes)
    const { code, out, err } = await finished(spawnModule('test/cli/models-try-child.ts', ['models', 'try', tiny, other, '--project', root, '--examples', '12', '--epochs', '1', '--messages', '4', '--json']))
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' })
    const trials = JSON.parse(out) as readonly Trial[]
    expect(trials).toHaveLength(2)
    for (const trial of trials) {
      expect(trial.right).toBeGreaterThanOrEqual(0)
      expect(trial.tokensPerSecond).toBeGreaterThan(0)
      expect(trial.megabytes).toBeGreaterThan(100)
      expect(trial.millisecondsPerMessage).toBeGreaterThan(0)
    }
    const listed = JSON.parse((await attune(root, ['runs', '--json'])).out) as readonly Run[]
    expect(listed.map(({ id }) => id).sort()).toEqual(trials.map(({ run }) => run).sort())
    expect(new Set(trials.map(({ base }) => base))).toEqual(new Set([tiny, other]))
  }, 600_000)

  it('refuses a model that could not be served, before it trains it', async () => {
    const root = await smallProject()
    expect(await attune(root, ['models', 'try', dirname(tiny)])).toMatchObject({ code: exit.failed, err: expect.stringContaining('reads GGUF files only') as string })
  })

  it.each([[['models', 'try']], [['models', 'try', 'x', '--epochs', '0']]])('refuses %j', async (words) => {
    expect((await attune('/', words)).code).toBe(exit.usage)
  })
})
