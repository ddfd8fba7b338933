/** One thing worth a line. Fields are names, numbers and places of the project: never what a user said. */
export type LogEntry = {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  /** Stable, such as `action-failed`. */
  readonly event: string
  readonly [field: string]: unknown
}
export type Log = (entry: LogEntry) => void
export const silent: Log = () => { /* for tests and embedding */ }

/** Where code failed without the message of the error, which may quote a user. */
export const whereOf = (error: unknown): { readonly error: string; readonly at: readonly string[] } => ({
  error: error instanceof Error ? error.name : typeof error,
  at: (error instanceof Error ? error.stack ?? '' : '').split('\n').filter((line) => /^\s+at /.test(line)).slice(0, 5).map((line) => line.trim()),
})
