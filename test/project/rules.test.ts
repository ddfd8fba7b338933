import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../src/project/normalise.js'
import { load, loaded, marked, short } from './in-memory.js'

const base = `responses:
  utter_greet: [{text: hi}]
  utter_bye: [{text: bye}]
flows:
  talk:
    description: talk
    steps: [{action: utter_greet}]
actions: [action_wave]
`
const greet = 'nlu:\n  - intent: greet\n    examples: |\n      - Hello  there!\n      - hi\n'

describe('rules', () => {
  it('answer an intent with a response, an action or a flow', () => {
    const rules = loaded({
      'base.yml': base,
      'data/nlu.yml': greet,
      'data/rules.yml': 'rules:\n  - rule: greeting\n    steps: [{intent: greet}, {action: utter_greet}]\n  - rule: waving\n    matches: ["^wave( at me)?$"]\n    steps: [{intent: wave}, {action: action_wave}, {action: action_listen}]\n  - rule: talking\n    matches: [talk]\n    steps: [{intent: chat}, {flow: talk}]\nintents: [wave, chat]\n',
    }).rules
    expect(rules).toEqual([
      { name: 'greeting', intent: 'greet', texts: ['hello there', 'hi'], patterns: [], then: { kind: 'utter', response: 'utter_greet' }, place: { file: 'data/rules.yml', line: 2, column: 5 } },
      { name: 'waving', intent: 'wave', texts: [], patterns: ['^wave( at me)?$'], then: { kind: 'action', action: 'action_wave' }, place: { file: 'data/rules.yml', line: 4, column: 5 } },
      { name: 'talking', intent: 'chat', texts: [], patterns: ['talk'], then: { kind: 'flow', flow: 'talk' }, place: { file: 'data/rules.yml', line: 7, column: 5 } },
    ])
  })

  it.each([
    ['an unknown response', 'unknown-response', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, {action: »utter_gret}]\n`],
    ['an unknown flow', 'unknown-flow', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, {flow: »tlak}]\n`],
    ['an unknown intent', 'unknown-intent', `${greet}rules:\n  - rule: a\n    steps: [{intent: »gret}, {flow: talk}]\n    matches: [x]\n  - rule: b\n    steps: [{intent: greet}, {flow: talk}]\n`],
    ['a rule without an intent', 'bad-rule', `rules:\n  - rule: a\n    steps: [»{action: utter_greet}, {action: utter_bye}]\n`],
    ['a rule that does nothing', 'bad-rule', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, »{intent: greet}]\n  - rule: b\n    steps: [{intent: greet}, {flow: talk}]\n`],
    ['a pattern that cannot be matched in linear time', 'bad-pattern', `${greet}rules:\n  - rule: a\n    matches: [»'(a)\\1', »'(?=x)', »'(']\n    steps: [{intent: greet}, {flow: talk}]\n`],
    ['two answers to one intent', 'rule-conflict', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, {flow: talk}]\n  - rule: b\n    steps: »[{intent: greet}, {action: utter_bye}]\n`],
    ['one name for two rules', 'duplicate-rule', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, {flow: talk}]\n  - rule: »a\n    matches: [bye]\n    steps: [{intent: bye}, {action: utter_bye}]\nintents: [bye]\n`],
    ['one text for two intents', 'rule-conflict', `${greet}  - intent: bye\n    examples: |\n      - »HELLO there\nrules:\n  - rule: a\n    steps: [{intent: greet}, {flow: talk}]\n  - rule: b\n    steps: [{intent: bye}, {action: utter_bye}]\n`],
    ['a text twice', 'duplicate-example', `nlu:\n  - intent: greet\n    examples: |\n      - hi\n      - »Hi!\nrules:\n  - rule: a\n    steps: [{intent: greet}, {flow: talk}]\n`],
    ['a pattern over the text of another rule', 'rule-overlap', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, {flow: talk}]\n  - rule: b\n    matches: »[hell]\n    steps: [{intent: bye}, {action: utter_bye}]\nintents: [bye]\n`],
    ['an example the model never sees', 'rule-hides-example', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, {action: utter_greet}]\nexamples:\n  - flow: talk\n    utterances: |\n      - »hello there\n      - talk to me\n`],
    ['a rule nothing leads to', 'rule-without-texts', `rules:\n  - rule: a\n    steps: »[{intent: bye}, {action: utter_bye}]\nintents: [bye]\n`],
    ['an intent nothing listens to', 'unused-intent', 'nlu:\n  - intent: »greet\n    examples: "- hi"\n'],
    ['a flow beside other steps', 'bad-rule', `${greet}rules:\n  - rule: a\n    condition: [{active_loop: x}]\n    steps: [{intent: greet}, »{flow: talk}]\n`],
    ['two ways in a rule', 'bad-rule', `${greet}rules:\n  - rule: a\n    steps: [{intent: greet}, »{or: [{slot_was_set: [x]}]}, {action: utter_greet}]\nslots:\n  x: {type: text, mappings: [{type: controlled}]}\n`],
    ['lookup tables and synonyms', 'not-supported', 'nlu:\n  - »lookup: city\n    examples: "- Rome"\n  - »synonym: Rome\n    examples: "- Roma"\n'],
  ])('blame %s', (_, code, text) => {
    const { text: plain, places } = marked(text)
    const { problems } = load({ 'base.yml': base, 'r.yml': plain })
    expect(problems.filter(({ code: found }) => found !== 'unused-response').map(short)).toEqual(places.map((place) => `r.yml:${place} ${code}`))
  })
})

describe('normalising a message', () => {
  it.each([
    ['  Hello,   WORLD!! ', 'hello, world'],
    ['What?', 'what'],
    ['What ? .', 'what'],
    ['e\u0301t\u00e9', '\u00e9t\u00e9'],
    ['...', ''],
    ['a.b', 'a.b'],
  ])('turns %j into %j', (text, result) => expect(normalise(text)).toBe(result))

  it('changes nothing the second time', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(normalise(normalise(text))).toBe(normalise(text))
    }))
  })
})
