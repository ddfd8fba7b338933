import type { Stored, TrackerEvent } from '../dialogue/events.js'

type Stamp = { readonly sequence: number; readonly timestamp: number }

/** An event as JSON without its stamp, which has columns of its own. */
export const textOf = (event: Stored<TrackerEvent>): string => {
  const plain: Record<string, unknown> = { ...event }
  delete plain['sequence']
  delete plain['timestamp']
  return JSON.stringify(plain)
}

/** The event again; what is read was written by `textOf`. Throws SyntaxError for damaged text. */
export const storedOf = (text: string, { sequence, timestamp }: Stamp): Stored<TrackerEvent> =>
  ({ ...(JSON.parse(text) as TrackerEvent), sequence, timestamp })
