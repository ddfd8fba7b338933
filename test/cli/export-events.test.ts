import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exit, type Io } from '../../src/cli/command.js'
import { exportEventsCommand } from '../../src/cli/export-events.js'
import { openSqliteStore } from '../../src/store/sqlite.js'
import { events } from '../store/contract.js'

const folder = mkdtempSync(join(tmpdir(), 'attune-export-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
beforeAll(async () => {
  const store = await openSqliteStore({ path: join(folder, 'talks.db') })
  await store.append('ann', 0, events(1, 'a', 'b', 'c'))
  await store.append('bob', 0, events(1, 'x'))
  await store.close()
})

type Line = { readonly sender_id: string; readonly event: string; readonly value: string }
const run = async (given: Partial<Parameters<typeof exportEventsCommand.run>[0]>): Promise<{ readonly code: number; readonly err: string; readonly lines: readonly Line[] }> => {
  const defaults = { project: '.', store: 'talks.db', out: 'out.jsonl', minimumTimestamp: '', maximumTimestamp: '', conversationIds: '' }
  let err = ''
  const io: Io = { out: () => undefined, err: (text) => { err += text }, isTty: false, colour: false, cwd: folder, env: {}, signal: new AbortController().signal }
  const code = await exportEventsCommand.run({ ...defaults, ...given }, io, [])
  const text = code === exit.usage ? '' : readFileSync(join(folder, 'out.jsonl'), 'utf8')
  return { code, err, lines: text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Line) }
}

describe('attune export-events', () => {
  it('writes every event with whose it is, one a line, in a file of its owner alone', async () => {
    const { code, lines } = await run({})
    expect(code).toBe(exit.ok)
    expect(lines.map(({ sender_id: sender, value }) => `${sender} ${value}`).sort()).toEqual(['ann a', 'ann b', 'ann c', 'bob x'])
    expect(lines[0]).toMatchObject({ event: 'slot', name: 'note', timestamp: expect.any(Number) as number })
    expect(statSync(join(folder, 'out.jsonl')).mode & 0o777).toBe(0o600)
  })

  it.each<[string, Parameters<typeof run>[0], readonly string[]]>([
    ['from a time on', { minimumTimestamp: '1700000001.25' }, ['b', 'c']],
    ['before a time', { maximumTimestamp: '1700000001.25' }, ['a', 'x']],
    ['of some conversations', { conversationIds: 'bob' }, ['x']],
  ])('%s', async (_name, given, values) => {
    expect((await run(given)).lines.map(({ value }) => value).sort()).toEqual(values)
  })

  it('says which conversations are not there, and which times are none', async () => {
    expect(await run({ conversationIds: 'bob, eve' })).toMatchObject({ code: exit.failed, err: 'There is no conversation eve.\n', lines: [{ sender_id: 'bob' }] })
    expect(await run({ minimumTimestamp: 'yesterday' })).toMatchObject({ code: exit.usage })
    expect(await run({ minimumTimestamp: '5', maximumTimestamp: '4' })).toMatchObject({ code: exit.usage })
  })
})
