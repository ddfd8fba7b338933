import type { Project } from '../project/types.js'
import type { Outcome } from './outcome.js'
import type { Tracker } from './tracker.js'

/** Whether the next message opens a new session. `now` in seconds since 1970. */
export const sessionDue = (_project: Project, _tracker: Tracker, _now: number): boolean => { throw new Error('sessionDue is being written') }

/** Opens a session: runs `action_session_start`, carries slots over (calm-spec 11.2). Call it before the user event where `sessionDue`. */
export const startSession = (_project: Project, _tracker: Tracker): Outcome => { throw new Error('startSession is being written') }
