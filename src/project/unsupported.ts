import type { SchemaName } from './schemas/all.js'

type Keyed =
  | 'flow.ask_confirm_digressions' | 'flow.block_digressions'
  | 'collect.silence_timeout' | 'collect.dtmf'
  | 'call.mcp_server' | 'call.mapping' | 'call.exit_if'
  | 'variation.allow_interruptions'
  | 'rule.condition' | 'rule.conversation_start' | 'rule.wait_for_user_input'
  | 'nlu.metadata'
  | 'slot.shared_for_coexistence' | 'slot.auto_fill'
  | 'endpoints.tracker_store' | 'endpoints.event_broker' | 'endpoints.lock_store' | 'endpoints.timer_store' | 'endpoints.model_groups'
  | 'endpoints.models' | 'endpoints.vector_store' | 'endpoints.tracing' | 'endpoints.metrics' | 'endpoints.privacy' | 'endpoints.mcp_servers'
  | 'endpoints.interaction_handling'

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
  'slot.shared_for_coexistence': 'There is no NLU assistant beside the flows, so nothing has to be shared with one; the key is ignored.',
  'slot.auto_fill': 'Slots of Rasa 2 filled themselves from entities of the same name; here "mappings" says who fills a slot.',
  'endpoints.tracker_store': 'Conversations are kept in attune\'s own SQLite file; other tracker stores are not supported yet.',
  'endpoints.event_broker': 'Event brokers are not supported yet; events can be read from the tracker.',
  'endpoints.lock_store': 'Conversations are locked within the one process; lock stores are not supported yet.',
  'endpoints.timer_store': 'Timers are not supported yet; a session ends with the first message after its time.',
  'endpoints.model_groups': 'Model groups of large language models are not used: the tuned model of this project understands messages.',
  'endpoints.models': 'Models are trained here with attune train, not fetched from a server.',
  'endpoints.vector_store': 'Knowledge is searched in data/knowledge; vector stores are not supported yet.',
  'endpoints.tracing': 'Tracing is not supported yet.',
  'endpoints.metrics': 'Metrics are not supported yet.',
  'endpoints.privacy': 'Privacy rules are not supported yet: slot values stand in the tracker as they were said.',
  'endpoints.mcp_servers': 'MCP servers are not supported yet; put the tool call into a custom action.',
  'endpoints.interaction_handling': 'Silence time-outs belong to voice channels, which attune does not have yet.',
}

/** The sentence for a known key that has no effect here, or null where the key is simply unknown. */
export const adviceFor = (schema: SchemaName, key: string): string | null =>
  (keys as Readonly<Record<string, string>>)[`${schema}.${key}`] ?? null

export const rephraserAdvice = 'Rephrasing responses is not supported: they are said as they stand in the domain, or as a server at "url" words them.'

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
  | 'LLMBasedRouter' | 'IntentBasedRouter' | 'MultiStepLLMCommandGenerator' | 'NLUCommandAdapter'
  | 'TEDPolicy' | 'MemoizationPolicy' | 'AugmentedMemoizationPolicy' | 'UnexpecTEDIntentPolicy' | 'IntentlessPolicy'
  | 'CompactLLMCommandGenerator' | 'SearchReadyLLMCommandGenerator' | 'SingleStepLLMCommandGenerator' | 'LLMCommandGenerator'
  | 'FlowPolicy' | 'RulePolicy' | 'EnterpriseSearchPolicy'
const routers = 'Coexistence with an NLU assistant is not supported; every message goes to the flows.'
const stories = 'Story policies are not supported; conversations follow flows and rules.'
/** Pipeline items and policies, with a sentence where they have no effect here. Null: attune does what they stand for. */
const components: Readonly<Record<PipelineItem, string | null>> = {
  LLMBasedRouter: routers,
  IntentBasedRouter: routers,
  NLUCommandAdapter: 'No NLU model runs. The tuned model learns the examples of each intent in "nlu_trigger"; rules and /intent messages start flows and fill slots by themselves.',
  MultiStepLLMCommandGenerator: 'Commands are generated in one step; the settings of this component are ignored.',
  TEDPolicy: stories,
  MemoizationPolicy: stories,
  AugmentedMemoizationPolicy: stories,
  UnexpecTEDIntentPolicy: stories,
  IntentlessPolicy: 'The intentless policy is not supported; small talk goes to pattern_chitchat.',
  CompactLLMCommandGenerator: null,
  SearchReadyLLMCommandGenerator: null,
  SingleStepLLMCommandGenerator: null,
  LLMCommandGenerator: null,
  FlowPolicy: null,
  RulePolicy: null,
  EnterpriseSearchPolicy: null,
}
/** Null where attune does what the component stands for. */
export const componentAdvice = (name: string): string | null => {
  const advice = (components as Readonly<Record<string, string | null>>)[name]
  return advice === undefined ? 'This component is not part of attune; it is ignored.' : advice
}

type Setting =
  | 'llm' | 'embeddings' | 'prompt' | 'prompt_template' | 'prompt_templates' | 'flow_retrieval' | 'minimize_num_calls' | 'include_date_time' | 'timezone'
  | 'vector_store' | 'use_generative_llm' | 'citation_enabled' | 'check_relevancy' | 'max_messages_in_query'
const tuned = 'The tuned model of this project takes the place of a prompted one; this setting is ignored.'
const search = 'Knowledge is searched in data/knowledge and answered with the passage found; this setting is ignored.'
/** Settings of command generators and of the knowledge policy that have no effect here. */
const settings: Readonly<Record<Setting, string>> = {
  llm: tuned,
  embeddings: tuned,
  prompt: tuned,
  prompt_template: tuned,
  prompt_templates: tuned,
  flow_retrieval: tuned,
  minimize_num_calls: tuned,
  include_date_time: tuned,
  timezone: tuned,
  vector_store: search,
  use_generative_llm: search,
  citation_enabled: search,
  check_relevancy: search,
  max_messages_in_query: search,
}
export const settingAdvice = (name: string): string | null => (settings as Readonly<Record<string, string>>)[name] ?? null

type Mapping = 'from_intent' | 'from_trigger_intent' | 'from_entity'
const mappings: Readonly<Record<Mapping, string>> = {
  from_intent: 'No NLU model runs; only the message /intent and a rule that matches fill the slot this way. "from_llm" lets the model fill it.',
  from_trigger_intent: 'No NLU model runs; only the message /intent and a rule that starts a flow fill the slot this way. "from_llm" lets the model fill it.',
  from_entity: 'No NLU model runs; only a message such as /intent{"entity": "value"} fills the slot this way. "from_llm" lets the model fill it.',
}
export const mappingAdvice = (type: string): string | null => (mappings as Readonly<Record<string, string>>)[type] ?? null
