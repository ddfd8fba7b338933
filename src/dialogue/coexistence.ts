import { baseIntent, fallbackIntent, type NluConfig } from '../project/nlu.js'
import type { Project } from '../project/types.js'
import type { Command } from './commands.js'
import type { Heard } from './heard.js'
import { commandsOf, followed } from './meaning.js'
import { currentSystem, routeOf, type Route } from './routing.js'
import { askedSlot } from './stack.js'
import type { Tracker } from './tracker.js'

/** What the NLU side makes of a message: its commands, whether the language model is asked as well, and what the router has decided. */
export type Decision = {
  readonly commands: readonly Command[]
  readonly asksModel: boolean
  /** For the slot of the router, where it has just decided to stay with one system. */
  readonly isCalm?: boolean
}

export type Message = {
  readonly heard: Heard
  /** Written as `/intent`. */
  readonly isSaid: boolean
  /** What a router that goes by descriptions has chosen; null for one that goes by intents. */
  readonly route: Route | null
}

/** The order that the documents fix: router, then NLUCommandAdapter, then the language model (calm-spec section 10, and 4.2, rows 29 and 30). */
export const decided = (project: Project, tracker: Tracker, { heard, isSaid, route }: Message): Decision => {
  const nlu = project.config.nlu
  if (nlu === undefined) return { commands: [], asksModel: true }
  const meant = { intent: heard.intent?.name ?? null, confidence: heard.intent?.confidence ?? 0, entities: heard.entities, text: heard.text, isSaid }
  const isNew = nlu.router !== null && currentSystem(project, tracker) === null
  const { system, isSticky } = routed(project, tracker, nlu, meant.intent, route)
  const kept = isNew && isSticky ? { isCalm: system === 'calm' } : {}
  if (system === 'nlu') return { commands: [followed(meant)], asksModel: false, ...kept }
  // A classifier finds some intent in every message: beside a language model it may start flows, and only alone answer by rules.
  const withRules = nlu.router === null && (!nlu.hasGenerator || isSaid || tracker.activeLoop !== null)
  // Without the adapter only what is written as an intent is one.
  const commands = nlu.adapter !== null || isSaid ? commandsOf(project, tracker, meant, { withRules }) : []
  return { commands, asksModel: nlu.hasGenerator && isModelAsked(project, tracker, nlu, commands), ...kept }
}

const routed = (project: Project, tracker: Tracker, { router }: NluConfig, intent: string | null, route: Route | null): Route => {
  if (router === null) return { system: 'calm', isSticky: false }
  const current = currentSystem(project, tracker)
  if (current !== null) return { system: current, isSticky: true }
  return router.kind === 'intents' ? routeOf(project, router, intent) : route ?? { system: 'nlu', isSticky: true }
}

/** A generator that stands before the adapter is asked in any case; one behind it only for what is still open. */
const isModelAsked = (project: Project, tracker: Tracker, { adapter, sparesModel }: NluConfig, commands: readonly Command[]): boolean => {
  if (commands.some(({ command }) => command === 'apply rule' || command === 'follow stories')) return false
  if (project.config.compat === '3.8') return commands.length === 0
  if (adapter === 'after' || !sparesModel) return true
  const asked = askedSlot(tracker.stack)
  return !commands.some((command) => command.command === 'start flow' || (command.command === 'set slot' && command.name === asked))
}

/** Commands of both: where they disagree on the flow or on a slot, the adapter is right. */
export const together = (adapter: readonly Command[], model: readonly Command[]): readonly Command[] => {
  const starts = adapter.some(({ command }) => command === 'start flow')
  const rest = model.filter((command) => {
    if (command.command === 'start flow' || command.command === 'clarify') return !starts
    if (command.command === 'cannot handle' || command.command === 'noop') return adapter.length === 0
    return command.command !== 'set slot' || !adapter.some((other) => other.command === 'set slot' && other.name === command.name)
  })
  return [...adapter, ...rest]
}

/** FallbackClassifier: an intent that is unlikely, or hardly likelier than the second, is none of those that are known. */
export const withFallback = (heard: Heard, fallback: NluConfig['fallback']): Heard => {
  const [first, second] = heard.ranking
  if (fallback === null || first === undefined) return heard
  if (first.confidence >= fallback.threshold && first.confidence - (second?.confidence ?? 0) >= fallback.ambiguity) return heard
  const intent = { name: fallbackIntent, confidence: 1 - first.confidence }
  return { ...heard, intent, retrieval: null, ranking: [intent, ...heard.ranking] }
}

/** A message whose intents were ranked: a retrieval intent counts as what stands before its slash, its questions together. */
export const heardAs = (text: string, shares: Heard['ranking'], entities: Heard['entities']): Heard => {
  const bases = new Map<string, number>()
  for (const { name, confidence } of shares) bases.set(baseIntent(name), (bases.get(baseIntent(name)) ?? 0) + confidence)
  const ranking = [...bases].map(([name, confidence]) => ({ name, confidence })).sort((a, b) => b.confidence - a.confidence)
  const intent = ranking[0] ?? null
  const full = shares.filter(({ name }) => name.startsWith(`${intent?.name ?? ''}/`)).reduce<Heard['ranking'][number] | null>((best, one) => (best === null || one.confidence > best.confidence ? one : best), null)
  return { text, intent, ranking, retrieval: full?.name ?? null, entities }
}
