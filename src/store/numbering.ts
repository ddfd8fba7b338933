import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { WrongNumbering } from './errors.js'

/** Refuses events that are not numbered expected + 1, expected + 2, ... */
export const checkNumbering = (conversation: string, expected: number, events: readonly Stored<TrackerEvent>[]): void => {
  events.forEach(({ sequence }, index) => {
    if (sequence !== expected + index + 1) throw new WrongNumbering(conversation, expected + index + 1, sequence)
  })
}
