import { isBuiltIn, type ButtonUse, type Draft } from '../draft.js'
import { nearest, listed } from '../nearest.js'
import { caution, mistake, type Report } from '../problem.js'
import { coerced } from '../slot-value.js'

const mostPairs = 10

/** What a button sends must be something the assistant can read. */
export const checkButtons = (draft: Draft, report: Report): void => {
  const steps = [...draft.flows.values()].flatMap((flow) => flow.steps)
  const collected = new Set(steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : [])))
  const triggers = [...draft.flows.values()].flatMap(({ nluTriggers }) => nluTriggers.map(({ intent }) => intent))
  const intents = new Set([...draft.declared.intents.keys(), ...triggers])
  for (const use of draft.buttons) {
    if (use.payload.startsWith('/SetSlots')) checkSetSlots(use, draft, collected, report)
    else if (use.payload.startsWith('/')) checkIntent(use, intents, report)
  }
}

const checkSetSlots = ({ payload, span }: ButtonUse, draft: Draft, collected: ReadonlySet<string>, report: Report): void => {
  const form = '/SetSlots(name=value, other=value)'
  const inside = /^\/SetSlots\((.*)\)$/s.exec(payload)?.[1]
  if (inside === undefined || inside.trim() === '') {
    report(mistake(span, 'bad-payload', 'This button\'s payload cannot be read.', { found: payload, expected: form }))
    return
  }
  const pairs = inside.split(',')
  if (pairs.length > mostPairs) report(mistake(span, 'bad-payload', 'A button sets too many slots.', { found: `${pairs.length} slots`, expected: `at most ${mostPairs}` }))
  for (const pair of pairs) {
    const [name = '', value, ...more] = pair.split('=').map((part) => part.trim())
    if (value === undefined || more.length > 0 || /[()]/.test(pair) || name === '') {
      report(mistake(span, 'bad-payload', 'This button\'s payload cannot be read.', { found: pair.trim(), expected: form, suggestion: 'leave commas, brackets and equal signs out of names and values' }))
    } else checkPair(name, value, span, draft, collected, report)
  }
}

const checkPair = (name: string, value: string, span: ButtonUse['span'], { slots, declared, mayBeNamed }: Draft, collected: ReadonlySet<string>, report: Report): void => {
  const slot = slots.get(name)
  if (slot === undefined) {
    if (declared.slots.has(name)) return
    report(mistake(span, 'unknown-slot', `There is no slot "${name}".`, { found: name, expected: `one of ${listed(slots.keys())}`, suggestion: nearest(name, slots.keys()) }))
    return
  }
  if (slot.type === 'list') {
    report(mistake(span, 'bad-payload', `The slot "${name}" is a list, which only custom actions can fill.`))
    return
  }
  const { fault } = coerced(slot, ['none', 'null', 'undefined'].includes(value.toLowerCase()) ? null : value)
  if (fault !== null) report(mistake(span, 'impossible-value', `The slot "${name}" of type ${slot.type} cannot have this value.`, fault))
  if (isBuiltIn(span) || collected.has(name) || mayBeNamed(name)) return
  report(caution(span, 'uncollected-slot', `No flow collects the slot "${name}", so a button cannot set it.`, { suggestion: `collect: ${name}` }))
}

const checkIntent = ({ payload, span }: ButtonUse, known: ReadonlySet<string>, report: Report): void => {
  const name = /^\/+([^{\s]*)/.exec(payload)?.[1] ?? ''
  if (known.has(name)) return
  report(caution(span, 'unknown-intent', `No rule and no flow knows the intent "${name}"; the payload goes to the model as text.`, { found: payload, expected: known.size === 0 ? '/SetSlots(...) or a text' : `/SetSlots(...) or one of ${listed(known)}`, suggestion: nearest(name, known) }))
}
