import { describe, expect, it } from 'vitest'
import { buildDataset, type Dataset } from '../../src/dataset/build.js'
import { readDialogues } from '../../src/dataset/dialogues.js'
import type { Example } from '../../src/dataset/example.js'
import { surviving } from '../../src/dataset/finish.js'
import { writtenQuality } from '../../src/dataset/report-text.js'
import type { Command } from '../../src/dialogue/commands.js'
import { loaded } from '../project/in-memory.js'
import { conversations, library } from './library.js'

const project = loaded(library)
const { dialogues, problems } = readDialogues(new Map(Object.entries(conversations)), () => false)
const dataset = buildDataset(project, dialogues)
const everything = ({ train, dev, test }: Dataset): readonly Example[] => [...train, ...dev, ...test]
const all = everything(dataset)

const shown = (example: Example): string => example.prompt.replace('<|im_start|>user\n', '').replace('<|im_end|>\n<|im_start|>assistant\n', '')
const saying = (message: string, examples = all): readonly Example[] => examples.filter((example) => example.message.toLowerCase().replace(/[.!]$/, '') === message.toLowerCase())

describe('the data set', () => {
  it('is the same for the same seed and content, whatever else is done', () => {
    expect(buildDataset(loaded(library), dialogues)).toEqual(dataset)
    expect(buildDataset(project, dialogues, { seed: 2 }).train).not.toEqual(dataset.train)
  })
  it('never splits near-duplicates over train, dev and test', () => {
    const partsOf = new Map<string, Set<string>>()
    for (const part of ['train', 'dev', 'test'] as const) for (const { group } of dataset[part]) partsOf.set(group, (partsOf.get(group) ?? new Set()).add(part))
    expect([...partsOf.values()].filter((parts) => parts.size > 1)).toEqual([])
  })
  it('holds no prompt twice, so it cannot contradict itself', () => {
    expect(new Set(all.map(({ prompt }) => prompt)).size).toBe(all.length)
  })
  it('shows every type of command to the trainer', () => {
    const types = (examples: readonly Example[]): readonly string[] => [...new Set(examples.flatMap(({ commands }) => commands.map(({ command }) => command)))].sort()
    expect(types(dataset.train)).toEqual(types(all))
  })
})

describe('places', () => {
  it('put a request at the beginning and into the middle of other flows', () => {
    const requests = all.filter(({ message }) => message === 'when are you open')
    expect(requests.map(({ completion }) => completion)).toContain('start flow opening_hours')
    const digression = all.filter(({ completion, prompt }) => completion.startsWith('start flow opening_hours') && prompt.includes('flow lend_book'))
    expect(digression.length).toBeGreaterThan(0)
  })
  it('reach questions behind a branch that an action decides, and those of called flows', () => {
    expect(all.some(({ prompt }) => prompt.includes('ask weeks (number): For how many weeks, 1 to 8?'))).toBe(true)
    expect(all.some(({ prompt }) => prompt.includes('flow lend_book\n') && prompt.includes('ask card_number: What is your card number?'))).toBe(true)
  })
  it('never start the flow that is active', () => {
    for (const { prompt, completion } of all) if (prompt.includes('\nflow lend_book\n')) expect(completion).not.toContain('start flow lend_book')
  })
  it('cancel only where something is going on', () => {
    const cancels = all.filter(({ completion }) => completion === 'cancel flow')
    expect(cancels.length).toBeGreaterThan(2)
    for (const example of cancels) expect(shown(example)).toMatch(/^flow /)
  })
  it('call off what is going on for another request', () => {
    const changed = all.filter(({ completion }) => completion.startsWith('cancel flow\nstart flow'))
    expect(changed.length).toBeGreaterThan(0)
    for (const { prompt, commands } of changed) {
      const [, start] = commands
      expect(prompt).toContain('\nask ')
      expect(prompt).not.toContain(`flow ${start?.command === 'start flow' ? start.flow : ''}\n`)
    }
  })
  it('leave what a rule answers to the rule', () => {
    expect(saying('hello')).toEqual([])
  })
  it('correct a value only where it is known and another one', () => {
    const corrections = all.filter(({ message, completion }) => /^(no, |i meant )/i.test(message) && /^set slot title /.test(completion))
    expect(corrections.length).toBeGreaterThan(1)
    for (const { prompt, completion } of corrections) {
      expect(prompt).toMatch(/\n(.*, )?title /)
      expect(prompt).not.toContain(`title ${completion.slice('set slot title '.length)},`)
    }
  })
})

