import type { Project } from '../project/types.js'
import type { Tracker } from './tracker.js'

/** When the session counts as inactive unless somebody speaks (3.16); null where it never does. */
export const inactiveAt = ({ config }: Project, { session }: Tracker): number | null =>
  config.compat === '3.16' && config.inactiveAfterMinutes > 0 && session.state === 'open' && session.messages > 0 && session.lastActivity !== null
    ? session.lastActivity + config.inactiveAfterMinutes * 60
    : null

/** When something is to happen in a conversation without a message; null where nothing is. */
export const dueAt = (project: Project, tracker: Tracker): number | null => {
  const inactive = inactiveAt(project, tracker)
  const times = [...tracker.reminders.map(({ at }) => at), ...(inactive === null ? [] : [inactive])]
  return times.length === 0 ? null : Math.min(...times)
}
