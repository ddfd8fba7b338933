import type { Place } from './types.js'
import { placeOf, type Span } from './yaml-node.js'

/** One mistake in a project. Mistakes are collected, never thrown: one run shows them all. */
export type Problem = {
  /** Stable name of the kind of mistake, such as `unknown-slot`. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly place: Place | null
  /** How many characters from `place` on are to blame. */
  readonly length?: number
  readonly found?: string
  readonly expected?: string
  readonly suggestion?: string
}

/** Takes a problem and lets the work go on. */
export type Report = (problem: Problem) => void

export type Details = { readonly found?: string | null; readonly expected?: string | null; readonly suggestion?: string | null }

const problem = (severity: Problem['severity'], span: Span | null, code: string, message: string, details: Details): Problem => ({
  code,
  severity,
  message,
  place: span === null ? null : placeOf(span),
  ...(span !== null && { length: Math.max(1, span.end - span.start) }),
  ...(details.found != null && { found: details.found }),
  ...(details.expected != null && { expected: details.expected }),
  ...(details.suggestion != null && { suggestion: details.suggestion }),
})
export const mistake = (span: Span | null, code: string, message: string, details: Details = {}): Problem =>
  problem('error', span, code, message, details)
export const caution = (span: Span | null, code: string, message: string, details: Details = {}): Problem =>
  problem('warning', span, code, message, details)

/** By file, line and column; whatever has no place comes first. */
export const inOrder = (problems: readonly Problem[]): readonly Problem[] =>
  [...problems].sort((a, b) =>
    compareText(a.place?.file ?? '', b.place?.file ?? '') ||
    (a.place?.line ?? 0) - (b.place?.line ?? 0) ||
    (a.place?.column ?? 0) - (b.place?.column ?? 0) ||
    compareText(a.code, b.code) || compareText(a.message, b.message))
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
