import { describe, expect, it } from 'vitest'
import { converted } from '../../src/importing/annotated.js'
import { edited } from '../../src/importing/edited.js'
import { AnchorDropped } from '../../src/importing/errors.js'
import type { Edit } from '../../src/importing/finding.js'
import { factsIn } from '../../src/importing/knowledge.js'
import { freePath, placeFor } from '../../src/importing/placing.js'
import { parseFiles, rasaProject } from '../../src/importing/rasa-project.js'
import { readRule } from '../../src/importing/rule.js'
import { sourceText, type Span } from '../../src/project/yaml-node.js'

const projectOf = (text: string) => rasaProject(parseFiles(new Map([['x.yml', text]])).files)

describe('an example with entities', () => {
  const rasa = projectOf(`slots:
  from_city: {type: text, mappings: [{type: from_entity, entity: city, role: from}]}
  to_city: {type: text, mappings: [{type: from_entity, entity: city, role: to}]}
  size: {type: categorical, values: [Small, Large]}
  count: {type: float, mappings: [{type: from_entity, entity: number, not_intent: chat}]}
flows: {a: {steps: [{collect: to_city}, {collect: size}, {collect: count}, {collect: from_city}]}}
`)
  const slots = rasa.flows.get('a')?.slots ?? new Set<string>()
  const synonyms = new Map([['nyc', 'New York'], ['tiny', 'Small']])
  it.each([
    ['to [Rome]{"entity": "city", "role": "to"}', 'to [Rome](to_city)'],
    ['from [Rome]{"entity": "city", "role": "from"} to [NYC]{"entity": "city", "role": "to"}', 'from [Rome](from_city) to [NYC]{"slot":"to_city","value":"New York"}'],
    ['a [tiny](size) or [large](size) one', 'a [tiny]{"slot":"size","value":"Small"} or [large](size) one'],
    ['[two](number) of them', 'two of them'], // no number that the slot could keep
    ['[two]{"entity": "number", "value": "2"} of them', '[two]{"slot":"count","value":2} of them'],
    ['an [odd](thing) \\[sic\\]', 'an odd \\[sic\\]'],
    ['nothing marked', 'nothing marked'],
  ])('%s', (line, expected) => {
    expect(converted(line, { rasa, intent: 'ask', slots, synonyms }).line).toBe(expected)
  })
  it('keeps to the intents of a mapping', () => {
    expect(converted('[2](number)', { rasa, intent: 'chat', slots, synonyms })).toMatchObject({ line: '2', plain: ['number'] })
  })
  it('marks only what the flow asks for', () => {
    expect(converted('to [Rome]{"entity": "city", "role": "to"}', { rasa, intent: 'ask', slots: new Set(['size']), synonyms }).line).toBe('to Rome')
  })
})

describe('an edited file', () => {
  const text = `# about all
version: "3.1"

slots:
- a: {x: 1} # first
# about b
- b
rules: [one, two]
`
  const at = (word: string): Span => ({ source: sourceText('x.yml', text), start: text.indexOf(word), end: text.indexOf(word) + word.length })
  it.each<[string, readonly Edit[], string | null]>([
    ['without changes is the same text', [], text],
    ['loses an item, and nothing else', [{ do: 'drop item', span: at('b\nrules') }], '# about all\nversion: "3.1"\n\nslots:\n- a: {x: 1} # first\nrules: [one, two]\n'],
    ['loses a list with its last item', [{ do: 'drop item', span: at('one') }, { do: 'drop item', span: at('two') }], '# about all\nversion: "3.1"\n\nslots:\n- a: {x: 1} # first\n# about b\n- b\n'],
    ['gets values', [{ do: 'put', key: at('x'), value: 'new' }, { do: 'append', key: at('rules'), value: { three: 3 } }, { do: 'add', name: 'more', value: [1] }],
      '# about all\nversion: "3.1"\n\nslots:\n- a: {x: new} # first\n# about b\n- b\nrules: [one, two, {three: 3}]\nmore:\n- 1\n'],
    ['gets other names', [{ do: 'rename', key: at('x'), name: 'y' }], text.replace('{x: 1}', '{y: 1}')],
    ['is no file when only its version is left', [{ do: 'drop entry', span: at('slots') }, { do: 'drop entry', span: at('rules') }], null],
  ])('%s', (_, edits, expected) => {
    expect(edited(text, edits)).toBe(expected)
  })
  it('cannot lose what an alias still needs', () => {
    const source = 'a: &it {x: 1}\nb: *it\n'
    expect(() => edited(source, [{ do: 'drop entry', span: { source: sourceText('x.yml', source), start: 0, end: 1 } }])).toThrow(AnchorDropped)
  })
})

