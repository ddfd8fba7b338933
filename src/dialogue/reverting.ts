import { RevertTooFar } from './errors.js'
import type { Stored, TrackerEvent } from './events.js'

type Events = readonly Stored<TrackerEvent>[]

/** Events that take others back. Only who knows the whole history can fold them. */
export const isReverting = ({ event }: TrackerEvent): boolean => event === 'rewind' || event === 'undo'

/**
 * The events that count: `rewind` takes back the latest message of the user and all that followed, `undo` the latest action and all that
 * followed. Neither reaches behind the start of the session: there it takes back nothing. Throws RevertTooFar where the events are only
 * the end of a history (`isWhole` false) and what is taken back lies before them.
 */
export const applied = (events: Events, isWhole = true): Events => {
  const kept: Stored<TrackerEvent>[] = []
  for (const event of events) {
    if (!isReverting(event)) kept.push(event)
    else if (kept.some(isBeginning) || isWhole) kept.length = reverted(kept, event) ?? kept.length
    else kept.length = reverted(kept, event) ?? tooFar(event)
  }
  return kept
}

const tooFar = ({ sequence }: Stored<TrackerEvent>): never => { throw new RevertTooFar(sequence) }

const isBeginning = ({ event }: TrackerEvent): boolean => event === 'session_started' || event === 'restart'

/** How many of the events are left; null where there is nothing to take back. */
const reverted = (kept: Events, { event }: TrackerEvent): number | null => {
  const start = kept.findLastIndex(isBeginning)
  const at = kept.findLastIndex((candidate) => (event === 'rewind' ? candidate.event === 'user' : isAction(candidate)))
  if (at <= start) return null
  // What was asked for goes with what was done: nobody is to do it again.
  return event === 'undo' && kept[at - 1]?.event === 'followup' ? at - 1 : at
}

const isAction = (event: TrackerEvent): boolean => event.event === 'action' && event.name !== 'action_listen' && event.name !== 'action_session_start'
