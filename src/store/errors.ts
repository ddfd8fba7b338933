/** Somebody else appended first: the events were made for a history that is no longer the last one. Reload and decide anew. */
export class ConversationMoved extends Error {
  override readonly name = 'ConversationMoved'
  constructor(readonly conversation: string, readonly expected: number, readonly found: number) {
    super(`The conversation has ${found} events, the append was made for ${expected}. Read it again and repeat the turn.`)
  }
}

/** This message was answered before: its receipt holds the answer. */
export class AlreadyAnswered extends Error {
  override readonly name = 'AlreadyAnswered'
  constructor(readonly conversation: string, readonly key: string) {
    super('A turn with this message key is already stored. Take its answer from the receipt.')
  }
}

/** The caller numbered its events wrongly; a bug, not a state of the world. */
export class WrongNumbering extends Error {
  override readonly name = 'WrongNumbering'
  constructor(readonly conversation: string, readonly expected: number, readonly found: number) {
    super(`Events must be numbered without gaps: expected sequence ${expected}, found ${found}.`)
  }
}

/** No room: disk, quota or the store's own limit. Nothing of the append was kept; it succeeds once there is room. */
export class StoreFull extends Error {
  override readonly name = 'StoreFull'
  constructor(readonly path: string, options?: ErrorOptions) {
    super(`No space left for ${path}. Free some disk space, then send the message again; what was stored before is safe.`, options)
  }
}

export type UnavailableReason = 'busy' | 'read-only' | 'cannot-open' | 'io-error' | 'closed'
const advice: Readonly<Record<UnavailableReason, string>> = {
  'busy': 'another process holds it. Only one server should write to a store file',
  'read-only': 'it cannot be written. Check owner and permissions of the file and its folder',
  'cannot-open': 'it cannot be opened. Check that the folder exists and that it may be read and written',
  'io-error': 'the disk reported an error. What was acknowledged before is kept; look at the system log',
  'closed': 'it was closed',
}

/** The store cannot be used now. An append that failed so may or may not be kept ('io-error'); its receipt tells. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
  constructor(readonly path: string, readonly reason: UnavailableReason, options?: ErrorOptions) {
    super(`The store ${path} is not available: ${advice[reason]}.`, options)
  }
}

/** What lies in the file is not what attune wrote. It is never repaired silently. */
export class StoreCorrupt extends Error {
  override readonly name = 'StoreCorrupt'
  constructor(readonly path: string, readonly detail: string, options?: ErrorOptions) {
    super(`The store ${path} is damaged or no attune store (${detail}). Restore it from a backup, or move it away to start empty.`, options)
  }
}

export class StoreTooNew extends Error {
  override readonly name = 'StoreTooNew'
  constructor(readonly path: string, readonly found: number, readonly known: number) {
    super(`The store ${path} has schema version ${found}; this release knows ${known} and older. Start it with the newer release.`)
  }
}

/** SQLite before 3.51.3 can damage a database in WAL mode that has two connections (the WAL-reset race). */
export class SqliteTooOld extends Error {
  override readonly name = 'SqliteTooOld'
  constructor(readonly found: string) {
    super(`SQLite ${found} is loaded; 3.51.3 or newer (or 3.50.7+, 3.44.6+ of their lines) is needed. Reinstall the packages with npm ci.`)
  }
}
