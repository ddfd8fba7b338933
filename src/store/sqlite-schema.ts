import type { DatabaseSyncInstance } from '@photostructure/sqlite'
import { StoreCorrupt, StoreTooNew } from './errors.js'

/** One entry per schema version, oldest first; `PRAGMA user_version` counts those that ran. Entries are never edited, only added. */
const migrations: readonly string[] = [
  `CREATE TABLE conversations (
     conversation TEXT NOT NULL PRIMARY KEY,
     last INTEGER NOT NULL,              -- sequence of the newest event
     spoke INTEGER NOT NULL              -- grows with every append: the order of last words, without a clock
   ) STRICT;
   CREATE INDEX conversations_by_last_word ON conversations (spoke);
   CREATE TABLE events (
     conversation TEXT NOT NULL,
     sequence INTEGER NOT NULL,
     timestamp REAL NOT NULL,            -- seconds since 1970
     event TEXT NOT NULL,                -- JSON
     PRIMARY KEY (conversation, sequence)
   ) STRICT;
   CREATE TABLE receipts (
     conversation TEXT NOT NULL,
     key TEXT NOT NULL,
     answer TEXT NOT NULL,
     PRIMARY KEY (conversation, key)
   ) STRICT;
   CREATE TABLE snapshots (
     conversation TEXT NOT NULL PRIMARY KEY,
     sequence INTEGER NOT NULL,
     format TEXT NOT NULL,
     state TEXT NOT NULL
   ) STRICT;`,
  // Conversations of before have neither mark until their next event.
  `ALTER TABLE conversations ADD COLUMN due REAL;    -- seconds since 1970; null: nothing happens by itself
   ALTER TABLE conversations ADD COLUMN user TEXT;
   CREATE INDEX conversations_by_due ON conversations (due) WHERE due IS NOT NULL;
   CREATE INDEX conversations_by_user ON conversations (user, spoke) WHERE user IS NOT NULL;`,
]

const userVersion = (db: DatabaseSyncInstance): number =>
  (db.prepare('PRAGMA user_version').get() as { readonly user_version: number }).user_version

/** Brings a database to the newest schema in one transaction. Throws StoreTooNew, StoreCorrupt for a foreign database. */
export const migrate = (db: DatabaseSyncInstance, path: string): void => {
  if (userVersion(db) === migrations.length) return
  db.exec('BEGIN IMMEDIATE')
  try {
    const version = userVersion(db) // again, now that no other process can be migrating
    if (version > migrations.length) throw new StoreTooNew(path, version, migrations.length)
    const { tables } = db.prepare('SELECT count(*) AS tables FROM sqlite_master').get() as { readonly tables: number }
    if (version === 0 && tables > 0) throw new StoreCorrupt(path, 'it is a SQLite database of another program')
    for (const statements of migrations.slice(version)) db.exec(statements)
    db.exec(`PRAGMA user_version = ${migrations.length}`)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** The WAL-reset race: fixed in 3.51.3 and in 3.50.7 and 3.44.6 of their lines. */
export const isSafeSqlite = (version: string): boolean => {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  if (major !== 3) return major > 3
  if (minor === 44) return patch >= 6
  if (minor === 50) return patch >= 7
  return minor > 51 || (minor === 51 && patch >= 3)
}
