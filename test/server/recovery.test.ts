import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { emptyTracker, foldAll } from '../../src/dialogue/tracker.js'
import { openSqliteStore } from '../../src/store/sqlite.js'
import { bankProject } from '../assistant/bank.js'
import { finished, spawnModule } from '../store/child.js'

const folder = mkdtempSync(join(tmpdir(), 'attune-recovery-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Serving = { readonly url: string; readonly child: ChildProcess; readonly ended: ReturnType<typeof finished> }
const serve = async (at: string, slowness: number): Promise<Serving> => {
  const child = spawnModule('test/server/serve-process.ts', [at, '0', String(slowness)])
  const ended = finished(child)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (data: Buffer) => resolve(data.toString().trim()))
    void ended.then(({ err }) => reject(new Error(err)))
  })
  return { url, child, ended }
}

const script = ['pay somebody', 'to Bob', '20', 'yes', 'hello', 'pay Ann 50', '/SetSlots(confirmed=true)', 'never mind']
const turns = 16

describe('a server that is killed in the middle of turns', () => {
  it('keeps every acknowledged turn exactly once, pays once per message, and goes on where it was', async () => {
    let server = await serve(folder, 4)
    let kills = 0
    let whenAcknowledged: () => void = () => { /* set by whoever waits */ }
    const acknowledged = new Map<string, string>()
    let repeated = 0

    /** One customer: says the next thing once the last one was answered, and repeats it with its key until it is. */
    const customer = async (sender: string): Promise<void> => {
      for (let index = 0; index < turns; index += 1) {
        const key = `${sender}-${index}`
        const body = JSON.stringify({ sender, message: script[index % script.length], message_id: key })
        for (let attempt = 0; ; attempt += 1) {
          const response = await fetch(`${server.url}/webhooks/rest/webhook`, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
            .then(async (answer) => ({ status: answer.status, text: await answer.text() }), () => null)
          if (response?.status === 200) {
            acknowledged.set(key, response.text)
            whenAcknowledged()
            break
          }
          repeated += 1
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      }
    }
    const customers = Promise.all(['a', 'b', 'c', 'd'].map(customer))
    // Progress, not time, decides when to kill, and a few milliseconds more where in a turn it strikes.
    for (const [round, count] of [3, 12, 21, 30, 44].entries()) {
      while (acknowledged.size < count) await new Promise<void>((resolve) => { whenAcknowledged = resolve })
      await new Promise((resolve) => setTimeout(resolve, round * 3))
      server.child.kill('SIGKILL')
      await server.ended
      kills += 1
      server = await serve(folder, 4)
    }
    await customers

    // The live state, as the last server shows it, before it goes down in good order.
    const shown = new Map<string, unknown>()
    for (const id of ['a', 'b', 'c', 'd']) shown.set(id, await (await fetch(`${server.url}/conversations/${id}/tracker?include_events=NONE`)).json())
    server.child.kill('SIGTERM')
    expect(await server.ended).toMatchObject({ code: 0, out: expect.stringContaining('stopped') as string })

    const store = await openSqliteStore({ path: join(folder, 'conversations.db') })
    const payments = readFileSync(join(folder, 'payments.txt'), 'utf8').trim().split('\n')
    expect(acknowledged.size).toBe(4 * turns)
    for (const id of ['a', 'b', 'c', 'd']) {
      const events = await store.read(id)
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1))
      const keys = events.flatMap((event) => (event.event === 'user' ? [event.message_id] : []))
      expect(keys).toEqual(Array.from({ length: turns }, (_, index) => `${id}-${index}`))
      const tracker = foldAll(emptyTracker(bankProject), events)
      expect(shown.get(id)).toMatchObject({ slots: Object.fromEntries(tracker.slots), stack: tracker.stack, latest_event_time: tracker.session.lastActivity })
      // However often an action was begun, the world outside saw one key per message that pays: 2 of 8, twice.
      expect(new Set(payments.filter((line) => line.startsWith(`${id} `))).size).toBe(4)
      for (const key of keys) expect(JSON.parse((await store.receipt(id, key ?? ''))?.answer ?? '{}')).toHaveProperty('messages')
    }
    await store.close()
    expect(kills).toBe(5)
    expect(repeated).toBeGreaterThan(0)
  }, 180_000)
})
