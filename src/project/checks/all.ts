import type { Draft } from '../draft.js'
import type { Report } from '../problem.js'
import { checkButtons } from './buttons.js'
import { checkCollects } from './collects.js'
import { checkConditions } from './conditions.js'
import { checkExamples } from './examples.js'
import { checkFlowCycles } from './flow-cycles.js'
import { checkFlowTexts } from './flow-texts.js'
import { checkLinksAndCalls } from './links-and-calls.js'
import { checkNames } from './names.js'
import { checkPersistedSlots } from './persisted-slots.js'
import { checkResponseTexts } from './response-texts.js'
import { checkRules } from './rules.js'
import { checkSetValues } from './set-values.js'
import { checkStepGraph } from './step-graph.js'
import { checkTriggers } from './triggers.js'
import { checkUnused } from './unused.js'

type Check = (draft: Draft, report: Report) => void

const checks: readonly Check[] = [
  checkNames, checkStepGraph, checkFlowCycles, checkLinksAndCalls, checkCollects, checkConditions, checkPersistedSlots, checkFlowTexts,
  checkSetValues, checkButtons, checkRules, checkExamples, checkResponseTexts, checkTriggers, checkUnused,
]

/** Everything that can only be said once all files are read. */
export const runChecks = (draft: Draft, report: Report): void => {
  for (const check of checks) check(draft, report)
}
