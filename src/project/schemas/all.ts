import type { SchemaObject } from 'ajv'
import { configSchema, endpointsSchema } from './config.js'
import { sessionSchema, slotSchema, variationSchema } from './domain.js'
import { flowSchema } from './flow.js'
import { actionSchema, branchSchema, callSchema, collectSchema, linkSchema, noopSchema, setSlotsSchema } from './step.js'
import { assumptionsSchema, propertySchema } from './properties.js'
import { exampleGroupSchema, formSchema, nluSchema, nluTableSchema, ruleSchema, samplesSchema, storySchema } from './training-data.js'

export type SchemaName =
  | 'flow' | 'action' | 'collect' | 'set_slots' | 'link' | 'call' | 'noop' | 'branch'
  | 'slot' | 'variation' | 'session_config' | 'examples' | 'samples' | 'nlu' | 'nlu_table' | 'rule' | 'story' | 'form' | 'config' | 'endpoints' | 'property' | 'assumptions'

/** One schema per kind of YAML. */
export const schemas: Readonly<Record<SchemaName, SchemaObject>> = {
  flow: flowSchema,
  action: actionSchema,
  collect: collectSchema,
  set_slots: setSlotsSchema,
  link: linkSchema,
  call: callSchema,
  noop: noopSchema,
  branch: branchSchema,
  slot: slotSchema,
  variation: variationSchema,
  session_config: sessionSchema,
  examples: exampleGroupSchema,
  samples: samplesSchema,
  nlu: nluSchema,
  nlu_table: nluTableSchema,
  rule: ruleSchema,
  story: storySchema,
  form: formSchema,
  property: propertySchema,
  assumptions: assumptionsSchema,
  config: configSchema,
  endpoints: endpointsSchema,
}
