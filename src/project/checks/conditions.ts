import type { Condition } from '../condition.js'
import type { ConditionUse, Draft } from '../draft.js'
import { nearest, listed } from '../nearest.js'
import { contextOf } from '../pattern-contexts.js'
import { caution, mistake, type Report } from '../problem.js'
import { coerced } from '../slot-value.js'

/** What conditions speak of: words without a name-space, values a slot cannot have, slots of others, context where there is none. */
export const checkConditions = (draft: Draft, report: Report): void => {
  const entered = new Set(draft.references.flatMap(({ use, name, by }) => ((use === 'link' || use === 'call') && by !== name ? [name] : [])))
  for (const use of draft.conditions) {
    checkWords(use, draft, report)
    checkValues(use, draft, report)
    checkOwnSlot(use, report)
    checkContext(use, report)
    checkGuard(use, draft, entered, report)
  }
}

const checkWords = ({ mentions }: ConditionUse, { declared }: Draft, report: Report): void => {
  for (const { kind, name, span, isAlone } of mentions) {
    if (kind !== 'word') continue
    if (declared.slots.has(name)) {
      report(mistake(span, 'unprefixed-slot', `Slots are written with "slots." before their name.`, { found: name, suggestion: `slots.${name}` }))
    } else if (name.toLowerCase() === 'none') {
      report(mistake(span, 'bare-word', '"None" is no word of the condition language.', { found: name, suggestion: 'null' }))
    } else if (isAlone) {
      const near = nearest(name, declared.slots.keys())
      report(mistake(span, 'bare-word', `The word "${name}" by itself always holds.`, { found: name, expected: 'a slot or a comparison', suggestion: near === null ? null : `slots.${near}` }))
    } else {
      report(caution(span, 'bare-word', 'A text without quotes; it is read as if it had them.', { found: name, suggestion: `"${name}"` }))
    }
  }
}

const checkValues = ({ comparisons }: ConditionUse, { slots }: Draft, report: Report): void => {
  for (const { slot: name, operator, value, span } of comparisons) {
    const slot = slots.get(name)
    if (slot === undefined || slot.type === 'any') continue
    if (['<', '<=', '>', '>='].includes(operator)) {
      if (slot.type === 'bool' || slot.type === 'categorical' || slot.type === 'list') {
        report(mistake(span, 'impossible-value', `The slot "${name}" of type ${slot.type} has no order.`, { expected: 'a comparison with =' }))
      }
      continue
    }
    if (slot.type === 'text' || slot.type === 'list') continue
    // Bounds are left out: a branch may well ask whether a value lies beyond them.
    const { fault } = coerced({ ...slot, minimum: null, maximum: null }, value)
    if (fault !== null) report(mistake(span, 'impossible-value', `The slot "${name}" of type ${slot.type} never has this value.`, { ...fault, suggestion: fault.suggestion === null ? null : `"${fault.suggestion}"` }))
  }
}

const checkOwnSlot = ({ ownSlot, role, mentions }: ConditionUse, report: Report): void => {
  if (ownSlot === null) return
  for (const { kind, name, span } of mentions) {
    if (kind !== 'slot' || name === ownSlot) continue
    report(mistake(span, 'foreign-slot', role === 'validation' ? 'The validation of a slot may only look at that slot.' : 'A rejection may only look at the slot that is collected.', {
      found: `slots.${name}`, expected: `slots.${ownSlot}`, suggestion: role === 'rejection' ? 'branch on it in a later step' : null,
    }))
  }
}

const checkContext = ({ mentions, by, role }: ConditionUse, report: Report): void => {
  for (const { kind, name, span } of mentions) {
    if (kind !== 'context' || role === 'response') continue
    if (by === null || !by.startsWith('pattern_')) {
      report(caution(span, 'no-context', 'Only patterns have a context; here it is always undefined.', { found: `context.${name}`, suggestion: 'use a slot' }))
      continue
    }
    const known = contextOf(by)
    const property = name.split('.')[0] ?? ''
    if (known === null || known.includes(property)) continue
    const near = nearest(property, known)
    report(caution(span, 'unknown-context', `The context of ${by} has no "${property}".`, { found: `context.${name}`, expected: known.length === 0 ? 'no context' : listed(known), suggestion: near === null ? null : `context.${near}` }))
  }
}

/** `if: false` says: only by link or call. Then there must be one. */
const checkGuard = ({ condition, role, by, span }: ConditionUse, { flows, mayBeNamed }: Draft, entered: ReadonlySet<string>, report: Report): void => {
  if (role !== 'guard' || by === null || !isNever(condition)) return
  if ((flows.get(by)?.nluTriggers.length ?? 0) > 0) return
  if (entered.has(by) || mayBeNamed(by)) return
  report(caution(span, 'unreachable-flow', `The flow "${by}" can never start: its guard never holds, and nothing links to it or calls it.`, { suggestion: 'link or call it somewhere, or remove it' }))
}

const isNever = (condition: Condition): boolean =>
  condition.kind === 'truthy' ? condition.of.kind === 'literal' && (condition.of.value === false || condition.of.value === null || condition.of.value === 0)
  : condition.kind === 'and' ? isNever(condition.left) || isNever(condition.right)
  : condition.kind === 'or' ? isNever(condition.left) && isNever(condition.right)
  : false
