import { describe, expect, it } from 'vitest'
import { readProject } from '../../src/project/load.js'
import { load, loaded, marked, short } from './in-memory.js'

const config = (text: string): ReturnType<typeof loaded>['config'] => loaded({ 'config.yml': text }).config

describe('the configuration', () => {
  it('keeps the sections of other rooms as they stand', () => {
    expect(config('language: de\nassistant_id: bank\nadditional_languages: [en]\nmodel: {base: x, rank: 8}\npipeline: [{name: CompactLLMCommandGenerator}]\n')).toMatchObject({
      language: 'de', assistantId: 'bank', sections: { model: { base: 'x', rank: 8 }, additional_languages: ['en'], pipeline: [{ name: 'CompactLLMCommandGenerator' }] },
    })
  })

  it.each([['"3.8"', '3.8'], ['3.8', '3.8'], ['3.13', '3.13'], ['"3.16"', '3.16']])('reads compat: %s', (written, profile) => {
    expect(config(`compat: ${written}\n`).compat).toBe(profile)
  })

  it.each([
    ['pipeline: [{name: a.b.SingleStepLLMCommandGenerator, user_input: {max_characters: 1000}}]\n', 1_000],
    ['pipeline: [{name: FlowPolicy}]\n', 420],
    ['pipeline:\n', 420],
  ])('reads the longest message of %j', (text, characters) => expect(config(text).maximumCharacters).toBe(characters))

  it.each([
    ['session_config: {session_expiration_time: 5, carry_over_slots_to_new_session: false}\n', 5, false],
    ['session_config: {session_expiration_time: 0}\n', 0, true],
    ['session_config: {session_expiration_time: 5, start_session_after_expiry: false}\n', 0, true],
    ['version: "3.1"\n', 60, true],
  ])('reads sessions of %j', (text, minutes, carriesOver) => {
    expect(loaded({ 'domain.yml': text }).config).toMatchObject({ sessionExpirationMinutes: minutes, carryOverSlots: carriesOver })
  })

  it.each([
    ['endpoints.yml', 'a response server without a protocol', 'bad-value', 'nlg: {url: »nlg.example}\n'],
    ['credentials.yml', 'a callback without an address', 'missing-key', '»callback: {}\n'],
    ['credentials.yml', 'a callback to nowhere', 'bad-value', 'callback: {url: »bot.example}\n'],
    ['config.yml', 'a release without a profile', 'not-allowed', 'compat: »"3.7"\n'],
    ['config.yml', 'a misspelt key', 'unknown-key', '»lanugage: de\n'],
    ['config.yml', 'an adapter of an unknown kind', 'not-allowed', 'training: {adapter: {kind: »drao}}\n'],
    ['config.yml', 'a rank below 1', 'out-of-range', 'training: {adapter: {rank: »0}}\n'],
    ['config.yml', 'a projection that no model has', 'not-allowed', 'training: {adapter: {targets: [q_proj, »qproj]}}\n'],
    ['config.yml', 'a misspelt setting of an adapter', 'not-of-this-adapter', 'training: {adapter: {kind: lora, »rnak: 8}}\n'],
    ['config.yml', 'a rank of a bottleneck', 'not-of-this-adapter', 'training: {adapter: {kind: houlsby, »rank: 8}}\n'],
    ['config.yml', 'a rank of a bottleneck, beside it', 'not-of-this-adapter', 'training: {»rank: 8, adapter: {kind: pfeiffer}}\n'],
    ['config.yml', 'a reduction of LoRA', 'not-of-this-adapter', 'training: {adapter: {»reduction: 8}}\n'],
    ['config.yml', 'a rank that is given twice', 'not-of-this-adapter', 'training: {»rank: 8, adapter: {kind: dora, rank: 8}}\n'],
    ['config.yml', 'another recipe', 'not-allowed', 'recipe: »graph.v1\n'],
    ['config.yml', 'a component without a name', 'missing-key', 'pipeline: [{»llm: x}]\n'],
    ['endpoints.yml', 'an address without a protocol', 'bad-value', 'action_endpoint: {url: »"localhost:5055"}\n'],
    ['endpoints.yml', 'gRPC', 'not-supported', 'action_endpoint: {url: »"grpc://localhost:5055"}\n'],
    ['endpoints.yml', 'a time-out of nothing', 'out-of-range', 'action_endpoint: {url: "http://a", timeout: »0}\n'],
    ['endpoints.yml', 'a misspelt endpoint', 'unknown-key', '»action_endpoints: {url: "http://a"}\n'],
    ['domain.yml', 'a session of negative length', 'out-of-range', 'session_config: {session_expiration_time: »-1}\n'],
    ['domain.yml', 'a misspelt section', 'unknown-key', '»slot: {}\n'],
    ['domain.yml', 'a list as a file', 'wrong-type', '»- slots\n'],
    ['flows/f.yml', 'a flow that is a number', 'wrong-type', 'flows:\n  »f: 1\n'],
    ['flows/f.yml', 'steps that are a text', 'wrong-type', 'flows:\n  f:\n    description: f\n    steps: »none\n'],
    ['domain.yml', 'a list of slots', 'wrong-type', '»slots: [a]\n'],
  ])('blames, in %s, %s', (file, _, code, text) => {
    const { text: plain, places } = marked(text)
    const { project, problems } = load({ [file]: plain })
    expect(problems.map(short)).toEqual(places.map((place) => `${file}:${place} ${code}`))
    expect(project).toBeNull()
  })
})

