import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Example } from '../../src/dataset/example.js'
import type { Command } from '../../src/dialogue/commands.js'
import type { LegalCommands } from '../../src/dialogue/legal.js'
import { startOf } from '../../src/language/grammar.js'
import { endKind, kindOf } from '../../src/language/kind.js'
import { readPrompt } from '../../src/language/prompt.js'
import { BadModelFile } from '../../src/model/errors.js'
import { blended, opinionOf, readHead, sharesOf, writeHead, type Head } from '../../src/understand/head.js'
import { featuresOf, notedOf, type Noted } from '../../src/understand/head-features.js'
import { trainHead, type HeadTask } from '../../src/understand/head-training.js'
import { slotOf } from '../language/legal-arbitrary.js'

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

const slots = [slotOf('amount', 'float'), slotOf('hour', 'float'), slotOf('card', 'categorical', { values: ['debit', 'credit'] }), slotOf('sure', 'bool')]
const anything: LegalCommands = {
  startable: ['transfer', 'balance'], heldBack: [], settable: new Map(slots.map((slot) => [slot.name, slot])), settableWith: new Map(),
  cancel: true, clarify: false, skip: false, repeat: false, chitchat: true, knowledge: false, handoff: false, cannotHandle: true,
}
const isClosedSlot = (name: string): boolean => name === 'card' || name === 'sure'
const task: HeadTask = { startOf: ({ message }) => startOf(anything, message), isClosedSlot }
const noted = async (message: string, context = 'no flow'): Promise<Noted> => notedOf(await embed(message), readPrompt(prompt(context, message)), message)
const made = async (from: readonly Example[], more: HeadTask = task): Promise<Head> => (await trainHead(from, more, embed, 'words')) ?? expect.fail('no head')

/** Shares of what may follow these lines: none comes twice, and there must be one. */
const after = (head: Head, message: Noted, said: readonly string[] = []): ReadonlyMap<string, number> =>
  sharesOf(head, featuresOf(message, said), new Set(head.labels.filter((label) => !said.includes(label) && (label !== endKind || said.length > 0))))

const trained = (): Promise<Head> => made(examples)
const best = (scores: ReadonlyMap<string, number>): string => [...scores].reduce((a, b) => (b[1] > a[1] ? b : a))[0]

describe('a head over embeddings', () => {
  it.each([['send lots', 'start flow transfer'], ['is any left', 'start flow balance'], ['oh stop', 'cancel flow']])('takes %j for %j', async (message, kind) => {
    const scores = after(await trained(), await noted(message))
    expect(best(scores)).toBe(kind)
    expect([...scores.values()].reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9)
  })

  it('tells the same words apart by the question they answer', async () => {
    const [amount, hour] = ['flow pay\nask amount (number): How much?', 'flow call\nask hour (number): When?']
    const asked = (context: string, name: string): Example => ({ ...example('10', { command: 'set slot', name, value: 10 }), prompt: prompt(context, '10') })
    const head = await made([asked(amount, 'amount'), asked(hour, 'hour')])
    expect(best(after(head, await noted('10', amount)))).toBe('set slot amount')
    expect(best(after(head, await noted('10', hour)))).toBe('set slot hour')
  })

  it('says which line follows which, and when all is said', async () => {
    const [start, set] = [{ command: 'start flow', flow: 'transfer' }, { command: 'set slot', name: 'amount', value: 10 }] as const
    const both = ['send 10 money', 'send me 10', 'send 10'].map((message) => ({ ...example(message, start), commands: [start, set] }))
    const balance = { command: 'start flow', flow: 'balance' } as const
    const head = await made([...both, example('what is left on 10', balance), example('how much is left by 10', balance)])
    expect(best(after(head, await noted('send 10 now'), ['start flow transfer']))).toBe('set slot amount')
    expect(best(after(head, await noted('send 10 now'), ['start flow transfer', 'set slot amount']))).toBe(endKind)
    expect(best(after(head, await noted('what is left at 10'), ['start flow balance']))).toBe(endKind)
  })

  it('tells the values of a slot that has few', async () => {
    const card = (message: string, value: string): Example => example(message, { command: 'set slot', name: 'card', value })
    const head = await made([card('the cash one', 'debit'), card('cash machine', 'debit'), card('what I send with', 'credit'), card('send', 'credit')])
    expect(head.labels).toEqual(['set slot card "credit"', 'set slot card "debit"', endKind])
    expect(best(after(head, await noted('cash')))).toBe('set slot card "debit"')
  })

  it('learns nothing against what could not have been said', async () => {
    const only = (flows: readonly string[], cancel: boolean): LegalCommands => ({ ...anything, startable: flows, settable: new Map(), cancel, chitchat: false })
    const narrow: HeadTask = { isClosedSlot, startOf: ({ message, commands: [command] }) => startOf(command?.command === 'cancel flow' ? only([], true) : only(['transfer', 'balance'], false), message) }
    const head = await made(examples, narrow)
    const scores = after(head, await noted('stop'))
    expect([...scores.values()].every(Number.isFinite)).toBe(true)
    expect(best(after(head, await noted('send money')))).toBe('start flow transfer')
  })

  it('counts an example by its weight', async () => {
    const torn = (weight: number): readonly Example[] => [{ ...example('send', { command: 'start flow', flow: 'transfer' }), weight }, example('send', { command: 'start flow', flow: 'balance' })]
    const share = async (weight: number): Promise<number> => after(await made(torn(weight)), await noted('send')).get('start flow transfer') ?? 0
    expect(await share(5)).toBeGreaterThan(await share(1))
  })

  it('is the same for the same examples', async () => {
    expect((await trained()).weights).toEqual((await trained()).weights)
  })

  it('is none where there is nothing to tell apart', async () => {
    expect(await trainHead(examples.slice(0, 3), task, embed, 'words')).toBeNull()
  })

  it('comes back from its file as it was, and is null without one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'head-'))
    const head = await trained()
    await writeHead(join(folder, 'encoder-head.json'), head)
    expect(await readHead(join(folder, 'encoder-head.json'))).toEqual(head)
    expect(await readHead(join(folder, 'other.json'))).toBeNull()
  })

  it.each(['', '{}', 'null', '{"version":4,"encoder":"e","lambda":1,"labels":["a","b"],"weights":"AAAA"}'])('in a file that says %j is refused', async (content) => {
    const file = join(await mkdtemp(join(tmpdir(), 'head-')), 'encoder-head.json')
    await writeFile(file, content)
    await expect(readHead(file)).rejects.toThrow(BadModelFile)
  })
})

