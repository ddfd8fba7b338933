import { step } from '../dialogue/engine.js'
import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { shortcut } from '../dialogue/shortcuts.js'
import { emptyTracker, foldAll, type Tracker } from '../dialogue/tracker.js'
import type { Project } from '../project/types.js'
import type { Understander } from '../understand/understanding.js'

export type Prediction = { readonly action: string; readonly tracker: Tracker }

/**
 * The action that comes next after a history, which is left as it is: the one that is waited for; where a message has not been answered,
 * the first one that its answer would take; else nothing but listening. Throws what folding and the model throw.
 */
export const predict = async (project: Project, understander: Understander, events: readonly Stored<TrackerEvent>[], signal: AbortSignal): Promise<Prediction> => {
  const tracker = foldAll(emptyTracker(project), events)
  if (tracker.pending !== null) return { action: tracker.pending.action, tracker }
  const latest = events.at(-1)
  if (latest?.event !== 'user' || tracker.session.state === 'ended') return { action: 'action_listen', tracker }
  const known = shortcut(project, tracker, latest.text)
  const before = foldAll(emptyTracker(project), events.slice(0, -1))
  const { commands } = known.kind === 'commands' ? known : await understander.understand(project, before, known.text, signal)
  const outcome = step(project, tracker, commands.length > 0 ? commands : [{ command: 'cannot handle' }])
  for (const event of outcome.events) if (event.event === 'action' || event.event === 'followup') return { action: event.name, tracker }
  return { action: 'action_listen', tracker }
}
