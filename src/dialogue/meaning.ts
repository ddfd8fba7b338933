import { baseIntent } from '../project/nlu.js'
import { normalise } from '../project/normalise.js'
import { occursIn } from '../project/pattern.js'
import type { Project, Rule } from '../project/types.js'
import type { Command } from './commands.js'
import type { Mention } from './heard.js'
import { slotsOfIntent } from './mapped-slots.js'
import { isStartable, standing } from './standing.js'
import { nextOf } from './stories.js'
import type { Tracker } from './tracker.js'

/** An intent with what is known of the message. `isSaid`: as `/intent`, which passes by the guards of flows. */
export type Meant = { readonly intent: string | null; readonly confidence: number; readonly entities: readonly Mention[]; readonly text: string; readonly isSaid: boolean }

/** What an intent means beside the flows' model: a rule, the flow that it triggers, a rule of several steps, and slots filled from it. */
export const commandsOf = (project: Project, tracker: Tracker, meant: Meant, { withRules = true } = {}): readonly Command[] => {
  const { intent, confidence, entities, isSaid } = meant
  const flow = [...project.flows.values()].find(({ nluTriggers }) => nluTriggers.some((trigger) => trigger.intent === intent && trigger.confidenceThreshold <= confidence))
  const rule = intent === null || !withRules ? null : matchingRule(project, tracker, (candidate) => candidate.intent === intent)
  const filled = slotsOfIntent(project, { name: intent, entities, isTrigger: flow !== undefined || rule?.then.kind === 'flow' })
  if (rule !== null) return [commandOf(project, rule, meant), ...filled]
  if (flow !== undefined) return [isSaid || flow.isPattern ? { command: 'start flow', flow: flow.id, trigger: 'intent' } : { command: 'start flow', flow: flow.id }, ...filled]
  return withRules && isForStories(project, tracker, meant) ? [followed(meant)] : filled
}

/** A message for the NLU side, whatever becomes of it there. */
export const followed = ({ intent, entities, text }: Pick<Meant, 'intent' | 'entities' | 'text'>): Command => ({ command: 'follow stories', intent, entities, text })

/** Whether a form is active, or a rule of several steps or a story goes on with this message. */
const isForStories = (project: Project, { past, activeLoop, slots }: Tracker, { intent, entities, text }: Meant): boolean => {
  if (activeLoop !== null) return true
  if (project.nlu.stories.length === 0) return false
  const item = { kind: 'intent', intent, entities: entities.map(({ entity }) => entity), text: normalise(text), loop: null } as const
  const next = nextOf(project, { past: [...past, item], activeLoop, slots })
  return next.kind === 'action' || next.kind === 'bot'
}

/** What rules say of a message word for word, or by their patterns. Null: nothing. */
export const ruledCommands = (project: Project, tracker: Tracker, text: string): readonly Command[] | null => {
  const said = normalise(text)
  const rule = matchingRule(project, tracker, ({ texts, patterns }) => texts.includes(said) || isMatch(patterns, said))
  if (rule !== null) return [commandOf(project, rule, { intent: rule.intent, entities: [], text }), ...slotsOfIntent(project, { name: rule.intent, entities: [], isTrigger: rule.then.kind === 'flow' })]
  // Where a classifier listens, it hears these words as well, and more of them.
  for (const intent of project.nlu.stories.length === 0 || project.config.nlu !== undefined ? [] : storyIntents(project, said)) {
    const meant = { intent, confidence: 1, entities: [], text, isSaid: false }
    if (isForStories(project, { ...tracker, activeLoop: null }, meant)) return [followed(meant)]
  }
  return null
}

const isMatch = (patterns: readonly string[], said: string): boolean => patterns.some((source) => occursIn({ source, flags: '' }, said))

/** The first rule that matches and can act: a rule for a flow that may not start now does not apply. */
const matchingRule = (project: Project, tracker: Tracker, matches: (rule: Rule) => boolean): Rule | null => {
  const found = project.rules.find(matches)
  if (found === undefined) return null
  const state = standing(project, tracker)
  return project.rules.find((rule) => (rule.then.kind !== 'flow' || isStartable(state, rule.then.flow)) && matches(rule)) ?? null
}

/** A rule beside which others answer the same intent under conditions is chosen among them. */
const commandOf = (project: Project, { name, intent, then }: Rule, message: Parameters<typeof followed>[0]): Command => {
  if (then.kind === 'flow') return { command: 'start flow', flow: then.flow }
  const hasRivals = project.nlu.stories.some(({ isRule, steps: [first] }) => isRule && first?.kind === 'intent' && first.intent === intent)
  return hasRivals ? followed(message) : { command: 'apply rule', rule: name }
}

const known = new WeakMap<Project, ReadonlyMap<string, string>>()
/** Intents that rules of several steps begin with and that this text is an example of, or that their patterns find in it. */
const storyIntents = (project: Project, said: string): readonly string[] => {
  const examples = known.get(project) ?? new Map(project.nlu.examples.map(({ intent, text }) => [normalise(text), baseIntent(intent)]))
  known.set(project, examples)
  const written = examples.get(said)
  const matched = project.nlu.stories.filter(({ patterns }) => isMatch(patterns, said)).flatMap(({ steps: [first] }) => (first?.kind === 'intent' ? [first.intent] : []))
  return [...(written === undefined ? [] : [written]), ...matched]
}
