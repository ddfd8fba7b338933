import type { SchemaObject } from 'ajv'

const id = { type: 'string', minLength: 1, maxLength: 200 }
/** The inside of `next` is read, and blamed, by the flattening of steps. */
const shared = {
  id,
  next: { type: ['string', 'array'] },
  description: { type: 'string' },
  metadata: { type: 'object', required: [] },
}
const name = { type: 'string', minLength: 1 }

const step = (key: string, properties: SchemaObject, required: readonly string[] = [key]): SchemaObject => ({
  type: 'object', additionalProperties: false, required, properties: { ...properties, ...shared },
})

export const rejectionsSchema = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['if', 'utter'],
    properties: { if: { type: ['string', 'boolean'] }, utter: { type: 'string', minLength: 1 } },
  },
}

export const actionSchema = step('action', { action: name })
export const collectSchema = step('collect', {
  collect: {
    type: ['string', 'object'],
    minLength: 1,
    additionalProperties: false,
    required: ['name'],
    properties: { name },
  },
  utter: name,
  ask_before_filling: { type: 'boolean' },
  reset_after_flow_ends: { type: 'boolean' },
  force_slot_filling: { type: 'boolean' },
  rejections: rejectionsSchema,
})
export const setSlotsSchema = step('set_slots', {
  set_slots: { type: ['array', 'object'], minItems: 1, minProperties: 1, required: [], items: { type: 'object', minProperties: 1, maxProperties: 1 } },
})
export const linkSchema = step('link', { link: name })
export const callSchema = step('call', { call: name })
export const noopSchema = step('noop', { noop: { type: 'boolean', enum: [true] } }, ['noop', 'next'])
/** The form from before `noop` existed: a step that only branches. */
export const branchSchema = step('next', {})
