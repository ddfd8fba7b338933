import { baseIntent, type Story, type StoryCondition, type StoryStep } from '../project/nlu.js'
import type { Project, SlotValue } from '../project/types.js'
import type { PastItem } from './heard.js'

export type StoryState = { readonly past: readonly PastItem[]; readonly activeLoop: string | null; readonly slots: ReadonlyMap<string, SlotValue> }
/** What the NLU side does next. `nothing`: no rule and no story knows. */
export type Prediction = { readonly kind: 'action'; readonly action: string } | { readonly kind: 'bot'; readonly text: string } | { readonly kind: 'listen' } | { readonly kind: 'nothing' }

/** How far a story has come, and how much of it fits. */
type Match = { readonly story: Story; readonly length: number; readonly next: Prediction }

const listen: Prediction = { kind: 'listen' }
const nothing: Prediction = { kind: 'nothing' }

/** Rules first, then the active form, then stories: Rasa's order of policies. Pure; the same past gives the same action. */
export const nextOf = (project: Project, state: StoryState): Prediction => {
  const { past, activeLoop } = state
  const told = { ...state, past: past.filter((item) => !isPartOfForm(item)) }
  const last = past.at(-1)
  const policies = project.config.nlu?.policies ?? { rules: true, stories: false }
  if (activeLoop !== null && last?.kind === 'action') {
    if (last.action === `validate_${activeLoop}`) return { kind: 'action', action: activeLoop }
    if (last.action === activeLoop || isPartOfForm(last)) return listen
  }
  const ruled = policies.rules ? best(rulesOf(project).filter((rule) => activeLoop === null || isAbout(rule, activeLoop)), told) : null
  if (ruled !== null && ruled.kind !== 'listen') return ruled
  if (activeLoop !== null) return { kind: 'action', action: activeLoop }
  if (ruled !== null) return ruled
  const storied = policies.stories ? best(project.nlu.stories.filter(({ isRule }) => !isRule), told) : null
  return storied ?? (last?.kind === 'intent' ? nothing : listen)
}

/** What a form does to ask and to check is no step of a story. */
const isPartOfForm = (item: PastItem): boolean => item.kind === 'action' && item.loop !== null && /^(validate|action_ask)_/.test(item.action)

/** While a form is active, only rules that name it apply. */
const isAbout = ({ conditions, steps }: Story, loop: string): boolean =>
  [...conditions, ...steps].some((step) => step.kind === 'loop' && step.loop === loop)

const best = (stories: readonly Story[], state: StoryState): Prediction | null => {
  const matches = stories.flatMap((story) => matchesOf(story, state))
  const [first] = matches.sort((a, b) => b.length - a.length || rank(b) - rank(a))
  return first?.next ?? null
}
/** Of two that fit equally far, one for the start of a conversation goes first, then one with more conditions, then one that acts. */
const rank = ({ story, next }: Match): number => (story.isAtStart ? 100 : 0) + 2 * Math.min(story.conditions.length, 40) + (next.kind === 'listen' ? 0 : 1)

const matchesOf = (story: Story, state: StoryState): readonly Match[] => {
  const { steps } = story
  const found: Match[] = []
  for (let at = 0; at <= steps.length; at++) {
    const next = steps[at]
    if (next?.kind === 'slot' || next?.kind === 'loop') continue
    const length = lengthOf(story, at, state)
    if (length === null) continue
    if (next === undefined) {
      if (story.waits) found.push({ story, length, next: listen })
    } else if (next.kind === 'action') found.push({ story, length, next: { kind: 'action', action: next.action } })
    else if (next.kind === 'bot') found.push({ story, length, next: { kind: 'bot', text: next.text } })
    else found.push({ story, length, next: listen })
  }
  return found
}

/** How many things of the past the first `at` steps are, null where they are others. */
const lengthOf = ({ steps, conditions, isAtStart, isRule }: Story, at: number, { past, activeLoop, slots }: StoryState): number | null => {
  const before = steps.slice(0, at)
  const length = before.filter(({ kind }) => kind !== 'slot' && kind !== 'loop').length
  if (length > past.length || (length === 0 && !(isAtStart && past.length === 0)) || (isAtStart && length !== past.length)) return null
  const tail = past.slice(past.length - length)
  const loopAt = (index: number): string | null => (index < length ? tail[index]?.loop ?? null : activeLoop)
  if (!conditions.every((condition) => holds(condition, loopAt(0), slots))) return null
  let passed = 0
  for (const step of before) {
    if (step.kind === 'slot' || step.kind === 'loop') {
      // Slots are known as they are now: what a story says of them counts where it stands now.
      if (step.kind === 'loop' ? !holds(step, loopAt(passed), slots) : passed === length && !holds(step, null, slots)) return null
    } else if (!isSame(step, tail[passed++])) return null
  }
  return length > 0 && !isRule && before.every(({ kind }) => kind === 'action' || kind === 'bot') ? null : length
}

const isSame = (step: StoryStep, item: PastItem | undefined): boolean => {
  if (item === undefined) return false
  if (item.kind === 'action') return (step.kind === 'action' && step.action === item.action) || (step.kind === 'bot' && step.text === item.action)
  if (step.kind === 'said') return step.text === item.text
  return step.kind === 'intent' && item.intent !== null && (step.intent === item.intent || step.intent === baseIntent(item.intent)) && step.entities.every((entity) => item.entities.includes(entity))
}

const holds = (condition: StoryCondition, loop: string | null, slots: ReadonlyMap<string, SlotValue>): boolean => {
  if (condition.kind === 'loop') return condition.loop === loop
  const value = slots.get(condition.slot) ?? null
  return condition.value === undefined ? value !== null : JSON.stringify(condition.value) === JSON.stringify(value)
}

const known = new WeakMap<Project, readonly Story[]>()
/** All rules in one form: those that answer an intent with one thing are steps as well. One that starts a flow is none of the NLU side. */
const rulesOf = (project: Project): readonly Story[] => {
  const found = known.get(project)
  if (found !== undefined) return found
  const short = project.rules.flatMap(({ name, intent, then, place }): Story[] => (then.kind === 'flow' ? [] : [{
    name, isRule: true, conditions: [], isAtStart: false, waits: true, patterns: [], place,
    steps: [{ kind: 'intent', intent, entities: [] }, { kind: 'action', action: then.kind === 'utter' ? then.response : then.action }],
  }]))
  const rules = [...project.nlu.stories.filter(({ isRule }) => isRule), ...short]
  known.set(project, rules)
  return rules
}
