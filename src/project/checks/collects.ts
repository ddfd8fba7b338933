import { assumed, isBuiltIn, type Draft } from '../draft.js'
import { caution, mistake, type Report } from '../problem.js'
import type { Slot } from '../types.js'

/** Every slot that is collected can be asked for, and filled. */
export const checkCollects = (draft: Draft, report: Report): void => {
  const { declared, references, flows, slots } = draft
  const filled = filledElsewhere(draft)
  for (const { use, kind, name, span, by } of references) {
    if (use === 'collect') checkFilling(draft, name, filled, span, report)
    if (use === 'collect' && by !== null && !by.startsWith('pattern_') && builtInSlot(draft, name)) {
      report(mistake(span, 'internal-slot', `The slot "${name}" belongs to the built-in patterns.`, { suggestion: 'declare a slot of your own' }))
    }
    if (use === 'ask' && kind === 'response' && by === null && !declared.responses.has(name)) {
      report(mistake(span, 'no-way-to-ask', `There is no response "${name}" to ask with.`, { found: name, suggestion: `responses: {${name}: [{text: ...}]}` }))
    }
  }
  const steps = new Map([...flows.values()].flatMap((flow) => flow.steps.flatMap((step) => (step.kind === 'collect' ? [[`${flow.id} ${step.slot} ${step.utter}`, step] as const] : []))))
  for (const { use, name, span, by, slot: asked } of references) {
    if (use !== 'ask' || asked === undefined) continue
    const step = steps.get(`${by ?? ''} ${asked} ${name}`)
    if (step === undefined) continue
    const hasResponse = declared.responses.has(name)
    const slot = slots.get(step.slot)
    if (hasResponse && step.collectAction !== null) {
      report(mistake(span, 'two-ways-to-ask', `The slot "${step.slot}" would be asked for twice.`, { found: `the response ${name} and the action ${step.collectAction}`, suggestion: 'keep one of them' }))
    }
    if (hasResponse || step.collectAction !== null || slot === undefined) continue
    if (slot.initialValue === null || step.askBeforeFilling) {
      report(mistake(span, 'no-way-to-ask', `Nothing asks for the slot "${step.slot}".`, {
        found: `no response "${name}" and no action "action_ask_${step.slot}"`, suggestion: `responses: {${name}: [{text: ...}]}`,
      }))
    }
  }
}

const builtInSlot = ({ declared }: Draft, name: string): boolean => {
  const span = declared.slots.get(name)
  return span !== undefined && span !== assumed && isBuiltIn(span)
}

const checkFilling = (draft: Draft, name: string, filled: ReadonlySet<string>, span: Draft['references'][number]['span'], report: Report): void => {
  const slot = draft.slots.get(name)
  if (slot === undefined) return
  if (slot.type === 'list') {
    report(mistake(span, 'collect-of-list', `The slot "${name}" is a list, which only custom actions can fill.`, { expected: 'a slot of another type' }))
    return
  }
  if (filled.has(name) || isFillable(slot, draft) || draft.mayBeNamed(name)) return
  report(caution(span, 'unfillable-slot', `Nothing can fill the slot "${name}": the model may not, no button sets it, and no action of its own asks or checks it.`, {
    expected: 'a mapping such as from_llm, a /SetSlots button, set_slots, or an action', suggestion: 'mappings: [{type: from_llm}]',
  }))
}

const isFillable = ({ name, mappings }: Slot, { declared, actionWords }: Draft): boolean =>
  mappings.some(({ type, ...rest }) => (type !== 'controlled' && type !== 'custom') || 'action' in rest || 'run_action_every_turn' in rest) ||
  declared.actions.has(`action_ask_${name}`) || declared.actions.has(`validate_${name}`) || actionWords.has(name)

/** Slots that a step or a button sets. */
const filledElsewhere = ({ references, buttons }: Draft): ReadonlySet<string> => new Set([
  ...references.flatMap(({ use, name }) => (use === 'set' ? [name] : [])),
  ...buttons.flatMap(({ payload }) => payload.split(/[(,]/).flatMap((pair) => pair.split('=')[0]?.trim() ?? [])),
])
