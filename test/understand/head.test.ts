import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Example } from '../../src/dataset/example.js'
import type { Command } from '../../src/dialogue/commands.js'
import { readPrompt } from '../../src/language/prompt.js'
import { BadModelFile } from '../../src/model/errors.js'
import { blended, readHead, scoresOf, writeHead, type Head } from '../../src/understand/head.js'
import { featuresOf, type Features } from '../../src/understand/head-features.js'
import { headOptions, trainHead, type LegalKinds } from '../../src/understand/head-training.js'
import { minimised } from '../../src/understand/minimise.js'

const prompt = (context: string, message: string): string => `<|im_start|>user\n${context}\nuser: ${message}<|im_end|>\n<|im_start|>assistant\n`
const example = (message: string, command: Command): Example => ({
  id: message, message, prompt: prompt('no flow', message), completion: '', commands: [command], origin: { kind: 'example', file: 'f', line: 1, flow: null }, group: message, weight: 1,
})
const examples = [
  ...['send money', 'send cash', 'please send money'].map((message) => example(message, { command: 'start flow', flow: 'transfer' })),
  ...['what is left', 'how much is left'].map((message) => example(message, { command: 'start flow', flow: 'balance' })),
  example('stop', { command: 'cancel flow' }),
]
const words = ['send', 'money', 'cash', 'left', 'much', 'stop', 'what']
/** Which of some words occur. */
const embed = async (message: string): Promise<Float32Array> => Float32Array.from(words, (word) => (message.split(' ').includes(word) ? 1 : 0))

const anything: LegalKinds = () => null
const features = async (message: string, context = 'no flow'): Promise<Features> => featuresOf(await embed(message), readPrompt(prompt(context, message)), message)

const trained = async (): Promise<Head> => (await trainHead(examples, anything, embed, 'words', headOptions())) ?? expect.fail('no head')
const best = (scores: ReadonlyMap<string, number>): string => [...scores].reduce((a, b) => (b[1] > a[1] ? b : a))[0]

describe('a head over embeddings', () => {
  it.each([['send lots', 'start flow transfer'], ['is any left', 'start flow balance'], ['oh stop', 'cancel flow']])('takes %j for %j', async (message, kind) => {
    const scores = scoresOf(await trained(), await features(message))
    expect(best(scores)).toBe(kind)
    expect([...scores.values()].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
  })

  it('tells the same words apart by the question they answer', async () => {
    const asked = (context: string, command: Command): Example => ({ ...example('ten', command), prompt: prompt(context, 'ten') })
    const head = await trainHead([
      asked('flow pay\nask amount (number): How much?', { command: 'set slot', name: 'amount', value: 10 }),
      asked('flow call\nask hour (number): When?', { command: 'set slot', name: 'hour', value: 10 }),
    ], anything, embed, 'words') ?? expect.fail('no head')
    expect(best(scoresOf(head, await features('ten', 'flow pay\nask amount (number): How much?')))).toBe('set slot amount')
    expect(best(scoresOf(head, await features('ten', 'flow call\nask hour (number): When?')))).toBe('set slot hour')
  })

  it('learns nothing against what could not have been said', async () => {
    const legal: LegalKinds = ({ commands: [command] }) => new Set(command?.command === 'cancel flow' ? ['cancel flow'] : ['start flow transfer', 'start flow balance'])
    const head = await trainHead(examples, legal, embed, 'words') ?? expect.fail('no head')
    expect([...scoresOf(head, await features('stop')).values()].every(Number.isFinite)).toBe(true)
    expect(best(scoresOf(head, await features('send money')))).toBe('start flow transfer')
  })

  it('is the same for the same examples', async () => {
    expect((await trained()).weights).toEqual((await trained()).weights)
  })

  it('is none where there is nothing to tell apart', async () => {
    expect(await trainHead(examples.slice(0, 3), anything, embed, 'words')).toBeNull()
  })

  it('comes back from its file as it was, and is null without one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'head-'))
    const head = await trained()
    await writeHead(join(folder, 'encoder-head.json'), head)
    expect(await readHead(join(folder, 'encoder-head.json'))).toEqual(head)
    expect(await readHead(join(folder, 'other.json'))).toBeNull()
  })

  it.each(['', '{}', 'null', '{"version":2,"encoder":"e","lambda":1,"labels":["a","b"],"weights":"AAAA"}'])('in a file that says %j is refused', async (content) => {
    const file = join(await mkdtemp(join(tmpdir(), 'head-')), 'encoder-head.json')
    await writeFile(file, content)
    await expect(readHead(file)).rejects.toThrow(BadModelFile)
  })
})

describe('blending', () => {
  const scores = new Map([['a', 0.6], ['b', 0.3], ['c', 0.1]])
  const share = (legal: readonly string[], kind: string, lambda = 1): number => Math.exp(blended(scores, new Set(legal), lambda)(kind))

  it('scales what is legal up to 1', () => {
    expect(share(['b', 'c'], 'b')).toBeCloseTo(0.75)
    expect(share(['b', 'c'], 'c')).toBeCloseTo(0.25)
  })
  it('gives kinds that the head never saw an equal share', () => {
    expect(share(['a', 'b', 'new'], 'new')).toBeCloseTo(1 / 3)
    expect(share(['a', 'b', 'new'], 'a')).toBeCloseTo((2 / 3) * (2 / 3))
  })
  it('says nothing with a lambda of 0, and half with 0.5', () => {
    expect(share(['b', 'c'], 'c', 0)).toBe(1)
    expect(share(['b', 'c'], 'c', 0.5)).toBeCloseTo(0.5)
  })
  it('never outvotes everything', () => {
    expect(blended(new Map([['a', 1], ['b', 0]]), new Set(['a', 'b']), 1)('b')).toBeCloseTo(Math.log(1e-3))
  })
})

describe('minimising', () => {
  it('finds the bottom of a narrow valley', () => {
    const found = minimised((at) => {
      const [x = 0, y = 0] = at
      return { value: 0.5 * (x - 3) ** 2 + 50 * (y + 1) ** 2, gradient: Float64Array.of(x - 3, 100 * (y + 1)) }
    }, new Float64Array(2), 50)
    expect(found[0]).toBeCloseTo(3, 2)
    expect(found[1]).toBeCloseTo(-1, 4)
  })
})
