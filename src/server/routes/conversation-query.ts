import type { Context } from 'hono'
import type { Stored, TrackerEvent } from '../../dialogue/events.js'
import { applied } from '../../dialogue/reverting.js'
import { RequestRefused } from '../failure.js'
import type { Parameter, ServerParts } from '../route.js'
import { text } from '../schemas.js'

/** What requests about one conversation say in their address, read and checked. */
export const conversationOf = (context: Context): string => {
  const id = context.req.param('id')
  if (id === undefined || id === '' || id.length > 256 || /[\u0000-\u001f\u007f]/.test(id)) {
    throw new RequestRefused(400, 'BadRequest', 'The id of a conversation has 1 to 256 characters and no control characters.', { field: 'id' })
  }
  return id
}

const verbosities = ['ALL', 'APPLIED', 'AFTER_RESTART', 'NONE'] as const
export const includeEvents: Parameter = {
  name: 'include_events', in: 'query', description: 'Which events: all; since the last restart (AFTER_RESTART, the default); of these only what was not taken back (APPLIED); or none', schema: { type: 'string', enum: verbosities },
}
type Events = readonly Stored<TrackerEvent>[]

export const shownIn = (context: Context): ((events: Events) => Events) => {
  const verbosity = context.req.query('include_events') ?? 'AFTER_RESTART'
  if (!verbosities.some((known) => known === verbosity)) throw new RequestRefused(400, 'BadRequest', `The parameter "include_events" must be one of ${verbosities.join(', ')}.`, { field: 'include_events' })
  return (events) => {
    if (verbosity === 'NONE') return []
    if (verbosity === 'ALL') return events
    const counting = verbosity === 'APPLIED' ? applied(events) : events
    return counting.slice(counting.findLastIndex(({ event }) => event === 'restart') + 1)
  }
}

export const untilTime: Parameter = { name: 'until', in: 'query', description: 'The conversation as it was at this time, in seconds since 1970', schema: { type: 'number' } }
export const eventsUntil = (context: Context, events: Events): Events => {
  const until = context.req.query('until')
  if (until === undefined) return events
  if (until === '' || !Number.isFinite(Number(until))) throw new RequestRefused(400, 'BadRequest', 'The parameter "until" must be a time in seconds since 1970.', { field: 'until' })
  return events.filter(({ timestamp }) => timestamp <= Number(until))
}

export const outputChannel: Parameter = { name: 'output_channel', in: 'query', description: 'Name of the channel, "rest" unless given; "latest": that of the last message', schema: text }
export const channelIn = async (context: Context, { assistant }: ServerParts): Promise<string> => {
  const named = context.req.query('output_channel') ?? 'rest'
  if (named !== 'latest') return named
  return (await assistant.tracker(conversationOf(context))).latestMessage?.channel ?? 'rest'
}
