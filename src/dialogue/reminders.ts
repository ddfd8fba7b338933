import type { SlotValue } from '../project/types.js'
import type { TrackerEvent } from './events.js'

/** A message that the assistant is to hear at a certain time, as if the user had meant this intent (Rasa's ReminderScheduled). */
export type Reminder = {
  readonly name: string
  readonly intent: string
  readonly entities: SlotValue
  /** Seconds since 1970. */
  readonly at: number
  /** Forgotten as soon as the user says something. */
  readonly endsWithMessage: boolean
  /** Number of the event that asked for it: names it for ever. */
  readonly sequence: number
}
type ReminderEvent = Extract<TrackerEvent, { event: 'reminder' }>
type Cancelling = Extract<TrackerEvent, { event: 'cancel_reminder' }>

/** The reminders that are open after one more was asked for: of one name only the last counts. Without a name or time it is none. */
export const withReminder = (open: readonly Reminder[], event: ReminderEvent, sequence: number): readonly Reminder[] => {
  const { intent, entities = null, date_time: written, kill_on_user_msg: ends = true } = event
  const at = typeof written === 'string' ? Date.parse(written) / 1_000 : NaN
  if (typeof intent !== 'string' || Number.isNaN(at)) return open
  const name = event.name ?? `reminder-${sequence}`
  return [...open.filter((reminder) => reminder.name !== name), { name, intent, entities: entities ?? null, at, endsWithMessage: ends, sequence }]
}

/** Those that are left: whatever a cancellation names must fit, and without a name, an intent or entities it fits all. */
export const withoutCancelled = (open: readonly Reminder[], { name = null, intent = null, entities = null }: Cancelling): readonly Reminder[] =>
  open.filter((reminder) => !((name === null || name === reminder.name) && (intent === null || intent === reminder.intent)
    && (entities === null || JSON.stringify(entities) === JSON.stringify(reminder.entities))))

/** A message ends those that end with one; the message that a reminder itself is, ends that one alone. */
export const afterMessage = (open: readonly Reminder[], { metadata }: Extract<TrackerEvent, { event: 'user' }>): readonly Reminder[] => {
  if (open.length === 0) return open
  const rung = metadata?.['reminder']
  return open.filter(({ name, endsWithMessage }) => (rung === undefined ? !endsWithMessage : name !== rung))
}

/** As a message: `/intent{...}`. */
export const messageOf = ({ intent, entities }: Reminder): string => `/${intent}${entities === null ? '' : JSON.stringify(asFields(entities))}`

/** Rasa takes entities as a map, or as a list of `{entity, value}`. */
const asFields = (entities: SlotValue): SlotValue => {
  if (!Array.isArray(entities)) return entities
  return Object.fromEntries((entities as readonly SlotValue[]).flatMap((entry) => {
    const { entity, value = null } = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry as { readonly entity?: SlotValue; readonly value?: SlotValue } : {}
    return typeof entity === 'string' ? [[entity, value]] : []
  }))
}
