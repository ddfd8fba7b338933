import type { SchemaObject } from 'ajv'

const text = { type: 'string', minLength: 1 }
const timeout = { type: 'number', exclusiveMinimum: 0, maximum: 600 }

/** The keys of config.yml that the loader itself reads; sections of other rooms pass through unread. */
export const configSchema: SchemaObject = {
  type: 'object',
  additionalProperties: true,
  properties: {
    recipe: { type: 'string', enum: ['default.v1'] },
    language: text,
    additional_languages: { type: 'array', items: text },
    assistant_id: text,
    compat: { type: ['string', 'number'] },
    pipeline: {
      type: ['array', 'null'],
      items: {
        type: 'object',
        additionalProperties: true,
        required: ['name'],
        properties: {
          name: text,
          user_input: { type: 'object', additionalProperties: false, properties: { max_characters: { type: 'integer' } } },
        },
      },
    },
    policies: {
      type: ['array', 'null'],
      items: { type: 'object', additionalProperties: true, required: ['name'], properties: { name: text } },
    },
  },
}

export const endpointsSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  properties: {
    action_endpoint: {
      type: 'object',
      additionalProperties: false,
      properties: {
        url: text, actions_module: text, enable_selective_domain: { type: 'boolean' }, cafile: text,
        timeout,
      },
    },
    // The rephraser has keys of its own here; without an address the whole section is told to be without effect.
    nlg: { type: 'object', additionalProperties: true, properties: { url: text, timeout } },
  },
}