const base = 'responses:\n  utter_hi: [{text: hi}]\n  utter_ask_x: [{text: x}]\nslots:\n  x: {type: text}\nactions: [action_a]\nintents: [i]\n'
const flowWith = (key: string): string => `flows:\n  f:\n    description: f\n    ${key}\n    steps: [{collect: x}]\n`

describe('addresses', () => {
  const files = {
    'endpoints.yml': 'action_endpoint: {url: "http://${HOST}:5055/webhook"}\nnlg: {url: "http://${HOST}/nlg", timeout: 3}\n',
    'credentials.yml': 'rest:\ncallback:\n  url: ${BOT_URL}\n',
  }

  it('take ${VAR} from the environment, quoted or not', () => {
    const { project } = readProject('/memory', new Map(Object.entries(files)), { env: { HOST: 'shop.example', BOT_URL: 'https://bot.example/in' } })
    expect(project?.config).toMatchObject({
      actionEndpoint: { url: 'http://shop.example:5055/webhook', timeoutMilliseconds: 10_000 },
      responseServer: { url: 'http://shop.example/nlg', timeoutMilliseconds: 3_000 }, callbackUrl: 'https://bot.example/in',
    })
  })

  it('say where a variable stands that is not set', () => {
    const { project, problems } = load(files)
    expect(problems.map(short)).toEqual(['credentials.yml:3:8 unset-variable', 'endpoints.yml:1:32 unset-variable', 'endpoints.yml:2:20 unset-variable'])
    expect(project).not.toBeNull()
  })

  it('are no part of the version: the same assistant is deployed in several places', () => {
    expect(loaded({ 'credentials.yml': 'callback: {url: "http://a"}\n', 'endpoints.yml': 'nlg: {url: "http://b"}\n' }).version).toBe(loaded({}).version)
  })
})

describe('channels of the project\'s own', () => {
  const files = { 'credentials.yml': 'shop:\n  key: ${SHOP_KEY}\n  rooms: ["${SHOP_KEY}-a", 7]\nmy.module.ShopChannel: {}\nslack: {token: x}\n' }

  it('are given their entry, with ${VAR} from the environment; classes in Python and others are told, with the module to write', () => {
    const { project, problems } = readProject('/memory', new Map(Object.entries(files)), { env: { SHOP_KEY: 'k' }, channelModules: new Set(['shop']) })
    expect(project?.config.channels).toEqual({ shop: { key: 'k', rooms: ['k-a', 7] } })
    expect(problems).toMatchObject([
      { code: 'not-supported', severity: 'warning', place: { file: 'credentials.yml', line: 4, column: 1 }, found: 'my.module.ShopChannel', suggestion: 'write channels/shop_channel.ts, which exports a channel, and name it shop_channel here' },
      { code: 'not-supported', place: { line: 5, column: 1 }, found: 'slack', suggestion: expect.stringContaining('channels/slack.ts') as string },
    ])
  })

  it('say where a variable stands that is not set, and change nothing in the version', () => {
    const { project, problems } = readProject('/memory', new Map(Object.entries(files)), { env: {}, channelModules: new Set(['shop', 'slack']) })
    expect(problems.map(short)).toEqual(['credentials.yml:2:8 unset-variable', 'credentials.yml:3:12 unset-variable', 'credentials.yml:4:1 not-supported'])
    expect(project?.version).toBe(loaded({}).version)
  })
})

