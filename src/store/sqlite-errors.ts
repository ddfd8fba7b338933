import { constants } from 'node:os'
import { StoreCorrupt, StoreFull, StoreUnavailable, type UnavailableReason } from './errors.js'

/** Primary result codes of SQLite (sqlite.org/rescode.html); the higher bytes of a code only say more. */
const codes = { busy: 5, locked: 6, readOnly: 8, ioError: 10, corrupt: 11, full: 13, cannotOpen: 14, permission: 3, notADatabase: 26 } as const
const reasons: ReadonlyMap<number, UnavailableReason> = new Map([
  [codes.busy, 'busy'], [codes.locked, 'busy'], [codes.readOnly, 'read-only'], [codes.permission, 'cannot-open'],
  [codes.cannotOpen, 'cannot-open'], [codes.ioError, 'io-error'],
])

const failedWrite = 778 // the extended code SQLITE_IOERR_WRITE
/** What the system says of a write for which there is no room: a full disk is SQLITE_FULL, a quota or a file limit is an I/O error. */
const noRoom: readonly number[] = [constants.errno.ENOSPC, constants.errno.EDQUOT, constants.errno.EFBIG]

/** What `all()` of the binding throws carries SQLite's words, but not its number. */
const words: ReadonlyMap<string, number> = new Map([
  ['database is locked', codes.busy], ['database table is locked', codes.locked], ['attempt to write a readonly database', codes.readOnly],
  ['disk I/O error', codes.ioError], ['database disk image is malformed', codes.corrupt], ['database or disk is full', codes.full],
  ['unable to open database file', codes.cannotOpen], ['file is not a database', codes.notADatabase],
])

const codeOf = (error: unknown): number | null => {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR')) return null
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : words.get(error.message) ?? null
}

export const isBusy = (error: unknown): boolean => reasons.get(codeOf(error) ?? -1) === 'busy'
/** A failed write or sync: this connection is not to be trusted again, and a repeated sync would lie (the fsync study, ATC 2020). */
export const isIoError = (error: unknown): boolean => codeOf(error) === codes.ioError
export const isFull = (error: unknown): boolean =>
  codeOf(error) === codes.full
  || (error instanceof Error && 'errcode' in error && error.errcode === failedWrite && 'systemErrno' in error && noRoom.includes(Number(error.systemErrno)))

/** What SQLite reported, in the words of the store; anything else passes unchanged. */
export const storeErrorOf = (error: unknown, path: string): unknown => {
  const code = codeOf(error)
  if (code === null) return error
  const options = { cause: error }
  if (isFull(error)) return new StoreFull(path, options)
  if (code === codes.corrupt || code === codes.notADatabase) return new StoreCorrupt(path, error instanceof Error ? error.message : '', options)
  const reason = reasons.get(code)
  return reason ? new StoreUnavailable(path, reason, options) : error
}
