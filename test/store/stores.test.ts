import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, vi } from 'vitest'
import { openMemoryStore } from '../../src/store/memory.js'
import { openSqliteStore } from '../../src/store/sqlite.js'
import { trackerStoreContract } from './contract.js'

// A property over a disk that others keep busy takes its time.
vi.setConfig({ testTimeout: 120_000 })

const folder = mkdtempSync(join(tmpdir(), 'attune-store-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let count = 0

trackerStoreContract('memory', async () => openMemoryStore())
trackerStoreContract('SQLite in memory', () => openSqliteStore({ path: ':memory:' }))
trackerStoreContract('SQLite on disk', () => openSqliteStore({ path: join(folder, `${++count}.db`), synchronous: 'NORMAL' }))