describe('blending', () => {
  const share = (shares: readonly (readonly [string, number])[], open: readonly string[], kind: string, lambda = 1): number =>
    Math.exp(blended(new Map(shares), new Set(open), lambda)(kind))

  it('takes the shares of what is open as they are', () => {
    expect(share([['b', 0.75], ['c', 0.25]], ['b', 'c'], 'b')).toBeCloseTo(0.75)
  })
  it('gives kinds that the head never saw an equal share', () => {
    expect(share([['a', 0.8], ['b', 0.2]], ['a', 'b', 'new'], 'new')).toBeCloseTo(1 / 3)
    expect(share([['a', 0.8], ['b', 0.2]], ['a', 'b', 'new'], 'a')).toBeCloseTo(0.8 * (2 / 3))
  })
  it('says nothing with a lambda of 0, and half with 0.5', () => {
    expect(share([['b', 0.75], ['c', 0.25]], ['b', 'c'], 'c', 0)).toBe(1)
    expect(share([['b', 0.75], ['c', 0.25]], ['b', 'c'], 'c', 0.5)).toBeCloseTo(0.5)
  })
  it('never outvotes everything', () => {
    expect(blended(new Map([['a', 1], ['b', 0]]), new Set(['a', 'b']), 1)('b')).toBeCloseTo(Math.log(1e-3))
  })
  it('counts a beginning as the likeliest set of options that begins so, and one that nobody wrote as next to nothing', () => {
    const shares = [['clarify a b', 0.5], ['clarify a c', 0.25], ['x', 0.25]] as const
    expect(share(shares, ['clarify ...', 'x'], 'clarify ...')).toBeCloseTo(0.5)
    expect(share(shares, ['clarify ...', 'x'], 'clarify a ...')).toBeCloseTo(0.5)
    expect(share(shares, ['clarify ...', 'x'], 'clarify a c')).toBeCloseTo(0.25)
    expect(share(shares, ['clarify ...', 'x'], 'clarify b c')).toBeCloseTo(1e-3)
    expect(share(shares, ['clarify ...', 'x'], 'x')).toBeCloseTo(0.25)
  })
  it('looks at what is open only', async () => {
    const leaning = opinionOf({ ...(await trained()), lambda: 1 }, await noted('send money'))([], new Set(['start flow balance', 'cancel flow']))
    expect(Math.exp(leaning('start flow balance')) + Math.exp(leaning('cancel flow'))).toBeCloseTo(1, 6)
  })
})

describe('kinds of lines', () => {
  it.each([
    [{ command: 'start flow', flow: 'transfer' }, 'start flow transfer'],
    [{ command: 'set slot', name: 'amount', value: 10 }, 'set slot amount'],
    [{ command: 'set slot', name: 'card', value: 'debit' }, 'set slot card "debit"'],
    [{ command: 'clarify', options: ['transfer', 'balance'] }, 'clarify transfer balance'],
  ] as const)('%j is %j', (command, kind) => {
    expect(kindOf(command, isClosedSlot)).toBe(kind)
  })
})
