import type { Place } from './types.js'

/** One mistake in a project. Mistakes are collected, never thrown: one run shows them all. */
export type Problem = {
  /** Stable name of the kind of mistake, such as `unknown-slot`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly place: Place | null
  readonly found?: string
  readonly expected?: string
  readonly suggestion?: string
}
