import type { SchemaName } from './schemas/all.js'

type Keyed =
  | 'flow.ask_confirm_digressions' | 'flow.block_digressions'
  | 'collect.silence_timeout' | 'collect.dtmf'
  | 'call.mcp_server' | 'call.mapping' | 'call.exit_if'
  | 'variation.allow_interruptions'
  | 'rule.condition' | 'rule.conversation_start' | 'rule.wait_for_user_input'
  | 'nlu.metadata'

/** What a Rasa project may hold and attune does not act on (yet): one sentence each, shown where it stands. */
const keys: Readonly<Record<Keyed, string>> = {
  'flow.ask_confirm_digressions': 'Confirming digressions existed in Rasa 3.12.0 to 3.12.5 only and is ignored; "force_slot_filling: true" on a collect step keeps the user at a question.',
  'flow.block_digressions': 'Blocking digressions existed in Rasa 3.12.0 to 3.12.5 only and is ignored; "force_slot_filling: true" on a collect step keeps the user at a question.',
  'collect.silence_timeout': 'Silence time-outs belong to voice channels, which attune does not have yet; the key is ignored.',
  'collect.dtmf': 'Keypad input belongs to voice channels, which attune does not have yet; the key is ignored.',
  'call.mcp_server': 'Calling tools of an MCP server is not supported yet; put the tool call into a custom action.',
  'call.mapping': 'Calling tools of an MCP server is not supported yet; put the tool call into a custom action.',
  'call.exit_if': 'Calling sub agents is not supported yet; "exit_if" is ignored.',
  'variation.allow_interruptions': 'Interrupting the assistant belongs to voice channels, which attune does not have yet; the key is ignored.',
  'rule.condition': 'Conditions on rules are not supported; the rule applies always. A flow guard can hold the condition.',
  'rule.conversation_start': 'Rules for the start of a conversation are not supported; override pattern_session_start instead.',
  'rule.wait_for_user_input': '"wait_for_user_input" is ignored: after a rule the assistant always waits.',
  'nlu.metadata': 'Metadata on intents is ignored.',
}

/** The sentence for a known key that has no effect here, or null where the key is simply unknown. */
export const adviceFor = (schema: SchemaName, key: string): string | null =>
  (keys as Readonly<Record<string, string>>)[`${schema}.${key}`] ?? null

type TopLevel = 'entities' | 'forms' | 'e2e_actions' | 'stories' | 'lookup' | 'synonym' | 'regex' | 'intents'
/** Top-level keys, and kinds of NLU entries, of Rasa projects that have no effect here. Null: rightly of no effect, nothing to say. */
export const topLevelAdvice: Readonly<Record<TopLevel, string | null>> = {
  entities: 'Entities are not used: the model fills slots itself.',
  forms: 'Forms are not supported; write a flow that collects the slots.',
  e2e_actions: 'End-to-end story actions are not supported.',
  stories: 'Stories are not supported; write a flow, or a rule for a fixed answer.',
  lookup: 'Lookup tables are not used; list values under "samples:" to vary the examples.',
  synonym: 'Synonyms are not used; mark the value in an example instead: [sum]{"value": ...}.',
  regex: 'Regex features are not used; a rule can match a pattern with "matches:".',
  intents: null,
}

type PipelineItem =
  | 'LLMBasedRouter' | 'IntentBasedRouter' | 'MultiStepLLMCommandGenerator'
  | 'TEDPolicy' | 'MemoizationPolicy' | 'AugmentedMemoizationPolicy' | 'UnexpecTEDIntentPolicy' | 'IntentlessPolicy'
/** Pipeline items and policies that have no effect here. */
export const pipelineAdvice: Readonly<Record<PipelineItem, string>> = {
  LLMBasedRouter: 'Coexistence with an NLU assistant is not supported; every message goes to the flows.',
  IntentBasedRouter: 'Coexistence with an NLU assistant is not supported; every message goes to the flows.',
  MultiStepLLMCommandGenerator: 'Commands are generated in one step; the settings of this component are ignored.',
  TEDPolicy: 'Story policies are not supported; conversations follow flows and rules.',
  MemoizationPolicy: 'Story policies are not supported; conversations follow flows and rules.',
  AugmentedMemoizationPolicy: 'Story policies are not supported; conversations follow flows and rules.',
  UnexpecTEDIntentPolicy: 'Story policies are not supported; conversations follow flows and rules.',
  IntentlessPolicy: 'The intentless policy is not supported; small talk goes to pattern_chitchat.',
}