describe('transcripts', () => {
  const from = (line: number): Example | undefined => all.find(({ origin }) => origin.kind === 'transcript' && origin.line === line)
  it.each([
    ['the first message starts the flow and says what it says', 7, 'start flow lend_book\nset slot title Middlemarch'],
    ['a number in words answers the question', 9, 'set slot weeks 4'],
    ['a literal value is found in a sentence', 11, 'set slot card_number 1122'],
    ['the last message answers the last question', 13, 'set slot lend_confirmed true'],
    ['written commands are taken as they are', 17, 'offtopic reply'],
    ['a value that is corrected later is what was said first', 21, 'start flow lend_book\nset slot title Walden\nset slot weeks 6'],
    ['an answer and a correction in one message', 23, 'set slot weeks 5\nset slot card_number 3344'],
    ['the only message left answers the only question left', 35, 'set slot branch south'],
  ])('%s', (_, line, completion) => {
    expect(from(line)?.completion).toBe(completion)
  })
  it('report what nothing explains, and learn nothing from it', () => {
    expect(dataset.report.transcripts.unaligned.map(({ line, message }) => [line, message])).toEqual([
      [29, 'no call follows that would tell what it meant'],
      [41, 'no message says branch "south" in words we know; write commands: into this turn'],
    ])
    expect(saying('what about the weather')).toEqual([])
  })
})

describe('end-to-end tests', () => {
  const from = (line: number): string | undefined => all.find(({ origin }) => origin.kind === 'e2e' && origin.line === line)?.completion
  it('mean what they expect', () => {
    expect(problems).toEqual([])
    expect([from(7), from(14), from(17)]).toEqual(['start flow lend_book\nset slot title Walden', 'set slot weeks 2', 'cancel flow'])
  })
  it('are learned, for they must pass, and count for more than other messages', () => {
    const tested = all.filter(({ origin }) => origin.kind === 'e2e')
    expect(tested.length).toBeGreaterThan(0)
    for (const one of tested) expect(dataset.train).toContain(one)
    expect(Math.min(...tested.map(({ weight }) => weight))).toBeGreaterThanOrEqual(3)
  })
  it('that are held out are only measured on', () => {
    expect(dataset.heldOut.map(({ message, completion }) => [message, completion])).toEqual([
      ['at what time does the north house shut', 'start flow opening_hours\nset slot branch north'],
    ])
    expect(all.some(({ origin }) => origin.file.includes('held_out'))).toBe(false)
  })
})

describe('what survives of commands that were written down', () => {
  const [cancel, start] = [{ command: 'cancel flow' }, { command: 'start flow', flow: 'opening_hours' }] as const
  const same: Command = { command: 'set slot', name: 'branch', value: 'north' }
  const slots = new Map([['branch', 'north']])
  it.each([
    ['what is known already is left out', [same], []],
    ['so it is beside another request', [same, start], [start]],
    ['a value said again for what is begun instead stays', [cancel, start, same], [cancel, start, same]],
  ] as const)('%s', (_name, commands, expected) => {
    expect(surviving(commands, commands, slots)).toEqual(expected)
  })
})

describe('the report', () => {
  it('reads like this', async () => {
    await expect(writtenQuality(dataset.report)).toMatchFileSnapshot('golden/report.txt')
  })
  it('tells contradictions with both places', () => {
    const more = { ...library, 'data/more.yml': 'examples:\n  - command: chitchat\n    utterances: |\n      - when are you open\n' }
    const { conflicts } = buildDataset(loaded(more), []).report
    expect(conflicts[0]).toMatchObject({
      message: 'when are you open',
      kept: { completion: 'start flow opening_hours', origin: { file: 'data/examples.yml', line: 11 } },
      left: { completion: 'offtopic reply', origin: { file: 'data/more.yml', line: 4 } },
    })
  })
  it('names sentences that no decoder can answer', () => {
    const more = { ...library, 'data/more.yml': 'examples:\n  - flow: lend_book\n    utterances: |\n      - the whale [book]{"slot": "title", "value": "Moby Dick"} please\n' }
    expect(buildDataset(loaded(more), []).report.dropped.unreachable).toMatchObject([{ file: 'data/more.yml', line: 4 }])
  })
  it('counts sentences and not their copies when it looks for gaps', () => {
    expect(dataset.report.coverage.thin).toContainEqual({ what: 'command chitchat', found: 2, wanted: 10 })
  })
})
