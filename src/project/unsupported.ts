import type { SchemaName } from './schemas/all.js'

type Keyed =
  | 'flow.ask_confirm_digressions' | 'flow.block_digressions'
  | 'collect.silence_timeout' | 'collect.dtmf'
  | 'call.mcp_server' | 'call.mapping' | 'call.exit_if'
  | 'variation.allow_interruptions'
  | 'nlu.metadata'
  | 'slot.auto_fill'
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
  'nlu.metadata': 'Metadata on intents is ignored.',
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

type TopLevel = 'entities' | 'forms' | 'e2e_actions' | 'stories' | 'lookup' | 'synonym' | 'regex'
/** Parts of Rasa's NLU side that have no effect where neither NLUCommandAdapter nor a router stands in the pipeline. */
export const topLevelAdvice: Readonly<Record<TopLevel, string>> = {
  entities: 'Entities are used only with NLUCommandAdapter or a router in the pipeline; without one the model fills slots itself.',
  forms: 'Forms are used only with NLUCommandAdapter or a router in the pipeline; a flow that collects the slots does the same.',
  e2e_actions: 'Texts of stories are said only with NLUCommandAdapter or a router in the pipeline.',
  stories: 'Stories are followed only with NLUCommandAdapter or a router in the pipeline; write a flow, or a rule.',
  lookup: 'Lookup tables are used only with NLUCommandAdapter or a router in the pipeline; list values under "samples:" to vary the examples.',
  synonym: 'Synonyms are used only with NLUCommandAdapter or a router in the pipeline; mark the value in an example instead: [sum]{"value": ...}.',
  regex: 'Patterns are used only with NLUCommandAdapter or a router in the pipeline; a rule can match a pattern with "matches:".',
}

type PipelineItem =
  | 'MultiStepLLMCommandGenerator' | 'TEDPolicy' | 'UnexpecTEDIntentPolicy' | 'IntentlessPolicy' | 'DucklingEntityExtractor' | 'DucklingHTTPExtractor' | 'SpacyEntityExtractor'
const values = 'Values are found by lookup tables, patterns, synonyms and marked examples only; numbers of slots are read by attune itself.'
/** Pipeline items and policies whose work is not done here, or otherwise. */
const components: Readonly<Record<PipelineItem, string>> = {
  MultiStepLLMCommandGenerator: 'Commands are generated in one step; the settings of this component are ignored.',
  TEDPolicy: 'Stories are followed as they are written; nothing is learned from them for conversations that none of them tells.',
  UnexpecTEDIntentPolicy: 'No model of stories tells which intents are unlikely; the policy is ignored.',
  IntentlessPolicy: 'The intentless policy is not supported; small talk goes to pattern_chitchat.',
  DucklingEntityExtractor: values,
  DucklingHTTPExtractor: values,
  SpacyEntityExtractor: values,
}
/** attune does what these stand for. */
const supported = new Set([
  'CompactLLMCommandGenerator', 'SearchReadyLLMCommandGenerator', 'SingleStepLLMCommandGenerator', 'LLMCommandGenerator',
  'FlowPolicy', 'RulePolicy', 'EnterpriseSearchPolicy', 'NLUCommandAdapter', 'LLMBasedRouter', 'IntentBasedRouter',
])
/** Of these only with NLUCommandAdapter or a router: one classifier and one extractor do the work of all of them. */
const nluParts = new Set([
  'MemoizationPolicy', 'AugmentedMemoizationPolicy', 'FallbackClassifier', 'ResponseSelector', 'EntitySynonymMapper', 'RegexEntityExtractor', 'CRFEntityExtractor',
  'DIETClassifier', 'LogisticRegressionClassifier', 'SklearnIntentClassifier', 'KeywordIntentClassifier', 'MitieIntentClassifier',
  'WhitespaceTokenizer', 'SpacyTokenizer', 'JiebaTokenizer', 'SpacyNLP', 'RegexFeaturizer', 'LexicalSyntacticFeaturizer', 'CountVectorsFeaturizer', 'LanguageModelFeaturizer', 'SpacyFeaturizer',
])
/** Null where attune does what the component stands for. */
export const componentAdvice = (name: string, isNluOn: boolean): string | null => {
  if (supported.has(name) || (isNluOn && nluParts.has(name))) return null
  const advice = (components as Readonly<Record<string, string>>)[name]
  if (advice !== undefined) return advice
  return nluParts.has(name) ? 'This component works only with NLUCommandAdapter or a router in the pipeline; it is ignored.' : 'This component is not part of attune; it is ignored.'
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
const without = 'Without NLUCommandAdapter in the pipeline only'
const mappings: Readonly<Record<Mapping, string>> = {
  from_intent: `${without} the message /intent and a rule that matches fill the slot this way. "from_llm" lets the model fill it.`,
  from_trigger_intent: `${without} the message /intent and a rule that starts a flow fill the slot this way. "from_llm" lets the model fill it.`,
  from_entity: `${without} a message such as /intent{"entity": "value"} fills the slot this way. "from_llm" lets the model fill it.`,
}
export const mappingAdvice = (type: string): string | null => (mappings as Readonly<Record<string, string>>)[type] ?? null
