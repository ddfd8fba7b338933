import type { Project } from '../project/types.js'
import { recordAction, begin, finish, isCustomAction, runAction } from './run.js'
import { beginSession, openSession } from './default-actions/session-start.js'
import type { Outcome } from './outcome.js'
import { takesPart } from './routing.js'
import type { Tracker } from './tracker.js'

/** Whether the next message opens a new session. `now` in seconds since 1970. An ended session is final from 3.16 on (calm-spec 11.2). */
export const sessionDue = (project: Project, { session }: Tracker, now: number): boolean => {
  if (session.state === 'none') return true
  if (session.state === 'ended') return project.config.compat !== '3.16'
  const minutes = project.config.sessionExpirationMinutes
  if (session.state === 'inactive') return minutes > 0
  return minutes > 0 && session.lastActivity !== null && now - session.lastActivity > minutes * 60
}

/** Actions that slots want run before each message is understood (`run_action_every_turn`, and `action` of the old custom mapping): those of the system that the conversation is with. */
export const actionsOfEveryTurn = (project: Project, tracker: Tracker): readonly string[] => {
  const named = [...project.slots.values()].flatMap(({ mappings }) =>
    mappings.filter((mapping) => takesPart(project, tracker, mapping['coexistence_system'])).map((mapping) => (mapping.type === 'controlled' ? mapping['run_action_every_turn'] : mapping.type === 'custom' ? mapping['action'] : null)))
  return [...new Set(named.filter((name): name is string => typeof name === 'string' && project.actions.has(name)))]
}

/**
 * Opens a session: runs `action_session_start` and carries slots over (calm-spec 11.2). Call it before the user event where `sessionDue`.
 * Where the domain declares an action of that name, the session is opened first and the action run then (`next: 'continue'`).
 */
export const startSession = (project: Project, tracker: Tracker): Outcome => {
  const run = begin(project, tracker)
  run.stack = []
  run.recorded = []
  if (isCustomAction(run, 'action_session_start')) {
    beginSession(run)
    runAction(run, 'action_session_start')
  } else {
    openSession(run)
    recordAction(run, 'action_listen')
    run.state = 'listening'
  }
  return finish(run)
}