describe('what Rasa has and attune has not', () => {
  it.each([
    ['domain.yml', '»entities: [city]\n'],
    ['domain.yml', '»forms: {a: {required_slots: [x]}}\n'],
    ['domain.yml', '»e2e_actions: []\n'],
    ['data/stories.yml', '»stories: []\n'],
    ['domain.yml', 'slots:\n  y: {type: text, »shared_for_coexistence: true, mappings: [{type: controlled, »coexistence_system: NLU}]}\n'],
    ['domain.yml', 'slots:\n  y: {type: text, mappings: [{type: »from_entity, entity: y}, {type: from_text}, {type: »from_intent, intent: i, value: 1}, {type: »from_trigger_intent, value: 1}]}\nflows:\n  f:\n    description: f\n    steps: [{collect: y}]\nresponses: {utter_ask_y: [{text: y}]}\n'],
    ['domain.yml', 'responses:\n  »utter_faq/hours: [{text: x, »allow_interruptions: false, metadata: {rephrase: »true}}]\nflows:\n  f:\n    description: f\n    steps: [{action: utter_faq/hours}]\n'],
    ['flows/f.yml', flowWith('»ask_confirm_digressions: true')],
    ['flows/f.yml', flowWith('»block_digressions: [g]')],
    ['flows/f.yml', flowWith('nlu_trigger: [{intent: {name: i, »confidence_threshold: 0.5}}]')],
    ['flows/f.yml', 'flows:\n  f:\n    description: f\n    steps: [{collect: x}, {action: »action_reset_routing}, {action: action_clean_stack}]\n'],
    ['domain.yml', 'slots:\n  x2: {type: text, mappings: [{type: from_llm, »allow_nlu_correction: true}]}\nflows:\n  f:\n    description: f\n    steps: [{collect: x2}]\nresponses: {utter_ask_x2: [{text: y}]}\n'],
    ['flows/f.yml', 'flows:\n  f:\n    description: f\n    steps:\n      - collect: x\n        »silence_timeout: 5\n        »dtmf: {length: 3}\n      - collect: {name: x, »silence_timeout: 5}\n'],
    ['flows/f.yml', 'flows:\n  f:\n    description: f\n    steps: [{call: g, »exit_if: [slots.x]}]\n  g:\n    description: g\n    steps: [{collect: x}]\n'],
    ['config.yml', 'pipeline:\n  - name: »DIETClassifier\n  - {name: CompactLLMCommandGenerator, »llm: {model_group: x}, »flow_retrieval: {active: true}, »minimize_num_calls: true}\npolicies:\n  - name: »rasa.core.policies.ted_policy.TEDPolicy\n  - {name: EnterpriseSearchPolicy, »vector_store: {type: faiss}, »citation_enabled: true}\n  - name: rasa.core.policies.flow_policy.FlowPolicy\n'],
    ['config.yml', 'pipeline:\n  - {name: LLMBasedRouter, calm_entry: {sticky: money}}\n  - name: NLUCommandAdapter\n  - name: DIETClassifier\n  - name: »DucklingEntityExtractor\n  - {name: CompactLLMCommandGenerator, »llm: {model_group: x}}\npolicies:\n  - name: MemoizationPolicy\n  - name: »TEDPolicy\n'],
    ['endpoints.yml', '»nlg: {type: rephrase}\n»tracker_store: {type: SQL}\n»event_broker: {type: pika}\n»lock_store: {type: redis}\n»timer_store: {}\n»model_groups: []\n»models: {}\n»vector_store: {}\n»tracing: {}\n»metrics: {}\n»privacy: {}\n»mcp_servers: []\n»interaction_handling: {}\n'],
    ['endpoints.yml', 'action_endpoint: {url: "http://a", actions_module: »my.actions, »cafile: a, »enable_selective_domain: true}\n'],
    ['credentials.yml', 'rest:\n»socketio: {user_message_evt: a}\n»mymodule.Channel: {}\n'],
  ])('is said where it stands in %s: %s', (file, text) => {
    const { text: plain, places } = marked(text)
    const { project, problems } = load({ 'base.yml': base, [file]: plain })
    const found = problems.filter(({ code }) => !code.startsWith('unused'))
    expect(found.map(short)).toEqual(places.map((place) => `${file}:${place} not-supported`))
    expect(found.every(({ severity, message }) => severity === 'warning' && /\.$/.test(message))).toBe(true)
    expect(project).not.toBeNull()
  })

  it('is said for keys of releases to come, without failing', () => {
    const { project, problems } = load({ 'base.yml': base, 'f.yml': flowWith('voice_profile: calm') })
    expect(problems.filter(({ code }) => code === 'unknown-key')).toMatchObject([{ severity: 'warning', place: { file: 'f.yml', line: 4, column: 5 } }])
    expect(project).not.toBeNull()
  })
})

