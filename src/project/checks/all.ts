import type { Draft } from '../draft.js'
import type { Report } from '../problem.js'
import { checkNames } from './names.js'

export type Check = (draft: Draft, report: Report) => void

const checks: readonly Check[] = [checkNames]

/** Everything that can only be said once all files are read. */
export const runChecks = (draft: Draft, report: Report): void => {
  for (const check of checks) check(draft, report)
}
