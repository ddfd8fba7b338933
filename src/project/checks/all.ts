import type { Draft } from '../draft.js'
import type { Report } from '../problem.js'
import { checkButtons } from './buttons.js'
import { checkCollects } from './collects.js'
import { checkConditions } from './conditions.js'
import { checkExamples } from './examples.js'
import { checkFlowCycles } from './flow-cycles.js'
import { checkFlowTexts } from './flow-texts.js'
import { checkLinksAndCalls } from './links-and-calls.js'
import { checkIdleActions } from './idle-actions.js'
import { checkNames } from './names.js'
import { checkPersistedSlots } from './persisted-slots.js'
import { checkResponseTexts } from './response-texts.js'
import { checkRouting } from './routing.js'
import { checkRules } from './rules.js'
import { checkSetValues } from './set-values.js'
import { checkStepGraph } from './step-graph.js'
import { checkTriggers } from './triggers.js'
import { checkUnused } from './unused.js'

type Check = (draft: Draft, report: Report) => void

const checks: readonly Check[] = [
  checkStepGraph, checkFlowCycles, checkLinksAndCalls, checkConditions, checkPersistedSlots, checkFlowTexts, checkSetValues, checkRules, checkExamples, checkUnused, checkIdleActions, checkRouting,
]
/** These hold every name against what is declared. */
const nameChecks: readonly Check[] = [checkNames, checkCollects, checkButtons, checkResponseTexts, checkTriggers]

/** Everything that can only be said once all files are read. */
export const runChecks = (draft: Draft, { areNamesKnown }: { readonly areNamesKnown: boolean }, report: Report): void => {
  for (const check of areNamesKnown ? [...checks, ...nameChecks] : checks) check(draft, report)
}
