import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exit } from '../../src/cli/command.js'
import { data } from '../../src/cli/data.js'
import type { DoctorReport } from '../../src/cli/doctor-report.js'

let place: string
beforeEach(async () => { place = await mkdtemp(join(tmpdir(), 'attune-doctor-')) })
afterEach(async () => rm(place, { recursive: true, force: true }))

const put = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(join(place, file)), { recursive: true })
  await writeFile(join(place, file), text)
}
type Options = Parameters<typeof data.run>[0]
const run = async (options: Partial<Options>, words: readonly string[] = ['doctor']): Promise<{ readonly code: number; readonly out: string; readonly err: string }> => {
  const written = { out: '', err: '' }
  const defaults = Object.fromEntries(Object.entries(data.options).map(([name, { default: value }]) => [name, value])) as Options
  const code = await data.run({ ...defaults, ...options }, {
    out: (text) => void (written.out += text), err: (text) => void (written.err += text), isTty: false, colour: false, cwd: place, env: {}, signal: new AbortController().signal,
  }, words)
  return { code, ...written }
}

/** Sentences about four things. Each is written once. */
const said: Readonly<Record<string, readonly string[]>> = {
  weather: ['Will it rain tomorrow?', 'How hot does it get today?', 'Is there snow in the mountains?', 'Do I need an umbrella?', 'Is it going to be sunny at noon?', 'Any storm coming this week?', 'How cold is it outside?', 'Is it windy at the coast?', 'What is the forecast for Sunday?', 'Will the sun come out later?'],
  music: ['Play some jazz', 'Put on my favourite song', 'Next track, please', 'Turn the volume of the music up', 'Shuffle this album', 'Play the newest record of that band', 'I want to hear a guitar solo', 'Stop the playlist', 'Which singer is this?', 'Play the song again'],
  food: ['Order a pizza with mushrooms', 'I am hungry, get me a burger', 'Which restaurants are open now?', 'Book a table for dinner', 'Find a recipe for soup', 'How long do I boil an egg?', 'Bring me two portions of noodles', 'Is the curry spicy?', 'I would like to have lunch delivered', 'What is for dessert?'],
  travel: ['Book a flight to Rome', 'When does the next train to Paris leave?', 'I need a hotel room for two nights', 'How far is it to the airport?', 'Rent me a car for the weekend', 'Is my plane delayed?', 'Change my seat on the flight', 'Which platform does the train go from?', 'Do I need a visa for Japan?', 'Cancel my hotel booking'],
}

describe('attune data doctor', () => {
  it('finds contradictions, wrong labels, and what was nearly learned', async () => {
    const rows = Object.entries(said).flatMap(([label, texts]) => texts.map((text) => ({ text, label })))
    rows[3] = { text: 'Do I need an umbrella?', label: 'music' }
    rows[21] = { text: 'I am hungry, get me a burger', label: 'travel' }
    rows.push({ text: 'play some JAZZ!', label: 'travel' })
    await put('train.jsonl', `\n${rows.map((row) => JSON.stringify(row)).join('\n')}\n`)
    await put('dev.jsonl', `${JSON.stringify({ text: 'Book a flight to Rome!', label: 'travel' })}\n${JSON.stringify({ text: 'Where does the ferry stop?', label: 'travel' })}\n`)
    const { code, out } = await run({ dataset: 'train.jsonl', dev: 'dev.jsonl', json: true })
    expect(code).toBe(exit.ok)
    const report = JSON.parse(out) as DoctorReport
    expect(report.contradictions).toEqual([{ text: 'Play some jazz', labels: [{ file: 'train.jsonl', line: 12, label: 'music' }, { file: 'train.jsonl', line: 42, label: 'travel' }] }])
    expect(report.doubtful.slice(0, 6).map(({ line }) => line)).toEqual(expect.arrayContaining([5, 23, 42]))
    expect(report.mislabels.find(({ line }) => line === 5)).toMatchObject({ label: 'music', text: 'Do I need an umbrella?' })
    expect(report.across).toMatchObject([{ file: 'dev.jsonl', line: 1, part: 'dev', other: { file: 'train.jsonl', line: 32 } }])
    const { out: text } = await run({ dataset: 'train.jsonl', most: 1 })
    expect(text).toContain('train.jsonl:12  music\n')
    expect(text).toContain('Near-duplicates across parts: what is measured on was nearly learned: none\n')
  })

  it('finds what nothing says, and topics of transcripts without a flow', async () => {
    await put('flows/a.yml', [
      'flows:', '  send_money:', '    description: Send money to somebody.', '    steps:', '      - collect: recipient', '      - action: utter_done',
      '  block_card:', '    description: Block a lost card.', '    steps:', '      - action: utter_done', '',
    ].join('\n'))
    await put('domain/domain.yml', 'slots:\n  recipient:\n    type: text\nresponses:\n  utter_done:\n    - text: Done.\n  utter_ask_recipient:\n    - text: To whom?\n')
    await put('data/examples/a.yml', [
      'examples:', '  - flow: send_money', '    utterances: |', '      - send money to a friend', '      - I want to pay somebody', '      - transfer some cash',
      '  - flow: block_card', '    utterances: |', '      - my card is lost', '      - block my card', '      - somebody stole my card', '',
    ].join('\n'))
    const strange = ['What are your mortgage rates?', 'How high is the interest on a home loan?', 'Can I get a mortgage for a house?', 'My card is gone']
    await put('data/transcripts/a.yml', `transcripts:\n${strange.map((text, at) => `  - id: t${at}\n    turns:\n      - user: ${JSON.stringify(text)}\n        commands: [cannot handle]\n      - agent: I am afraid I cannot help with that.\n`).join('')}`)
    const { code, out, err } = await run({ project: '.', json: true })
    expect({ code, err: err.replace(/^(Reading|Judging).*\n/gm, '') }).toEqual({ code: exit.ok, err: '' })
    const report = JSON.parse(out) as DoctorReport
    expect(report.topics.map(({ messages }) => messages.map(({ text }) => text).sort())).toEqual([[...strange.slice(0, 3)].sort()])
    expect(report.topics[0]?.messages[0]).toMatchObject({ file: 'data/transcripts/a.yml' })
    expect(report.empty.map(({ what }) => what)).not.toContain('send_money: asked for')
    expect(report.empty.map(({ what }) => what)).toContain('send_money: knowledge')
  })

  it.each<[string, Partial<Options>, readonly string[], string]>([
    ['another word', {}, ['nurse'], "attune data has no 'nurse'. It takes doctor, or nothing."],
    ['a file without the word', { dataset: 'x.jsonl' }, [], '--dataset goes with doctor: attune data doctor --dataset FILE.'],
  ])('refuses %s', async (_, options, words, sentence) => {
    expect(await run(options, words)).toEqual({ code: exit.usage, out: '', err: `${sentence}\n` })
  })
})
