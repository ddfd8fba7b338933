import { Ajv, type ValidateFunction } from 'ajv'
import type { Stored, TrackerEvent } from '../dialogue/events.js'
import { markNames } from './event-marks.js'

type Fields = Readonly<Record<string, unknown>>
type Kind = TrackerEvent['event']

const ajv = new Ajv({ strict: true, allowUnionTypes: true })
const text = { type: 'string' } as const
const shape = (properties: Readonly<Record<string, object>>, required: readonly string[] = Object.keys(properties)): object =>
  ({ type: 'object', required: ['timestamp', ...required], properties: { timestamp: { type: 'number' }, ...properties } })
const bare = shape({})
const named = shape({ name: text })
const ofFlow = shape({ flow_id: text, step_id: text })

/** The fields of each kind of event: the ones that are kept, and what must hold of them. */
const shapes: { readonly [K in Kind]: object } = {
  user: shape({
    text, input_channel: { type: ['string', 'null'] }, message_id: { type: ['string', 'null'] },
    parse_data: { type: ['object', 'null'], properties: { commands: { type: 'array', items: { type: 'object' } } } }, metadata: { type: ['object', 'null'] },
  }, ['text']),
  bot: shape({ text: { type: ['string', 'null'] }, data: { type: ['object', 'null'] }, metadata: { type: ['object', 'null'] } }, []),
  slot: shape({ name: text, value: {} }, ['name']),
  reset_slots: bare,
  action: shape({ name: text, metadata: { type: ['object', 'null'] } }, ['name']),
  action_execution_rejected: named,
  followup: shape({ name: text, metadata: { type: 'object', required: ['step_key', 'steps_left'], properties: { step_key: text, steps_left: { type: 'integer' } } } }),
  session_started: shape({ metadata: { type: ['object', 'null'] } }, []),
  session_ended: shape({ metadata: { type: ['object', 'null'] } }, []),
  restart: bare,
  stack: shape({ update: text }),
  flow_started: shape({ flow_id: text, metadata: { type: ['object', 'null'] } }, ['flow_id']),
  flow_completed: ofFlow, flow_cancelled: ofFlow, flow_interrupted: ofFlow, flow_resumed: ofFlow,
  pause: bare, resume: bare, rewind: bare, undo: bare,
  conversation_inactive: bare, session_paused: shape({ reason: { type: ['string', 'null'] } }, []),
  conversation_resumed: shape({ metadata: { type: ['object', 'null'] } }, []),
  reminder: shape({ intent: text, date_time: text, name: { type: ['string', 'null'] }, entities: {}, kill_on_user_msg: { type: ['boolean', 'null'] } }, ['intent', 'date_time']),
  cancel_reminder: shape({ name: { type: ['string', 'null'] }, intent: { type: ['string', 'null'] }, entities: {} }, []),
  entities: bare, export: bare, routing_session_ended: bare,
  active_loop: shape({ name: { type: ['string', 'null'] } }, []), loop_interrupted: bare, form: bare, form_validation: bare,
  agent_started: bare, agent_completed: bare, agent_interrupted: bare, agent_cancelled: bare, agent_resumed: bare,
}
const checks = new Map<string, ValidateFunction>(Object.entries(shapes).map(([kind, schema]) => [kind, ajv.compile(schema)]))

/** An event of Rasa's tracker JSON as it lies in a store, or in a sentence what is wrong with it. The other way round: `rasaTracker`. */
export const eventFromJson = (given: Fields, sequence: number): Stored<TrackerEvent> | string => {
  const kind = given['event']
  const check = typeof kind === 'string' ? checks.get(kind) : undefined
  if (!check) return `Event ${sequence} is of no kind that attune can apply.`
  if (!check(given)) return `Event ${sequence} (${String(kind)}) is wrong: ${ajv.errorsText(check.errors, { dataVar: 'it' })}.`
  const { event, timestamp, metadata, ...rest } = given
  return { event, sequence, timestamp, ...fields[kind as Kind]?.(rest, plainMetadata(metadata), metadata as Fields | null | undefined) ?? rest } as Stored<TrackerEvent>
}

/** Metadata without the marks of the session, which are stored where it began. */
const plainMetadata = (metadata: unknown): Fields =>
  Object.fromEntries(Object.entries(metadata ?? {}).filter(([name]) => !markNames.includes(name)))

const optional = (name: string, value: unknown): Fields => (value === undefined || value === null ? {} : { [name]: value })
const unlessEmpty = (metadata: Fields): Fields => (Object.keys(metadata).length > 0 ? { metadata } : {})

const markOf = (marked: Fields | null | undefined): Fields => {
  const { session_id: id, assistant_id: assistant = null, model_id: model = null } = marked ?? {}
  return typeof id === 'string' ? { metadata: { session_id: id, assistant_id: assistant, model_id: model } } : {}
}

/** What an event of ours holds, where that is less than the JSON does. */
const fields: { readonly [K in Kind]?: (given: Fields, metadata: Fields, marked: Fields | null | undefined) => Fields } = {
  user: ({ text: said, parse_data, input_channel, message_id }, metadata) =>
    ({ text: said, parse_data: { commands: [], ...parse_data as Fields | null | undefined }, ...optional('input_channel', input_channel), ...optional('message_id', message_id), metadata }),
  bot: ({ text: said, data }, metadata) => ({ text: said ?? null, data: data ?? {}, metadata }),
  slot: ({ name, value }) => ({ name, value: value ?? null }),
  action: ({ name }, metadata) => ({ name, ...unlessEmpty(metadata) }),
  action_execution_rejected: ({ name }) => ({ name }),
  followup: ({ name }, metadata) => ({ name, metadata }),
  session_started: (_, __, marked) => markOf(marked),
  conversation_resumed: (_, __, marked) => markOf(marked),
  active_loop: ({ name }) => ({ name: name ?? null }),
  session_paused: ({ reason }) => optional('reason', reason),
  reminder: ({ intent, date_time, name, entities, kill_on_user_msg }) =>
    ({ intent, date_time, ...optional('name', name), ...optional('entities', entities), ...optional('kill_on_user_msg', kill_on_user_msg) }),
  cancel_reminder: ({ name, intent, entities }) => ({ ...optional('name', name), ...optional('intent', intent), ...optional('entities', entities) }),
  session_ended: (_, { _reason }) => optional('reason', _reason),
  stack: ({ update }) => ({ update }),
  flow_started: ({ flow_id }, metadata) => ({ flow_id, ...unlessEmpty(metadata) }),
}
