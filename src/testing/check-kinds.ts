import { nearest, listed } from '../project/nearest.js'
import { mistake } from '../project/problem.js'
import { placeOf, type MapEntry } from '../project/yaml-node.js'
import type { Check, CheckKind, CheckName, CheckReading, CheckShapes, Evidence, Verdict } from './check.js'
import { actionExecuted } from './checks/action-executed.js'
import { botDidNotUtter, botSaid, botUttered } from './checks/bot.js'
import { clarificationContains, flowCancelled, flowCompleted, flowStarted } from './checks/flows.js'
import { isGrounded, isRelevant } from './checks/generated.js'
import { propertyHolds } from './checks/property-holds.js'
import { slotWasNotSet, slotWasSet } from './checks/slots.js'

const kinds: { readonly [K in CheckName]: CheckKind<CheckShapes[K]> } = {
  flow_started: flowStarted,
  flow_completed: flowCompleted,
  flow_cancelled: flowCancelled,
  pattern_clarification_contains: clarificationContains,
  slot_was_set: slotWasSet,
  slot_was_not_set: slotWasNotSet,
  action_executed: actionExecuted,
  property_holds: propertyHolds,
  bot_uttered: botUttered,
  bot_did_not_utter: botDidNotUtter,
  bot_said: botSaid,
  generative_response_is_relevant: isRelevant,
  generative_response_is_grounded: isGrounded,
}
const checkNames = Object.keys(kinds) as readonly CheckName[]
const isCheckName = (name: string): name is CheckName => Object.hasOwn(kinds, name)

/** Checks under a key such as `flow_started:`. */
export const readChecks = (kind: CheckName, { key, value }: MapEntry, reading: CheckReading): readonly Check[] =>
  kinds[kind].read(value, reading).map((shape) => ({ kind, place: placeOf(key), ...shape }) as Check)

/** One entry of an `assertions:` list. */
export const readAssertion = (entry: MapEntry, reading: CheckReading): readonly Check[] => {
  const { name } = entry.key
  if (isCheckName(name) && name !== 'bot_said') return readChecks(name, entry, reading)
  const known = checkNames.filter((kind) => kind !== 'bot_said')
  reading.report(mistake(entry.key, 'unknown-key', `"${name}" is not an assertion.`, { found: name, expected: `one of ${listed(known, 20)}`, suggestion: nearest(name, known) }))
  return []
}

export const expectedText = <K extends CheckName>(check: Check<K>): string => kinds[check.kind].expected(check)
export const judge = <K extends CheckName>(check: Check<K>, evidence: Evidence, from: number): Verdict => kinds[check.kind].judge(check, evidence, from)
