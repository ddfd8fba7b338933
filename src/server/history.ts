import { eventFromJson } from '../actions/event-from-json.js'
import { StackPatchFailed, UnknownEvent, UnknownSlot } from '../dialogue/errors.js'
import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { RequestRefused } from './failure.js'

/** An event as GET shows it, before it is read. */
export type GivenEvent = Readonly<Record<string, unknown>>

/** A whole history is no longer than this in a request, in bytes. */
export const mostHistoryBytes = 4_194_304

/** Reads the history that a request holds, and does something with it. Throws RequestRefused where an event is none, or does not fit those before it. */
export const withHistory = async <T>(given: readonly GivenEvent[], use: (events: readonly Stored<TrackerEvent>[]) => Promise<T>): Promise<T> => {
  const events = given.map((event, index) => {
    const read = eventFromJson(event, index + 1)
    if (typeof read === 'string') throw new RequestRefused(400, 'BadRequest', read, { field: String(index) })
    return read
  })
  try {
    return await use(events)
  } catch (error) {
    if (error instanceof StackPatchFailed || error instanceof UnknownEvent || error instanceof UnknownSlot) throw new RequestRefused(400, 'BadRequest', error.message)
    throw error
  }
}
