import { describe, expect, it } from 'vitest'
import { load, loaded, marked, short } from './in-memory.js'

const adapter = 'pipeline:\n  - name: NLUCommandAdapter\n'
const base = `intents: [a, b, c]
responses:
  utter_a: [{text: A}]
  utter_b: [{text: B}]
slots:
  x: {type: text, mappings: [{type: from_entity, entity: e}]}
`

describe('the NLU side of a project', () => {
  it('is absent where neither NLUCommandAdapter nor a router stands in the pipeline', () => {
    expect(loaded({}).config.nlu).toBeUndefined()
    expect(loaded({ 'config.yml': adapter }).config.nlu).toEqual({
      adapter: 'before', hasGenerator: false, sparesModel: true, router: null, fallback: null, policies: { rules: true, stories: true },
    })
  })

  it('every or and every checkpoint of stories is written out', () => {
    const { stories } = loaded({ 'config.yml': adapter, 'base.yml': base, 's.yml': `stories:
  - story: first
    steps: [{or: [{intent: a}, {intent: b}]}, {action: utter_a}, {checkpoint: middle}]
  - story: second
    steps: [{checkpoint: middle}, {intent: c, entities: [e, {f: 1}]}, {slot_was_set: [{x: 1}, x]}, {action: utter_b}]
` }).nlu
    const end = [{ kind: 'action', action: 'utter_a' }, { kind: 'intent', intent: 'c', entities: ['e', 'f'] }, { kind: 'slot', slot: 'x', value: 1 }, { kind: 'slot', slot: 'x' }, { kind: 'action', action: 'utter_b' }]
    expect(stories.map(({ steps }) => steps)).toEqual(['a', 'b'].map((intent) => [{ kind: 'intent', intent, entities: [] }, ...end]))
  })

  it('texts that a story says, and hears word for word, are its steps', () => {
    const { problems, project } = load({ 'config.yml': adapter, 'base.yml': `${base}entities: [e]\ne2e_actions: [Just so.]\nforms: {f: {required_slots: [x]}}\n`, 's.yml': 'stories:\n  - story: said\n    steps: [{user: "Hello  You!"}, {bot: Just so.}]\n' })
    expect(problems.filter(({ code }) => code === 'not-supported')).toEqual([])
    expect(project?.nlu.stories[0]?.steps).toEqual([{ kind: 'said', text: 'hello you' }, { kind: 'bot', text: 'Just so.' }])
  })

  it('checkpoints in a circle end', () => {
    const { stories } = loaded({ 'config.yml': adapter, 'base.yml': base, 's.yml': 'stories:\n  - story: one\n    steps: [{intent: a}, {action: utter_a}, {checkpoint: p}]\n  - story: two\n    steps: [{checkpoint: p}, {intent: b}, {action: utter_b}, {checkpoint: p}]\n' }).nlu
    expect(stories.map(({ steps }) => steps.length)).toEqual([4])
  })

  it('reads marks with role, group and value, lookups, patterns and synonyms', () => {
    const { nlu } = loaded({ 'config.yml': adapter, 'base.yml': base, 'n.yml': `nlu:
  - intent: a
    examples: |
      - to [NYC]{"entity": "e", "role": "to", "group": "1", "value": "New York"} and [Rome](e)
  - {lookup: e, examples: "- Oslo"}
  - {regex: e, examples: "- (?i)[a-z][0-9]"}
  - {synonym: Rome, examples: "- Roma"}
` })
    expect(nlu.examples[0]?.entities).toEqual([
      { start: 3, end: 6, entity: 'e', role: 'to', group: '1', value: 'New York' }, { start: 11, end: 15, entity: 'e', role: null, group: null, value: 'Rome' },
    ])
    expect([nlu.lookups, nlu.patterns, [...nlu.synonyms]]).toEqual([[{ entity: 'e', values: ['Oslo'] }], [{ entity: 'e', pattern: { source: '[a-z][0-9]', flags: 'i' } }], [['roma', 'Rome'], ['nyc', 'New York']]])
  })

  it.each([
    ['a router without the entry of the flows', 'missing-key', 'pipeline:\n  - name: »IntentBasedRouter\n'],
    ['two routers', 'two-routers', 'pipeline:\n  - {name: IntentBasedRouter, calm_entry: {sticky: [a]}}\n  - {name: »LLMBasedRouter, calm_entry: {sticky: a}}\n'],
    ['a router behind the generator', 'wrong-order', 'pipeline:\n  - name: CompactLLMCommandGenerator\n  - {name: »IntentBasedRouter, calm_entry: {sticky: [a]}}\n'],
    ['intents that are no list', 'wrong-type', 'pipeline:\n  - {name: IntentBasedRouter, calm_entry: {sticky: »a}}\n'],
    ['a description that is no text', 'wrong-type', 'pipeline:\n  - {name: LLMBasedRouter, calm_entry: {sticky: »[a]}}\n'],
  ])('blame %s', (_, code, text) => {
    const { text: plain, places } = marked(text)
    expect(load({ 'config.yml': plain }).problems.map(short)).toEqual(places.map((place) => `config.yml:${place} ${code}`))
  })

  it('a routing slot of another type is refused, and none has to be declared', () => {
    const router = 'pipeline:\n  - {name: IntentBasedRouter, calm_entry: {sticky: [a]}}\n'
    expect(loaded({ 'config.yml': router }).slots.get('route_session_to_calm')?.type).toBe('bool')
    expect(load({ 'config.yml': router, 'd.yml': 'slots:\n  route_session_to_calm: {type: text}\n' }).problems.map(short)).toContain('d.yml:2:3 bad-routing-slot')
  })
})
