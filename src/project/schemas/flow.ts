import type { SchemaObject } from 'ajv'

/** A flow but for its steps, which are checked one by one with the schema of their kind. */
export const flowSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['description', 'steps'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    description: { type: 'string', minLength: 1, maxLength: 2000 },
    if: { type: ['string', 'boolean'] },
    nlu_trigger: {
      type: 'array',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['intent'],
        properties: {
          intent: {
            type: ['string', 'object'],
            additionalProperties: false,
            required: ['name'],
            properties: {
              name: { type: 'string', minLength: 1 },
              confidence_threshold: { type: 'number', minimum: 0, maximum: 1 },
            },
          },
        },
      },
    },
    always_include_in_prompt: { type: 'boolean' },
    persisted_slots: { type: 'array', items: { type: 'string' } },
    run_pattern_completed: { type: 'boolean' },
    translation: {
      type: 'object',
      additionalProperties: { type: 'object', additionalProperties: false, required: ['name'], properties: { name: { type: 'string', minLength: 1 } } },
    },
    steps: { type: 'array', minItems: 1, items: { type: 'object', minProperties: 1 } },
  },
}
