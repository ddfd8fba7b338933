import type { SchemaObject } from 'ajv'

const text = { type: 'string', minLength: 1 }
/** Lines that begin with a hyphen in one block of text, as Rasa writes them, or a list. */
const lines = { type: ['string', 'array'], minLength: 1, minItems: 1, items: { type: 'string', minLength: 1 } }

export const exampleGroupSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['utterances'],
  properties: {
    flow: text,
    slot: text,
    correction: text,
    command: {
      type: 'string',
      enum: ['cancel flow', 'chitchat', 'knowledge', 'human handoff', 'repeat bot messages', 'skip question', 'cannot handle'],
    },
    clarify: { type: 'array', minItems: 2, items: text },
    utterances: lines,
  },
}

export const samplesSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['slot', 'values'],
  properties: {
    slot: text,
    values: {
      type: 'array',
      minItems: 1,
      items: {
        type: ['string', 'number', 'boolean', 'object'],
        additionalProperties: false,
        required: ['said', 'value'],
        properties: { said: text, value: { type: ['string', 'number', 'boolean', 'null'] } },
      },
    },
  },
}

export const nluSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['intent', 'examples'],
  properties: { intent: text, examples: lines },
}

export const ruleSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['rule', 'steps'],
  properties: {
    rule: text,
    matches: { type: 'array', minItems: 1, items: text },
    steps: {
      type: 'array',
      minItems: 2,
      items: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
        properties: { intent: text, action: text, flow: text, link: text },
      },
    },
  },
}
