import { describe, expect, it } from 'vitest'
import { setSlot, type Action } from '../../src/actions/action.js'
import { openActions } from '../../src/actions/runner.js'
import { Assistant, type Answer } from '../../src/assistant/assistant.js'
import { searchOver } from '../../src/respond/search.js'
import { openMemoryStore } from '../../src/store/memory.js'
import { coexisting, earOf, type Ear } from '../../src/understand/coexisting.js'
import type { Embed } from '../../src/understand/encoder.js'
import { trainNlu } from '../../src/understand/nlu-model.js'
import { projectFrom } from '../actions/small-project.js'
import { scripted } from './scripted.js'

/** Words as numbers: enough for heads to learn from, and the same everywhere. */
const embed: Embed = async (text) => {
  const vector = new Float32Array(64)
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) vector[Array.from(word).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 64, 7)]! += 1
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}

const domain = `
intents: [greet, pay, give_city, ask_refund, book_table, faq]
entities: [{city: {roles: [from, to]}}, payee]
slots:
  payee: {type: text, mappings: [{type: from_entity, entity: payee}, {type: from_llm}]}
  corrected: {type: text, mappings: [{type: from_entity, entity: payee}, {type: from_llm, allow_nlu_correction: true}]}
  amount: {type: float, mappings: [{type: from_llm}]}
  from_city: {type: text, mappings: [{type: from_entity, entity: city, role: from}]}
  to_city: {type: text, mappings: [{type: from_entity, entity: city, role: to}]}
  people: {type: text, mappings: [{type: from_text, conditions: [{active_loop: table_form, requested_slot: people}]}]}
  place: {type: text, shared_for_coexistence: true, mappings: [{type: from_entity, entity: city}]}
  mood: {type: text, mappings: [{type: from_intent, intent: greet, value: cheerful}]}
  started: {type: text, mappings: [{type: from_trigger_intent, intent: pay, value: by intent}]}
  seen: {type: text, mappings: [{type: controlled, run_action_every_turn: action_seen, coexistence_system: NLU}]}
  heard: {type: text, mappings: [{type: controlled, run_action_every_turn: action_heard, coexistence_system: CALM}]}
forms:
  table_form: {required_slots: [place, people], ignored_intents: [faq]}
actions: [action_seen, action_heard, validate_table_form]
responses:
  utter_ask_payee: [{text: "To whom?"}]
  utter_ask_corrected: [{text: "Really?"}]
  utter_ask_amount: [{text: "How much to {payee}?"}]
  utter_ask_from_city: [{text: "From where?"}]
  utter_ask_to_city: [{text: "Where to?"}]
  utter_ask_mood: [{text: "Mood?"}]
  utter_ask_started: [{text: "How?"}]
  utter_ask_table_form_place: [{text: "Where shall the table be?"}]
  utter_ask_people: [{text: "For how many?"}]
  utter_booked: [{text: "A table in {place} for {people}."}]
  utter_greet: [{text: "Hello!"}]
  utter_more: [{text: "What can I do?"}]
  utter_refund: [{text: "Tell me the order."}]
  utter_done: [{text: "Done."}]
  utter_default: [{text: "I did not get that."}]
  utter_cannot_handle: [{text: "I cannot."}]
  utter_faq/hours: [{text: "From 9 to 5."}]
  utter_faq/price: [{text: "It is free."}]
`
const flows = `
flows:
  pay:
    description: Sends money.
    run_pattern_completed: false
    nlu_trigger: [{intent: {name: pay, confidence_threshold: THRESHOLD}}]
    steps: [{collect: payee}, {collect: amount}, {collect: corrected}, {action: utter_done}AFTER]
  trip:
    description: Plans a trip.
    run_pattern_completed: false
    steps: [{collect: from_city}, {collect: to_city}, {collect: mood}, {collect: started}, {action: utter_done}]
`
const nlu = `
nlu:
  - intent: greet
    examples: |
      - hello there
      - good morning
      - hi friend
      - hey
  - intent: pay
    examples: |
      - send money
      - transfer money to [Ann](payee)
      - pay [Bob](payee)
      - give money to [Eve](payee) please
  - intent: give_city
    examples: |
      - from [Rome]{"entity": "city", "role": "from"} to [Graz]{"entity": "city", "role": "to"}
      - to [Graz]{"entity": "city", "role": "to"} from [Oslo]{"entity": "city", "role": "from"}
      - from [Oslo]{"entity": "city", "role": "from"}
      - from [Graz]{"entity": "city", "role": "from"} to [Oslo]{"entity": "city", "role": "to"}
      - from the [old city]{"entity": "city", "role": "from", "value": "Rome"} to [Oslo]{"entity": "city", "role": "to"}
      - in [Rome](city)
  - intent: ask_refund
    examples: |
      - refund my order
      - i want a refund
      - money back for my order
  - intent: book_table
    examples: |
      - book a table
      - reserve a table
      - i need a table in [Rome](city)
  - intent: faq/hours
    examples: |
      - when are you open
      - opening hours
  - intent: faq/price
    examples: |
      - what does it cost
      - how expensive is it
  - lookup: city
    examples: |
      - New York
      - Linz
  - synonym: New York
    examples: |
      - big apple
  - lookup: city
    examples: |
      - big apple
  - regex: payee
    examples: |
      - AT[0-9]{4}
`
const rules = `
rules:
  - rule: greet
    steps: [{intent: greet}, {action: utter_greet}, {action: utter_more}]
  - rule: answers
    steps: [{intent: faq}, {action: utter_faq}]
  - rule: begin the form
    steps: [{intent: book_table}, {action: table_form}, {active_loop: table_form}]
  - rule: end the form
    condition: [{active_loop: table_form}]
    steps: [{action: table_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: utter_booked}RESET]
stories:
  - story: refund
    steps: [{intent: ask_refund}, {action: utter_refund}, {or: [{intent: give_city}, {intent: pay}]}, {action: utter_done}RESET]
`
type Options = { readonly config: string; readonly threshold?: number; readonly words?: Readonly<Record<string, string>> | null; readonly resets?: boolean; readonly ear?: (ear: Ear) => Ear }
type Talk = { readonly say: (text: string) => Promise<readonly (string | null)[]>; readonly last: () => Answer; readonly slot: (name: string) => unknown }

