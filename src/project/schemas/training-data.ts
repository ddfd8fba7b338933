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

/** A lookup table, pattern or synonym. */
export const nluTableSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['examples'],
  properties: { lookup: text, regex: text, synonym: text, examples: lines },
}

/** `slot_was_set` is a list of names or of one-key maps. */
const slots = { type: ['array', 'object'], items: { type: ['string', 'object'] } }
const condition = {
  type: 'object', additionalProperties: false, minProperties: 1, maxProperties: 1,
  properties: { active_loop: { type: ['string', 'null'] }, slot_was_set: slots },
}
const step = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    intent: text, user: text, entities: { type: 'array' }, action: text, bot: text, flow: text, link: text, checkpoint: text,
    active_loop: { type: ['string', 'null'] }, slot_was_set: slots,
    or: { type: 'array', minItems: 1, items: { type: 'object', additionalProperties: true, minProperties: 1 } },
  },
}

export const ruleSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['rule', 'steps'],
  properties: {
    rule: text,
    matches: { type: 'array', minItems: 1, items: text },
    condition: { type: 'array', items: condition },
    conversation_start: { type: 'boolean' },
    wait_for_user_input: { type: 'boolean' },
    metadata: {},
    steps: { type: 'array', minItems: 1, items: step },
  },
}

export const storySchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['story', 'steps'],
  properties: { story: text, metadata: {}, steps: { type: 'array', minItems: 1, items: step } },
}

export const formSchema: SchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['required_slots'],
  properties: { required_slots: { type: 'array', items: text }, ignored_intents: { type: ['array', 'string'], items: text } },
}
