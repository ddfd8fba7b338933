/**
 * What keeping conversations costs: durable appends alone and together, and whole turns (engine, responses, store, a scripted
 * understander instead of a model) on conversations of growing length. Run: npm run bench:store [-- --turns 2000]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openActions } from '../src/actions/runner.js'
import { Assistant } from '../src/assistant/assistant.js'
import type { Command } from '../src/dialogue/commands.js'
import type { Stored, TrackerEvent } from '../src/dialogue/events.js'
import { loadProject } from '../src/project/load.js'
import { openMemoryStore } from '../src/store/memory.js'
import { openSqliteStore } from '../src/store/sqlite.js'
import type { TrackerStore } from '../src/store/tracker-store.js'
import type { Understander } from '../src/understand/understanding.js'
import { medianOf, spent, type Spent } from './spent.js'

const { values: given } = parseArgs({ options: { turns: { type: 'string', default: '2000' }, project: { type: 'string', default: '.' } } })
const turns = Number(given.turns)
const folder = mkdtempSync(join(tmpdir(), 'attune-bench-'))
const { project } = await loadProject(given.project)
if (project === null) throw new Error('The project has errors: run attune validate.')
const actions = await openActions(project)

const timed = async (what: string, count: number, work: () => Promise<void>): Promise<void> => {
  const started = performance.now()
  await work()
  const milliseconds = performance.now() - started
  console.log(`${what.padEnd(64)} ${Math.round((count / milliseconds) * 1_000).toString().padStart(8)} /s ${(milliseconds / count).toFixed(3).padStart(9)} ms each`)
}

const slots = (first: number, count: number): readonly Stored<TrackerEvent>[] =>
  Array.from({ length: count }, (_, index) => ({ event: 'slot', name: 'note', value: 'a value of some length', sequence: first + index, timestamp: 1 }))

const appends = async (store: TrackerStore, conversations: number, each: number): Promise<void> => {
  await Promise.all(Array.from({ length: conversations }, async (_, id) => {
    for (let turn = 0; turn < each; turn += 1) await store.append(`c${id}`, turn * 12, slots(turn * 12 + 1, 12), { key: `k${turn}`, answer: '[]' })
  }))
}

/** A collected question, a digression and the way back, so that stack, slots and responses all work. */
const words = ['start flow', 'knowledge', 'cancel flow'] as const
const commandOf = (word: string): Command => (word === 'start flow' ? { command: word, flow: 'transfer_money' } : { command: word === 'knowledge' ? word : 'cancel flow' })
const understander: Understander = {
  modelVersion: 'bench',
  understand: async (_project, _tracker, message) => ({ commands: [commandOf(message)], candidates: [], probability: 1, promptHash: '', modelVersion: 'bench', milliseconds: 0 }),
  dispose: async () => { /* nothing */ },
}
const talk = async (assistant: Assistant, conversation: string, count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) {
    const text = words[turn % words.length] ?? ''
    await assistant.handle({ conversation, text, channel: 'rest', messageKey: crypto.randomUUID() })
  }
}
const assistantOver = (store: TrackerStore): Assistant =>
  new Assistant({ project, store, understander, actions, search: () => null, now: () => Date.now() / 1_000, newId: () => crypto.randomUUID() })

/**
 * The same turns in conversations of different length, by turns, so that a busy machine is busy for all. A short conversation does not
 * stay short: of those there are many, new in each round.
 */
const atLengths = async (name: string, store: TrackerStore): Promise<void> => {
  const assistant = assistantOver(store)
  const each = 96
  const kinds = [{ length: 10, conversations: 32 }, { length: 1_000, conversations: 1 }, { length: 10_000, conversations: 1 }]
  const costs = kinds.map((): Spent[] => [])
  for (let round = 0; round < 8; round += 1) for (const [at, { length, conversations }] of kinds.entries()) {
    const ids = Array.from({ length: conversations }, (_, id) => (conversations === 1 ? `${length}` : `${length}-${round}-${id}`))
    for (const id of ids) while ((await assistant.tracker(id)).sequence < length) await talk(assistant, id, 1)
    const cost = await spent(async () => { for (const id of ids) await talk(assistant, id, each / conversations) })
    if (round > 0) costs[at]?.push(cost)
  }
  for (const [at, { length }] of kinds.entries()) {
    const { wall, cpu } = medianOf(costs[at] ?? [])
    console.log(`${`whole turns, ${name}, at ${length} events`.padEnd(64)} ${(wall / each).toFixed(3).padStart(9)} ms each ${(cpu / each).toFixed(3).padStart(9)} ms of processor time`)
  }
  for (const length of [1_000, 10_000]) {
    const loads: Spent[] = []
    for (let load = 0; load < 7; load += 1) loads.push(await spent(async () => { await assistantOver(store).tracker(`${length}`) }))
    const { wall, cpu } = medianOf(loads)
    console.log(`${`loading ${length} events in a new process, ${name}`.padEnd(64)} ${wall.toFixed(3).padStart(9)} ms      ${cpu.toFixed(3).padStart(9)} ms of processor time`)
  }
}

console.log('Turns go through assistant, engine, responses and store; a script understands, and no model.\n\n```text')
for (const synchronous of ['FULL', 'NORMAL'] as const) {
  for (const conversations of [1, 8, 64, 256]) {
    const store = await openSqliteStore({ path: join(folder, `${synchronous}-${conversations}.db`), synchronous })
    const each = Math.ceil(turns / conversations)
    await timed(`appends of 12 events, SQLite ${synchronous}, ${conversations} conversations at once`, each * conversations, () => appends(store, conversations, each))
    await store.close()
  }
}
for (const [name, store] of [['memory', openMemoryStore()], ['SQLite FULL', await openSqliteStore({ path: join(folder, 'turns.db') })]] as const) {
  const assistant = assistantOver(store)
  await talk(assistant, 'warm', 200)
  await timed(`whole turns, ${name}, one conversation`, turns, () => talk(assistant, 'one', turns))
  await timed(`whole turns, ${name}, 64 conversations at once`, Math.ceil(turns / 64) * 64, async () => {
    await Promise.all(Array.from({ length: 64 }, (_, id) => talk(assistant, `c${id}`, Math.ceil(turns / 64))))
  })
  await store.close()
}
for (const [name, store] of [['memory', openMemoryStore()], ['SQLite NORMAL', await openSqliteStore({ path: join(folder, 'long-normal.db'), synchronous: 'NORMAL' })], ['SQLite FULL', await openSqliteStore({ path: join(folder, 'long.db') })]] as const) {
  await atLengths(name, store)
  await store.close()
}
console.log('```')
rmSync(folder, { recursive: true, force: true })