const actions: Readonly<Record<string, Action>> = {
  action_seen: async ({ slots }) => ({ events: [setSlot('seen', `${typeof slots['seen'] === 'string' ? slots['seen'] : ''}x`)] }),
  action_heard: async ({ slots }) => ({ events: [setSlot('heard', `${typeof slots['heard'] === 'string' ? slots['heard'] : ''}x`)] }),
  validate_table_form: async ({ slots }) => ({ events: slots['people'] === 'too many' ? [setSlot('people', null)] : [] }),
}

const talking = async ({ config, threshold = 0, words = {}, resets = false, ear: change = (ear) => ear }: Options): Promise<Talk> => {
  const project = projectFrom({
    'config.yml': `language: en\nassistant_id: both\n${config}`, 'domain.yml': domain,
    'flows/f.yml': flows.replace('THRESHOLD', String(threshold)).replace('AFTER', resets ? ', {action: action_reset_routing}' : ''),
    'data/nlu.yml': nlu, 'data/rules.yml': rules.replaceAll('RESET', resets ? ', {action: action_reset_routing}' : ''),
  })
  const { heads } = await trainNlu(project, embed, 'words')
  const understander = coexisting(change(earOf(project, heads, embed, async () => { /* holds nothing */ })), words === null ? null : scripted(words))
  const assistant = new Assistant({
    project, store: openMemoryStore(), understander, log: () => { /* silent */ }, actions: await openActions(project, { actions: new Map(Object.entries(actions)), timeoutMilliseconds: 5_000 }), search: searchOver([]),
    now: () => 1_000, newId: () => 'id',
  })
  let last: Answer | null = null
  return {
    say: async (text) => {
      last = await assistant.handle({ conversation: 'c', text, channel: 'rest' })
      return last.messages.map((message) => message.text)
    },
    last: () => last!,
    slot: (name) => last!.tracker.slots.get(name) ?? null,
  }
}

