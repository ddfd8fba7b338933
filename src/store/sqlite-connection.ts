import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite'
import { SqliteTooOld, StoreUnavailable } from './errors.js'
import { isSafeSqlite, migrate } from './sqlite-schema.js'

const sql = {
  last: 'SELECT last FROM conversations WHERE conversation = ?',
  events: 'SELECT sequence, timestamp, event FROM events WHERE conversation = ? AND sequence > ? ORDER BY sequence',
  addEvent: 'INSERT INTO events (conversation, sequence, timestamp, event) VALUES (?, ?, ?, ?)',
  moveLast: `INSERT INTO conversations (conversation, last, due, user, spoke) VALUES (?, ?, ?, ?, (SELECT coalesce(max(spoke), 0) + 1 FROM conversations))
    ON CONFLICT (conversation) DO UPDATE SET last = excluded.last, due = excluded.due, user = excluded.user, spoke = excluded.spoke`,
  receipt: 'SELECT answer FROM receipts WHERE conversation = ? AND key = ?',
  addReceipt: 'INSERT INTO receipts (conversation, key, answer) VALUES (?, ?, ?)',
  snapshot: 'SELECT sequence, format, state FROM snapshots WHERE conversation = ?',
  keepSnapshot: `INSERT INTO snapshots (conversation, sequence, format, state) VALUES (?, ?, ?, ?)
    ON CONFLICT (conversation) DO UPDATE SET sequence = excluded.sequence, format = excluded.format, state = excluded.state
    WHERE excluded.sequence >= snapshots.sequence`,
  conversations: 'SELECT conversation FROM conversations ORDER BY spoke DESC LIMIT ? OFFSET ?',
  conversationsOf: 'SELECT conversation FROM conversations WHERE user = ? ORDER BY spoke DESC LIMIT ? OFFSET ?',
  due: 'SELECT conversation FROM conversations WHERE due <= ? ORDER BY due LIMIT ?',
  forgetEvents: 'DELETE FROM events WHERE conversation = ?',
  forgetReceipts: 'DELETE FROM receipts WHERE conversation = ?',
  forgetSnapshot: 'DELETE FROM snapshots WHERE conversation = ?',
  forgetConversation: 'DELETE FROM conversations WHERE conversation = ?',
} as const

export type Connection = {
  readonly db: DatabaseSyncInstance
  readonly run: { readonly [K in keyof typeof sql]: StatementSyncInstance }
}
export type ConnectionOptions = {
  readonly path: string
  readonly synchronous: 'FULL' | 'NORMAL'
  /** The file never grows past this; null: as far as the disk goes. */
  readonly maximumBytes: number | null
}

/** A conversation is personal: the file belongs to its owner alone. Only when new: closing a handle of an open database drops its locks. */
const createPrivately = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true })
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

/**
 * Opens a database in WAL mode and brings its schema up to date. Waiting for other writers is the caller's work, so
 * the connection itself never blocks the event loop for a lock. Throws SQLite's own errors, SqliteTooOld, StoreTooNew, StoreCorrupt.
 */
export const connect = ({ path, synchronous, maximumBytes }: ConnectionOptions): Connection => {
  if (path !== ':memory:') {
    try {
      createPrivately(path)
    } catch (error) {
      throw new StoreUnavailable(path, 'cannot-open', { cause: error })
    }
  }
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    const { version } = db.prepare('SELECT sqlite_version() AS version').get() as { readonly version: string }
    if (!isSafeSqlite(version)) throw new SqliteTooOld(version)
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = ${synchronous}; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1;
      PRAGMA secure_delete = ON`)
    migrate(db, path)
    if (maximumBytes !== null) {
      const { page_size: pageBytes } = db.prepare('PRAGMA page_size').get() as { readonly page_size: number }
      db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maximumBytes / pageBytes))}`)
    }
    const run = Object.fromEntries(Object.entries(sql).map(([name, statement]) => [name, db.prepare(statement)])) as Connection['run']
    return { db, run }
  } catch (error) {
    db.close()
    throw error
  }
}
