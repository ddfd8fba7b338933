import type { SchemaObject } from 'ajv'

const text = { type: 'string', minLength: 1 }
const happening = { action: text, response: text, flow_started: text, flow_completed: text, flow_cancelled: text }
/** Conditions are read by their own reader, which says where they go wrong. */
const condition = { type: ['string', 'boolean'] }
const other = { type: 'object', additionalProperties: false, minProperties: 1, maxProperties: 1, properties: happening }
const value = { type: ['string', 'number', 'boolean', 'null'] }

export const propertySchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    description: text,
    never: {
      type: 'object',
      additionalProperties: false,
      properties: { ...happening, when: condition, unless: condition, before: other, after: other, within: text },
    },
    always: condition,
    every_turn: { type: 'string', enum: ['answers'] },
    every_flow: { type: 'string', enum: ['can_be_left'] },
    on_violation: { type: 'string', enum: ['log', 'block'] },
  },
}

export const assumptionsSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    actions: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['sets'],
        properties: { sets: { type: 'object', additionalProperties: { type: ['array', 'string'], items: value, minItems: 1 } } },
      },
    },
    begins: { type: 'object', additionalProperties: { type: 'array', minItems: 1, items: value } },
  },
}
