import { setTimeout as wait } from 'node:timers/promises'
import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { AlreadyAnswered, ConversationMoved, StoreCorrupt, StoreUnavailable, WrongNumbering } from './errors.js'
import { storedOf, textOf } from './event-text.js'
import { checkNumbering } from './numbering.js'
import { connect, type Connection, type ConnectionOptions } from './sqlite-connection.js'
import { isBusy, isFull, isIoError, storeErrorOf } from './sqlite-errors.js'
import { keyText, nameOf } from './sqlite-text.js'
import { noMarks, type Marks, type Receipt, type Snapshot, type TrackerStore } from './tracker-store.js'

export type SqliteStoreOptions = Partial<Omit<ConnectionOptions, 'path'>> & {
  /** A file, or `:memory:`. */
  readonly path: string
  /** How long to wait for another process that writes, before StoreUnavailable 'busy'. */
  readonly busyMilliseconds?: number
}
type Append = {
  readonly conversation: string
  readonly expected: number
  readonly events: readonly Stored<TrackerEvent>[]
  readonly receipt: Receipt | undefined
  readonly marks: Marks
  readonly done: (refusal: Error | null) => void
}
type Row = { readonly sequence: number; readonly timestamp: number; readonly event: string }

/**
 * Events in one SQLite file: WAL, a sync per commit, and one commit for all appends that arrive together.
 * Throws what `TrackerStore` names, and at opening also SqliteTooOld and StoreTooNew.
 */
export const openSqliteStore = async (options: SqliteStoreOptions): Promise<TrackerStore> => {
  const store = new SqliteStore(options)
  try {
    await store.probe()
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

class SqliteStore implements TrackerStore {
  private readonly options: ConnectionOptions
  private readonly busyMilliseconds: number
  /** null: not open now; the next use opens it. */
  private connection: Connection | null = null
  private isClosed = false
  private waiting: Append[] = []
  private flushing: Promise<void> | null = null

  constructor({ path, synchronous = 'FULL', maximumBytes = null, busyMilliseconds = 5_000 }: SqliteStoreOptions) {
    this.options = { path, synchronous, maximumBytes }
    this.busyMilliseconds = busyMilliseconds
  }

  /** Opens the file and begins to write: one that is damaged or cannot be written is known at the start, not in the first turn. */
  readonly probe = (): Promise<void> => this.use((connection) => this.inTransaction(connection, ({ db }) => {
    db.exec('UPDATE conversations SET last = last WHERE conversation IS NULL') // matches no row
  }))

  readonly read = (conversation: string, after = 0): Promise<readonly Stored<TrackerEvent>[]> =>
    this.use(({ run }) => {
      const rows: readonly Row[] = run.events.all(keyText(conversation), after)
      return rows.map((row, index) => {
        if (row.sequence !== after + index + 1) throw new StoreCorrupt(this.options.path, `event ${after + index + 1} of a conversation is missing`)
        try {
          return storedOf(row.event, row)
        } catch (error) {
          throw new StoreCorrupt(this.options.path, `event ${row.sequence} of a conversation is not JSON`, { cause: error })
        }
      })
    })

  readonly append = (conversation: string, expected: number, events: readonly Stored<TrackerEvent>[], receipt?: Receipt, marks = noMarks): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      checkNumbering(conversation, expected, events)
      if (this.isClosed) throw new StoreUnavailable(this.options.path, 'closed')
      this.waiting.push({
        conversation, expected, events, receipt, marks,
        done: (refusal) => { if (refusal === null) resolve(); else reject(refusal) },
      })
      this.flushing ??= this.flush().finally(() => { this.flushing = null })
    })

  readonly replace = async (conversation: string, expected: number, events: readonly Stored<TrackerEvent>[], marks = noMarks): Promise<void> => {
    checkNumbering(conversation, 0, events)
    await this.use((connection) => {
      const refusal = this.inTransaction(connection, ({ run }) => {
        const last = lastOf(run, conversation)
        if (last !== expected) return new ConversationMoved(conversation, expected, last)
        const id = keyText(conversation)
        for (const statement of [run.forgetEvents, run.forgetSnapshot]) statement.run(id)
        for (const event of events) run.addEvent.run(id, event.sequence, event.timestamp, textOf(event))
        moveLast(run, id, events.length, marks)
        return null
      })
      if (refusal !== null) throw refusal
      leaveNoTrace(connection)
    })
  }

  readonly receipt = (conversation: string, key: string): Promise<Receipt | null> =>
    this.use(({ run }) => {
      const row = run.receipt.get(keyText(conversation), keyText(key)) as { readonly answer: string } | undefined
      return row ? { key, answer: nameOf(row.answer) } : null
    })

  readonly snapshot = (conversation: string): Promise<Snapshot | null> =>
    this.use(({ run }) => {
      const row = run.snapshot.get(keyText(conversation)) as Snapshot | undefined
      return row ? { sequence: row.sequence, format: nameOf(row.format), state: nameOf(row.state) } : null
    })

  readonly keepSnapshot = (conversation: string, { sequence, format, state }: Snapshot): Promise<void> =>
    this.use((connection) => this.inTransaction(connection, ({ run }) => {
      const last = lastOf(run, conversation)
      if (last === 0 || sequence > last) throw new WrongNumbering(conversation, last, sequence)
      run.keepSnapshot.run(keyText(conversation), sequence, keyText(format), keyText(state))
    }))

  readonly conversations = (limit: number, offset: number): Promise<readonly string[]> =>
    this.use(({ run }) => idsOf(run.conversations.all(limit, offset)))

  readonly conversationsOf = (user: string, limit: number, offset: number): Promise<readonly string[]> =>
    this.use(({ run }) => idsOf(run.conversationsOf.all(keyText(user), limit, offset)))

  readonly due = (now: number, limit: number): Promise<readonly string[]> => this.use(({ run }) => idsOf(run.due.all(now, limit)))

  readonly forget = (conversation: string): Promise<boolean> =>
    this.use((connection) => {
      const found = this.inTransaction(connection, ({ run }) => {
        const id = keyText(conversation)
        for (const statement of [run.forgetEvents, run.forgetReceipts, run.forgetSnapshot]) statement.run(id)
        return run.forgetConversation.run(id).changes > 0
      })
      leaveNoTrace(connection)
      return found
    })

  readonly close = async (): Promise<void> => {
    this.isClosed = true
    while (this.flushing) await this.flushing
    try {
      // The binding frees its statements, and with them the file, only when they are collected: so the log is moved into the file here.
      this.connection?.db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } catch { /* no room or a reader in the way: all is safe in the log, the next opening moves it */ }
    this.drop()
  }

  /** Appends that arrive in one round of the event loop, or while an earlier group was written, share one transaction and one sync. */
  private async flush(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    while (this.waiting.length > 0) {
      const group = this.waiting.splice(0)
      try {
        await this.commit(group)
      } catch (error) {
        // One of them may be too large for the room that is left; the others need not suffer for it.
        if (group.length > 1 && isFull((error as { readonly cause?: unknown }).cause)) for (const append of group) await this.commit([append]).catch((alone: unknown) => append.done(alone as Error))
        else for (const append of group) append.done(error as Error)
      }
    }
  }

  private async commit(group: readonly Append[]): Promise<void> {
    const refusals = await this.use((connection) => this.inTransaction(connection, ({ run }) => group.map((append) => write(run, append))), true)
    group.forEach(({ done }, index) => { done(refusals[index] ?? null) })
  }

  private inTransaction<Result>(connection: Connection, work: (connection: Connection) => Result): Result {
    const { db } = connection
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = work(connection)
      db.exec('COMMIT')
      return result
    } catch (error) {
      // SQLite has rolled back by itself after some errors. A rollback that fails too is not news: the connection goes away.
      try {
        if (db.isTransaction) db.exec('ROLLBACK')
      } catch {
        this.drop()
      }
      throw error
    }
  }

  /** Runs `work`, again while another process writes, with errors in the store's own words. */
  private async use<Result>(work: (connection: Connection) => Result, evenIfClosed = false): Promise<Result> {
    const { path } = this.options
    const started = performance.now()
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      if (this.isClosed && !evenIfClosed) throw new StoreUnavailable(path, 'closed')
      try {
        this.connection ??= connect(this.options)
        return work(this.connection)
      } catch (error) {
        if (isIoError(error)) this.drop()
        if (!isBusy(error) || performance.now() - started > this.busyMilliseconds) throw storeErrorOf(error, path)
      }
      await wait(pause)
    }
  }

  private drop(): void {
    try {
      this.connection?.db.close()
    } catch { /* it is already unusable; the next use opens the file anew */ }
    this.connection = null
  }
}