const generator = '  - name: CompactLLMCommandGenerator\n'
const adapter = (rest = ''): string => `pipeline:\n  - name: LogisticRegressionClassifier\n${rest}  - name: NLUCommandAdapter\n`

describe('NLUCommandAdapter', () => {
  it('starts a flow by its predicted intent and fills slots from entities, without asking the model', async () => {
    const talk = await talking({ config: adapter() + generator, words: { 'please send money to Ann': 'cannot handle' } })
    expect(await talk.say('please send money to Ann')).toEqual(['How much to Ann?'])
    const event = talk.last().events.find((each) => each.event === 'user')
    expect(event).toMatchObject({ parse_data: { intent: { name: 'pay' }, entities: [{ entity: 'payee', value: 'Ann' }], commands: [{ command: 'start flow', flow: 'pay' }, { command: 'set slot', name: 'payee', value: 'Ann', extractor: 'nlu' }, {}, {}] } })
  })

  it('does not start it below its confidence_threshold; then the model is asked', async () => {
    const talk = await talking({ config: adapter() + generator, threshold: 1, words: { 'send money': 'start flow trip' } })
    expect(await talk.say('send money')).toEqual(['From where?'])
    expect(await (await talking({ config: adapter() + generator, threshold: 0.3, words: { 'send money': 'start flow trip' } })).say('send money')).toEqual(['To whom?'])
  })

  it('is asked beside the model with minimize_num_calls: false, and wins where both name a flow or a slot', async () => {
    const words = { 'pay Ann': 'start flow trip\nset slot payee Bob\nset slot amount 5' }
    const sparing = await talking({ config: adapter() + generator, words })
    expect(await sparing.say('pay Ann')).toEqual(['How much to Ann?'])
    const both = await talking({ config: `${adapter()}  - {name: CompactLLMCommandGenerator, minimize_num_calls: false}\n`, words })
    expect(await both.say('pay Ann')).toEqual(['Done.'])
    expect(both.slot('payee')).toBe(null) // the flow is over
  })

  it('behind the generator the model is asked in any case', async () => {
    const talk = await talking({ config: `pipeline:\n${generator}  - name: NLUCommandAdapter\n`, words: { 'pay Ann': 'start flow trip\nset slot amount 5' } })
    expect(await talk.say('pay Ann')).toEqual(['Done.'])
  })

  it('in the profile of 3.8 silences the model once it has said anything', async () => {
    const config = `compat: "3.8"\n${adapter()}${generator}`
    const talk = await talking({ config, words: { 'send money': 'start flow trip', 'hello there': 'start flow trip' } })
    expect(await talk.say('send money')).toEqual(['To whom?'])
  })

  it('from_entity by role, from marked words and from lookups', async () => {
    const talk = await talking({ config: adapter() + generator, words: { 'plan a trip': 'start flow trip' } })
    await talk.say('plan a trip')
    expect(await talk.say('from Oslo to Graz')).toEqual(['Mood?'])
    expect([talk.slot('from_city'), talk.slot('to_city')]).toEqual(['Oslo', 'Graz'])
    const other = await talking({ config: adapter() + generator, words: { 'plan a trip': 'start flow trip' } })
    await other.say('plan a trip')
    await other.say('from Linz to Graz')
    expect([other.slot('from_city'), other.slot('to_city')]).toEqual(['Linz', 'Graz'])
  })

  it('from_intent and from_trigger_intent by the predicted intent', async () => {
    const started = await talking({ config: adapter() + generator })
    await started.say('send money')
    expect(started.last().events.find((each) => each.event === 'user')).toMatchObject({ parse_data: { commands: [{ command: 'start flow' }, { command: 'set slot', name: 'started', value: 'by intent', extractor: 'nlu' }] } })
    const greeted = await talking({ config: adapter() + generator })
    await greeted.say('good morning friend')
    expect(greeted.last().events.find((each) => each.event === 'user')).toMatchObject({ parse_data: { commands: [{ command: 'set slot', name: 'mood', value: 'cheerful', extractor: 'nlu' }] } })
  })

  it('allow_nlu_correction: only with it the model corrects what the NLU side has found', async () => {
    const talk = await talking({ config: adapter() + generator, words: { 'rather not': 'set slot payee Zoe', 'rather so': 'set slot corrected Zoe', '5': 'set slot amount 5' } })
    await talk.say('pay Bob')
    await talk.say('rather not')
    expect(talk.slot('payee')).toBe('Bob')
    await talk.say('rather so')
    expect(talk.slot('corrected')).toBe('Zoe')
    await talk.say('to Eve')
    expect(talk.slot('payee')).toBe('Eve')
  })

  it('alone, without any language model, is a whole assistant', async () => {
    const talk = await talking({ config: `${adapter()}  - {name: FallbackClassifier, threshold: 0.2, ambiguity_threshold: 0}\n`, words: null })
    expect(await talk.say('send money')).toEqual(['To whom?'])
    expect(await talk.say('pay Ann')).toEqual(['How much to Ann?'])
    expect(await talk.say('hello there')).toEqual(['Hello!', 'What can I do?', 'How much to Ann?'])
  })

  it('FallbackClassifier: an intent that is too unlikely is nlu_fallback', async () => {
    const talk = await talking({ config: adapter('  - {name: FallbackClassifier, threshold: 0.999}\n'), words: null })
    await talk.say('money or table or hello')
    expect(talk.last().events.find((each) => each.event === 'user')).toMatchObject({ parse_data: { intent: { name: 'nlu_fallback' } } })
    expect(talk.last().visited).toContainEqual(expect.objectContaining({ flow: 'pattern_cannot_handle' }))
  })

  it('retrieval responses: the answer to the question that was asked', async () => {
    const talk = await talking({ config: adapter(), words: null })
    expect(await talk.say('what are the opening hours')).toEqual(['From 9 to 5.'])
    expect(await talk.say('how expensive is it')).toEqual(['It is free.'])
    expect(talk.last().events.find((each) => each.event === 'user')).toMatchObject({ parse_data: { intent: { name: 'faq' }, full_retrieval_intent: 'faq/price' } })
  })
})

