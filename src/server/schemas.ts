import type { JsonSchema, Parameter } from './route.js'

/** Shapes that several routes share. */
export const anything: JsonSchema = {}
export const text: JsonSchema = { type: 'string' }
export const map: JsonSchema = { type: 'object' }
export const listOf = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
export const record = (properties: Readonly<Record<string, JsonSchema>>, optional: readonly string[] = []): JsonSchema => ({
  type: 'object', properties, required: Object.keys(properties).filter((name) => !optional.includes(name)), additionalProperties: false,
})
export const orNull = (schema: JsonSchema & { readonly type: string }): JsonSchema => ({ ...schema, type: [schema.type, 'null'] })

export const failure: JsonSchema = record({
  version: text, status: { const: 'failure' }, reason: text, message: text, details: map, code: { type: 'integer' },
})

/** Longer ids help nobody, and control characters only hurt. */
export const conversationId: JsonSchema = { type: 'string', minLength: 1, maxLength: 256, pattern: '^[^\\u0000-\\u001f\\u007f]+$' }
export const conversationParameter: Parameter = { name: 'id', in: 'path', description: 'Id of the conversation, the sender of its messages', schema: conversationId }

export const button: JsonSchema = record({ title: text, payload: text, type: text }, ['type'])
export const event: JsonSchema = { type: 'object', required: ['event', 'timestamp'], properties: { event: text, timestamp: { type: 'number' } } }

/** A conversation in Rasa's form (calm-spec 11.3). */
export const tracker: JsonSchema = record({
  sender_id: text, user_id: text, current_session_id: orNull({ type: 'string' }), slots: map, latest_message: map, latest_event_time: orNull({ type: 'number' }), followup_action: orNull({ type: 'string' }),
  paused: { type: 'boolean' }, stack: listOf(map), events: listOf(event), latest_input_channel: orNull({ type: 'string' }),
  latest_action_name: orNull({ type: 'string' }), latest_action: map, active_loop: map,
}, ['user_id'])