/** What was removed must not stay readable in the log beside the file; a reader in the way only delays this. */
const leaveNoTrace = ({ db }: Connection): void => { db.exec('PRAGMA wal_checkpoint(TRUNCATE)') }

const lastOf = (run: Connection['run'], conversation: string): number =>
  (run.last.get(keyText(conversation)) as { readonly last: number } | undefined)?.last ?? 0

const idsOf = (rows: readonly unknown[]): readonly string[] => (rows as readonly { readonly conversation: string }[]).map((row) => nameOf(row.conversation))

const moveLast = (run: Connection['run'], id: string, last: number, { due, user }: Marks): void => {
  run.moveLast.run(id, last, due, user === null ? null : keyText(user))
}

/** Writes one append inside the open transaction; a refusal is the result, found before anything is written. */
const write = (run: Connection['run'], { conversation, expected, events, receipt, marks }: Append): ConversationMoved | AlreadyAnswered | null => {
  const id = keyText(conversation)
  if (receipt && run.receipt.get(id, keyText(receipt.key))) return new AlreadyAnswered(conversation, receipt.key)
  const last = lastOf(run, conversation)
  if (last !== expected) return new ConversationMoved(conversation, expected, last)
  if (events.length === 0 && !receipt) return null
  for (const event of events) run.addEvent.run(id, event.sequence, event.timestamp, textOf(event))
  if (receipt) run.addReceipt.run(id, keyText(receipt.key), keyText(receipt.answer))
  moveLast(run, id, expected + events.length, marks)
  return null
}
