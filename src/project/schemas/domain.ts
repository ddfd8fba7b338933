import type { SchemaObject } from 'ajv'
import { rejectionsSchema } from './step.js'

const text = { type: 'string', minLength: 1 }

export const slotSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['type'],
  properties: {
    type: { type: 'string', enum: ['text', 'bool', 'categorical', 'strict_categorical', 'float', 'any', 'list'] },
    values: { type: 'array', items: { type: ['string', 'number', 'boolean'] } },
    initial_value: {},
    min_value: { type: 'number' },
    max_value: { type: 'number' },
    mappings: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: true,
        required: ['type'],
        properties: { type: { type: 'string', enum: ['from_llm', 'controlled', 'custom', 'from_entity', 'from_intent', 'from_text', 'from_trigger_intent'] } },
      },
    },
    validation: {
      type: 'object',
      additionalProperties: false,
      required: ['rejections'],
      properties: { rejections: rejectionsSchema, refill_utter: text },
    },
    influence_conversation: { type: 'boolean' },
    shared_for_coexistence: { type: 'boolean' },
  },
}

/** One variation of a response. */
export const variationSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    id: text,
    text: { type: ['string', 'null'] },
    channel: text,
    condition: {
      type: ['string', 'array'],
      minLength: 1,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['type', 'name', 'value'],
        properties: { type: { type: 'string', enum: ['slot'] }, name: text, value: {} },
      },
    },
    buttons: {
      type: 'array',
      items: {
        type: 'object', additionalProperties: true, required: ['title', 'payload'],
        properties: { title: text, payload: text, type: text },
      },
    },
    image: text,
    attachment: {},
    custom: {},
    elements: { type: 'array' },
    quick_replies: { type: 'array' },
    metadata: {
      type: 'object',
      additionalProperties: true,
      properties: { rephrase: { type: 'boolean' }, rephrase_prompt: text, template: { type: 'string', enum: ['jinja'] } },
    },
    translation: { type: 'object', additionalProperties: { type: 'string', minLength: 1 } },
  },
}

export const sessionSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    session_expiration_time: { type: 'number', minimum: 0 },
    carry_over_slots_to_new_session: { type: 'boolean' },
    start_session_after_expiry: { type: 'boolean' },
  },
}
