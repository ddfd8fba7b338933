import { routingSlot, type Router } from '../project/nlu.js'
import type { Project } from '../project/types.js'
import type { Tracker } from './tracker.js'

export type System = 'calm' | 'nlu'
/** Who takes a message, and whether whoever it is keeps the conversation. */
export type Route = { readonly system: System; readonly isSticky: boolean }

/** The system that the conversation is with; null while the router is to decide, and where there is none. */
export const currentSystem = (project: Project, { slots }: Tracker): System | null => {
  if (project.config.nlu?.router == null) return null
  const kept = slots.get(routingSlot) ?? null
  return kept === null ? null : kept === true ? 'calm' : 'nlu'
}

/** Whether what belongs to `owner` takes part in this turn. Before a decision the NLU side does, as its policies do. */
export const takesPart = (project: Project, tracker: Tracker, owner: unknown): boolean => {
  if (project.config.nlu?.router == null || (owner !== 'NLU' && owner !== 'CALM')) return true
  return (currentSystem(project, tracker) === 'calm') === (owner === 'CALM')
}

/** Where an intent goes. One that no list names goes to the flows if it starts one of them. */
export const routeOf = (project: Project, router: Extract<Router, { readonly kind: 'intents' }>, intent: string | null): Route => {
  if (intent !== null && router.calm.includes(intent)) return { system: 'calm', isSticky: true }
  if (intent !== null && router.nluOnce.includes(intent)) return { system: 'nlu', isSticky: false }
  if (intent !== null && router.nlu.includes(intent)) return { system: 'nlu', isSticky: true }
  const startsFlow = [...project.flows.values()].some(({ nluTriggers }) => nluTriggers.some((trigger) => trigger.intent === intent))
  return { system: startsFlow ? 'calm' : 'nlu', isSticky: true }
}