describe('slots and responses', () => {
  it.each([
    ['a type that does not exist', 'not-allowed', 'slots:\n  y: {type: »strnig}\n'],
    ['a type by class', 'not-allowed', 'slots:\n  y: {type: »my.module.Slot}\n'],
    ['no type', 'missing-key', 'slots:\n  y: {»mappings: []}\n'],
    ['nothing', 'wrong-type', 'slots:\n  y:»\n'],
    ['a categorical slot without values', 'missing-key', 'slots:\n  y: {»type: categorical}\n'],
    ['values of a text', 'misplaced-key', 'slots:\n  y: {type: text, »values: [a]}\n'],
    ['values that only differ in case', 'duplicate-value', 'slots:\n  y: {type: categorical, values: [a, b, »A]}\n'],
    ['bounds of a text', 'misplaced-key', 'slots:\n  y: {type: text, »min_value: 3}\n'],
    ['bounds the wrong way round', 'out-of-range', 'slots:\n  y: {type: float, min_value: 3, max_value: »1}\n'],
    ['a mapping that does not exist', 'not-allowed', 'slots:\n  y: {type: text, mappings: [{type: »from_lmm}]}\n'],
    ['a mapping to an unknown action', 'unknown-action', 'slots:\n  y: {type: text, mappings: [{type: custom, action: »action_b}]}\n'],
    ['a name no button could write', 'bad-name', 'slots:\n  »"a,b": {type: text, mappings: [{type: controlled}]}\n'],
    ['a name without utter_', 'bad-name', 'responses:\n  »ask: [{text: a}]\n'],
    ['a bare text as a response', 'wrong-type', 'responses:\n  utter_a: »hello\n'],
    ['an empty response', 'wrong-type', 'responses:\n  »utter_a: []\n'],
    ['a text that YAML reads as a number', 'wrong-type', 'responses:\n  utter_a: [{text: »42}]\n'],
    ['a variation that says nothing', 'missing-key', 'responses:\n  utter_a: [»{channel: web}]\n'],
    ['a button without a payload', 'missing-key', 'responses:\n  utter_a: [{text: a, buttons: [{»title: a}]}]\n'],
    ['a faulty condition', 'bad-condition', 'responses:\n  utter_a: [{text: a, condition: slots.x =»}]\n'],
  ])('blame %s', (_, code, text) => {
    const { text: plain, places } = marked(text)
    const { problems } = load({ 'base.yml': base, 'p.yml': plain })
    expect(problems.filter(({ code: found }) => !found.startsWith('unused')).map(short)).toEqual(places.map((place) => `p.yml:${place} ${code}`))
  })

  it('come with everything a channel may be sent', () => {
    const [variation] = loaded({
      'base.yml': base,
      'p.yml': 'responses:\n  utter_a:\n    - id: one\n      text: hi\n      channel: web\n      condition: slots.x = "1"\n      image: a.png\n      attachment: {file: b}\n      custom: {c: [1, 2]}\n      elements: [{title: e}]\n      quick_replies: [{title: q}]\n      buttons: [{title: t, payload: p, type: web_url}]\n      metadata: {rephrase: true, rephrase_prompt: say it, other: 1}\n',
    }).responses.get('utter_a') ?? []
    expect(variation).toEqual({
      id: 'one', text: 'hi', channel: 'web', image: 'a.png', attachment: { file: 'b' }, custom: { c: [1, 2] }, elements: [{ title: 'e' }], quickReplies: [{ title: 'q' }],
      condition: { kind: 'compare', operator: '=', left: { kind: 'slot', name: 'x' }, right: { kind: 'literal', value: '1' } },
      buttons: [{ title: 't', payload: 'p', type: 'web_url' }], translation: {}, metadata: { rephrase: true, rephrase_prompt: 'say it', other: 1 },
      place: { file: 'p.yml', line: 3, column: 7 },
    })
  })

  it('keep numbers of texts as they are written', () => {
    const { slots } = loaded({ 'p.yml': 'slots:\n  y: {type: text, initial_value: 007, mappings: [{type: controlled}]}\n  z: {type: categorical, values: [1.0, true, A], mappings: [{type: controlled}]}\n' })
    expect(slots.get('y')?.initialValue).toBe('007')
    expect(slots.get('z')?.values).toEqual(['1.0', 'true', 'A'])
  })
})