const byIntent = `pipeline:
  - name: LogisticRegressionClassifier
  - name: IntentBasedRouter
    calm_entry: {sticky: [pay]}
    nlu_entry: {sticky: [book_table], non_sticky: [greet, faq]}
${generator}policies: [{name: FlowPolicy}, {name: RulePolicy}, {name: MemoizationPolicy}]
`
const words = { 'send money': 'start flow pay', 'to Ann': 'set slot payee Ann', 'hello there': 'cannot handle', 'book a table': 'cannot handle', '5': 'set slot amount 5', 'yes': 'set slot corrected yes' }

describe('IntentBasedRouter', () => {
  it('keeps a conversation with the flows once one has begun: no rule interrupts it', async () => {
    const talk = await talking({ config: byIntent, words })
    expect(await talk.say('send money')).toEqual(['To whom?'])
    expect(talk.slot('route_session_to_calm')).toBe(true)
    expect((await talk.say('book a table')).at(-1)).toBe('To whom?')
    expect(talk.slot('route_session_to_calm')).toBe(true)
  })

  it('keeps a conversation with the NLU side once a form has begun: no flow interrupts it', async () => {
    const talk = await talking({ config: byIntent, words })
    expect(await talk.say('book a table')).toEqual(['Where shall the table be?'])
    expect(talk.slot('route_session_to_calm')).toBe(false)
    expect(await talk.say('send money')).toEqual(['Where shall the table be?'])
    expect(await talk.say('/pay')).toEqual(['Where shall the table be?'])
  })

  it('decides anew after what is not sticky', async () => {
    const talk = await talking({ config: byIntent, words })
    expect(await talk.say('hello there')).toEqual(['Hello!', 'What can I do?'])
    expect(talk.slot('route_session_to_calm')).toBe(null)
    expect(await talk.say('send money')).toEqual(['To whom?'])
  })

  it('sends an intent that no list names to the flows if it starts one, else to the NLU side', async () => {
    const talk = await talking({ config: byIntent.replace('[pay]', '[]'), words })
    await talk.say('send money')
    expect(talk.slot('route_session_to_calm')).toBe(true)
    const other = await talking({ config: byIntent, words })
    expect(await other.say('refund my order')).toEqual(['Tell me the order.'])
    expect(other.slot('route_session_to_calm')).toBe(false)
  })

  it('hears /intent as well', async () => {
    const talk = await talking({ config: byIntent, words })
    expect(await talk.say('/book_table{"city": "Rome"}')).toEqual(['For how many?'])
  })

  it('action_reset_routing: forgets unshared slots and the past, and the router decides anew', async () => {
    const talk = await talking({ config: byIntent, words, resets: true })
    await talk.say('i need a table in Rome')
    expect(await talk.say('four of us')).toEqual(['A table in Rome for four of us.'])
    expect([talk.slot('route_session_to_calm'), talk.slot('people'), talk.slot('place')]).toEqual([null, null, 'Rome'])
    expect(talk.last().events).toContainEqual(expect.objectContaining({ event: 'routing_session_ended' }))
    expect(talk.last().tracker.past).toEqual([])
    expect(await talk.say('send money')).toEqual(['To whom?'])
  })

  it('coexistence_system: actions of every turn run for their own system', async () => {
    const talk = await talking({ config: byIntent, words })
    await talk.say('send money')
    await talk.say('to Ann')
    await talk.say('5')
    expect([talk.slot('seen'), talk.slot('heard')]).toEqual(['x', 'xx'])
  })
})

