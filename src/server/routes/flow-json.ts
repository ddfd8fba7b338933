import { conditionText } from '../../project/condition-text.js'
import type { Flow, Next, Step, StepKindName, StepShapes, Target } from '../../project/types.js'

type Json = Readonly<Record<string, unknown>>

/** What each kind of step says in YAML. */
const ownKeys: { readonly [K in StepKindName]: (step: StepShapes[K]) => Json } = {
  action: ({ action }) => ({ action }),
  collect: ({ slot, utter, description, askBeforeFilling, forceSlotFilling, rejections }) => ({
    collect: slot, utter,
    ...(description !== null && { description }),
    ...(askBeforeFilling && { ask_before_filling: true }),
    ...(forceSlotFilling && { force_slot_filling: true }),
    ...(rejections.length > 0 && { rejections: rejections.map((rejection) => ({ if: conditionText(rejection.if), utter: rejection.utter })) }),
  }),
  set_slots: ({ values }) => ({ set_slots: values.map(({ slot, value }) => ({ [slot]: value })) }),
  link: ({ flow }) => ({ link: flow }),
  call: ({ flow }) => ({ call: flow }),
  noop: () => ({ noop: true }),
}

const stepJson = <K extends StepKindName>(step: Step<K>): Json => ({ id: step.id, ...ownKeys[step.kind](step), next: nextJson(step.next) })
const targetJson = (target: Target): string => (target === 'END' ? 'END' : target.step)
const nextJson = (next: Next): unknown => (next.kind === 'go'
  ? targetJson(next.to)
  : [...next.branches.map((branch) => ({ if: conditionText(branch.if), then: targetJson(branch.to) })), { else: targetJson(next.otherwise) }])

/** A flow in the words of its YAML, every step with its id and where it leads. */
export const flowJson = (flow: Flow): Json => ({
  id: flow.id, name: flow.name, description: flow.description,
  ...(flow.guard !== null && { if: conditionText(flow.guard) }),
  ...(flow.nluTriggers.length > 0 && { nlu_trigger: flow.nluTriggers.map(({ intent, confidenceThreshold }) => ({ intent: { name: intent, confidence_threshold: confidenceThreshold } })) }),
  ...(flow.alwaysIncludeInPrompt && { always_include_in_prompt: true }),
  ...(flow.persistedSlots.length > 0 && { persisted_slots: flow.persistedSlots }),
  ...(!flow.runPatternCompleted && { run_pattern_completed: false }),
  steps: flow.steps.map((step) => stepJson(step)),
})
