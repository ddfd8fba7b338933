import { describe, expect, it } from 'vitest'
import { flowVersion } from '../../src/project/version.js'
import { loaded } from './in-memory.js'

const files = {
  'domain.yml': 'slots:\n  a: {type: text}\n  b: {type: bool, mappings: [{type: controlled}]}\nresponses:\n  utter_ask_a: [{text: a}]\n  utter_hi: [{text: hi}]\n',
  'flows/one.yml': 'flows:\n  one:\n    description: one\n    steps: [{collect: a}]\n',
  'flows/two.yml': 'flows:\n  two:\n    description: two\n    if: slots.b\n    steps: [{action: utter_hi}]\n',
}
const version = (changes: Readonly<Record<string, string>> = {}): string => loaded({ ...files, ...changes }).version

describe('the version of a project', () => {
  it('is a sha256 in hex', () => expect(version()).toMatch(/^[0-9a-f]{64}$/))

  it.each([
    ['its files are named differently and come in another order', { 'flows/one.yml': files['flows/two.yml'], 'flows/two.yml': files['flows/one.yml'] }],
    ['comments and white space change', { 'flows/one.yml': `# a comment\n\n${files['flows/one.yml'].replace('description: one', 'description:   "one"')}` }],
    ['parts move to another file', { 'flows/one.yml': '{}', 'flows/three.yml': files['flows/one.yml'] }],
    ['examples change', { 'data/e.yml': 'examples:\n  - flow: one\n    utterances: "- do one"\n' }],
    ['the action server moves', { 'endpoints.yml': 'action_endpoint: {url: "http://elsewhere"}\n' }],
    ['a condition is written differently but means the same', { 'flows/two.yml': files['flows/two.yml'].replace('slots.b', '" slots.b "') }],
  ])('stays when %s', (_, changes) => expect(version(changes)).toBe(version()))

  it.each([
    ['a flow', { 'flows/one.yml': files['flows/one.yml'].replace('description: one', 'description: won') }],
    ['a guard', { 'flows/two.yml': files['flows/two.yml'].replace('slots.b', 'not slots.b') }],
    ['a response', { 'domain.yml': files['domain.yml'].replace('text: hi', 'text: ho') }],
    ['a slot', { 'domain.yml': files['domain.yml'].replace('type: bool', 'type: any') }],
    ['a slot called place', { 'more.yml': 'slots:\n  place: {type: text, mappings: [{type: controlled}]}\n' }],
    ['the profile', { 'config.yml': 'compat: "3.13"\n' }],
    ['a rule', { 'data/r.yml': 'rules:\n  - rule: hi\n    matches: [hi]\n    steps: [{intent: hi}, {action: utter_hi}]\nintents: [hi]\n' }],
  ])('changes with %s', (_, changes) => expect(version(changes)).not.toBe(version()))

  it('is there for a single flow too', () => {
    const other = loaded({ ...files, 'flows/one.yml': files['flows/one.yml'].replace('description: one', 'description: won') })
    const [one, two] = [loaded(files).flows, other.flows].map((flows) => [...flows.values()].filter(({ isPattern }) => !isPattern).map(flowVersion))
    expect(one?.[0]).not.toBe(two?.[0])
    expect(one?.[1]).toBe(two?.[1])
  })
})
