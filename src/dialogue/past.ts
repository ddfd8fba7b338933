import { normalise } from '../project/normalise.js'
import type { TrackerEvent } from './events.js'
import type { PastItem } from './heard.js'

/** The frame that rules, stories and forms run in. It has no steps: `nextOf` says what comes. */
export const storyPattern = 'pattern_stories'

/** Rules and stories look back no further. */
const longest = 60

/** What the NLU side remembers. Empty, and free of cost, while it takes no message. */
export type Past = { readonly past: readonly PastItem[]; readonly activeLoop: string | null; readonly pendingAction: string | null }

/** Folds one event: the tracker does it with stored events, a run with those that it is about to give. */
export const noted = (state: Past, event: TrackerEvent): Past => {
  switch (event.event) {
    case 'user': {
      const command = event.parse_data.commands.find((each) => each.command === 'follow stories')
      if (command === undefined) return state
      return remembering(state, { kind: 'intent', intent: command.intent, entities: command.entities.map(({ entity }) => entity), text: normalise(event.text), loop: state.activeLoop })
    }
    case 'action':
      if (state.pendingAction === event.name) return { ...state, pendingAction: null }
      return event.metadata?.['active_flow'] === storyPattern && event.name !== 'action_listen' ? remembering(state, { kind: 'action', action: event.name, loop: state.activeLoop }) : state
    case 'followup':
      if (!event.metadata.step_key.startsWith(`${storyPattern}.`)) return state
      return { ...remembering(state, { kind: 'action', action: event.name, loop: state.activeLoop }), pendingAction: event.name }
    case 'action_execution_rejected': return state.pendingAction === event.name ? { ...state, pendingAction: null } : state
    case 'active_loop': return ({ ...state, activeLoop: event.name ?? null })
    case 'restart': case 'session_started': case 'routing_session_ended': return nothingPast
    default: return state
  }
}

export const nothingPast: Past = { past: [], activeLoop: null, pendingAction: null }

const remembering = (state: Past, item: PastItem): Past => ({ ...state, past: [...state.past.slice(1 - longest), item] })