describe('where a file goes', () => {
  it.each([
    ['domain.yml', 'slots: {}', 'domain/domain.yml'],
    ['domain/a/b.yaml', 'responses: {}', 'domain/a/b.yml'],
    ['data/flows/a/b.yml', 'flows: {}', 'flows/a/b.yml'],
    ['data/all.yml', 'flows: {}\nnlu: []\nslots: {}', 'flows/all.yml'],
    ['data/nlu/greet.yml', 'nlu: []', 'data/rules/greet.yml'],
    ['tests/e2e/cards.yml', 'test_cases: []', 'e2e_tests/cards.yml'],
    ['tests/conftest.yml', 'fixtures: []', 'e2e_tests/conftest.yml'],
    ['conftest.yml', 'fixtures: []', 'e2e_tests/conftest.yml'],
    ['endpoints.yml', 'x: 1', 'endpoints.yml'],
  ])('%s with %j', (file, text, expected) => {
    expect(parseFiles(new Map([[file, text]])).files.map(placeFor)).toEqual([expected])
  })
  it('finds a free name beside others', () => {
    const taken = new Set(['a/b.yml', 'a/b_2.yml'])
    expect(freePath('a/b.yml', (path) => taken.has(path))).toBe('a/b_3.yml')
  })
})

describe('what a rule becomes', () => {
  const becomes = (steps: string, more = '', rest = '') => {
    const rasa = projectOf(`rules:\n  - rule: my Rule!\n    ${more}steps: [${steps}]\n${rest}`)
    return rasa.items('rules').map(({ file, node }) => readRule(file, node, rasa).becomes)[0]
  }
  it.each([
    ['{intent: a}, {action: utter_a}', '', { kind: 'rule' }],
    ['{intent: a}, {action: utter_a}, {action: action_listen}', '', { kind: 'rule' }],
    ['{intent: a}, {action: utter_a}, {action: action_b}', '', { kind: 'flow', flow: 'rule_my_rule', actions: ['utter_a', 'action_b'] }],
    ['{intent: a}, {action: utter_a}', 'conversation_start: true\n    ', { kind: 'nothing' }],
    ['{intent: a}, {action: utter_a}', 'condition: [{active_loop: x}]\n    ', { kind: 'nothing' }],
    ['{action: utter_a}', '', { kind: 'nothing' }],
    ['{intent: a}', '', { kind: 'nothing' }],
    ['{intent: a, entities: [b]}, {action: utter_a}', '', { kind: 'nothing' }],
    ['{intent: a}, {slot_was_set: [{b: c}]}, {action: utter_a}', '', { kind: 'nothing' }],
  ])('%s %j', (steps, more, expected) => {
    expect(becomes(steps, more)).toMatchObject(expected)
  })
  it('is one rule for each retrieval intent where the response is one of a family', () => {
    expect(becomes('{intent: faq}, {action: utter_faq}', '', 'responses: {utter_faq/a: [{text: b}]}\n')).toEqual({ kind: 'retrieval' })
    expect(becomes('{intent: faq}, {action: utter_faq}', '', 'responses: {utter_faq/a: [{text: b}], utter_faq: [{text: c}]}\n')).toEqual({ kind: 'rule' })
  })
})

describe('questions and answers in a document', () => {
  it.each([
    ['Q: a?\nA: b\n', [['a?', 'b']]],
    ['intro\n\nQ: a?\nA: b\n   c\n\nrest\n\nQ: d?\nA: e', [['a?', 'b c'], ['d?', 'e']]],
    ['Q: a?\nA: b\nQ: c?\nA: d', [['a?', 'b'], ['c?', 'd']]],
    ['Q: a?\nA:\n', []],
    ['# Title\n\ntext', []],
  ])('%j', (text, expected) => {
    expect(factsIn(text).map(({ title, answer }) => [title, answer])).toEqual(expected)
  })
})
