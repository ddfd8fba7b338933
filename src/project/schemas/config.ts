import type { SchemaObject } from 'ajv'
import { adapterKinds } from '../read-adapter.js'

const text = { type: 'string', minLength: 1 }
const timeout = { type: 'number', exclusiveMinimum: 0, maximum: 600 }

/** How the model is tuned. What else stands in `training:` is read by the trainer; which settings a kind has by read-adapter.ts. */
const training = {
  type: ['object', 'null'],
  additionalProperties: true,
  properties: {
    adapter: {
      type: 'object',
      additionalProperties: true,
      properties: {
        kind: { type: 'string', enum: adapterKinds },
        rank: { type: 'integer', minimum: 1 },
        alpha: { type: 'number', exclusiveMinimum: 0 },
        rslora: { type: 'boolean' },
        dropout: { type: 'number', minimum: 0, maximum: 0.9 },
        targets: { type: 'array', minItems: 1, items: { type: 'string', enum: ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] } },
        // So many from the top, or the numbers of layers, from 0.
        layers: { type: ['integer', 'array'], minimum: 1, minItems: 1, items: { type: 'integer', minimum: 0 } },
        reduction: { type: 'integer', minimum: 1 },
      },
    },
  },
}

/** The keys of config.yml that the loader itself reads; sections of other rooms pass through unread. */
export const configSchema: SchemaObject = {
  type: 'object',
  additionalProperties: true,
  properties: {
    recipe: { type: 'string', enum: ['default.v1'] },
    language: text,
    additional_languages: { type: 'array', items: text },
    assistant_id: text,
    training,
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