describe('LLMBasedRouter', () => {
  const config = `pipeline:
  - name: LLMBasedRouter
    calm_entry: {sticky: "sends money"}
    nlu_entry: {sticky: "books a table or a refund", non_sticky: "hello there good morning hi friend hey opening hours cost"}
${generator}`
  it('goes by descriptions and the examples of both sides', async () => {
    const talk = await talking({ config, words })
    expect(await talk.say('hello there')).toEqual(['Hello!', 'What can I do?'])
    expect(talk.slot('route_session_to_calm')).toBe(null)
    expect(await talk.say('send money')).toEqual(['To whom?'])
    expect(talk.slot('route_session_to_calm')).toBe(true)
    const other = await talking({ config, words })
    await other.say('book a table')
    expect(other.slot('route_session_to_calm')).toBe(false)
  })

  it('sends everything to the NLU side when it fails', async () => {
    const talk = await talking({ config, words, ear: (ear) => ({ ...ear, hear: async () => { throw new Error('gone') } }) })
    expect(await talk.say('send money')).toEqual(['I did not get that.'])
    expect(talk.slot('route_session_to_calm')).toBe(false)
  })
})

describe('rules, stories and forms of the NLU side', () => {
  it('a form asks, checks with validate_<form>, asks again, and ends in its rule', async () => {
    const talk = await talking({ config: byIntent, words })
    expect(await talk.say('book a table')).toEqual(['Where shall the table be?'])
    expect(talk.last().tracker.activeLoop).toBe('table_form')
    expect(await talk.say('in Linz')).toEqual(['For how many?'])
    expect(await talk.say('opening hours')).toEqual(['For how many?']) // an ignored intent answers nothing
    expect(await talk.say('too many')).toEqual(['For how many?'])
    expect(await talk.say('two')).toEqual(['A table in Linz for two.'])
    expect(talk.last().tracker.activeLoop).toBe(null)
  })

  it('a story is followed as it is written, with each way of its or', async () => {
    for (const answer of ['from Oslo', 'pay Bob']) {
      const talk = await talking({ config: byIntent, words })
      expect(await talk.say('refund my order')).toEqual(['Tell me the order.'])
      expect(await talk.say(answer)).toEqual(['Done.'])
      expect(await talk.say('from Rome')).toEqual(['I did not get that.'])
    }
  })

  it('policies per system: without MemoizationPolicy no story is followed', async () => {
    const talk = await talking({ config: byIntent.replace(', {name: MemoizationPolicy}', ''), words })
    expect(await talk.say('refund my order')).toEqual(['I did not get that.'])
  })
})
