import { describe, expect, it } from 'vitest'
import { load, marked, short } from './in-memory.js'

/** Names the cases may use without declaring them. */
const base = `slots:
  text: {type: text}
  flag: {type: bool}
  size: {type: categorical, values: [small, Large]}
  sum: {type: float, min_value: 0, max_value: 100}
  items: {type: list, mappings: [{type: custom, action: action_go}]}
  hidden: {type: text, mappings: [{type: controlled}]}
responses:
  utter_ask_text: [{text: text}]
  utter_ask_flag: [{text: flag}]
  utter_ask_size: [{text: size}]
  utter_ask_sum: [{text: sum}]
  utter_ask_items: [{text: items}]
  utter_ask_hidden: [{text: hidden}]
  utter_hi: [{text: hi}]
actions: [action_go]
`
const flow = (steps: string, more = ''): string => `flows:\n  f:\n    description: d\n${more}    steps:\n${steps.split('\n').map((line) => `      ${line}`).join('\n')}\n`

/** Cases: what is wrong, its code, and the text with a » before each place to blame. */
const cases: readonly (readonly [string, string, string])[] = [
  ['a step that runs an unknown action', 'unknown-action', flow('- action: »action_goo')],
  ['a step that says an unknown response', 'unknown-response', flow('- action: »utter_hello')],
  ['a rejection with an unknown response', 'unknown-response', flow('- collect: text\n  rejections:\n    - if: slots.text = "x"\n      utter: »utter_no')],
  ['an unknown slot in a collect', 'unknown-slot', flow('- collect: »txet\n  utter: utter_ask_text')],
  ['an unknown slot in set_slots', 'unknown-slot', flow('- set_slots:\n    - »txt: null')],
  ['unknown slots in a condition, each at its word', 'unknown-slot', flow('- noop: true\n  next:\n    - if: »slots.a and not »slots.b\n      then: END\n    - else: END')],
  ['an unknown slot in a quoted condition', 'unknown-slot', flow('- action: utter_hi', '    if: "not »slots.gone"\n')],
  ['an unknown slot in persisted_slots', 'unknown-slot', flow('- action: utter_hi', '    persisted_slots: [»gone]\n')],
  ['a link to an unknown flow', 'unknown-flow', flow('- link: »g')],
  ['a call of an unknown flow', 'unknown-flow', flow('- call: »g')],

  ['a step nobody leads to, but not what follows it', 'unreachable-step', flow('- {action: utter_hi, next: END}\n- »action: utter_hi\n- action: action_go')],
  ['a step after a link', 'link-not-last', flow('- link: pattern_search\n- »action: utter_hi')],
  ['a loop that waits', 'dead-end', flow('- id: ask\n  collect: text\n- action: utter_hi\n  next: ask').replace('- id', '- »id')],
  ['a loop that never waits', 'endless-loop', flow('- collect: text\n- »id: a\n  action: utter_hi\n- action: action_go\n  next: a')],
  ['a flow that calls itself', 'call-cycle', flow('- call: »f')],
  ['flows that call each other', 'call-cycle', 'flows:\n  f:\n    description: one\n    steps: [{call: »g}]\n  g:\n    description: two\n    steps: [{call: »f}]\n'],
  ['flows that link in a circle', 'link-cycle', 'flows:\n  f:\n    description: one\n    steps: [{action: utter_hi}, {link: »g}]\n  g:\n    description: two\n    steps: [{link: »f}]\n'],
  ['a silent called flow within a circle of links', 'link-cycle', 'flows:\n  f:\n    description: one\n    steps: [{call: h}, {link: »f}]\n  h:\n    description: two\n    steps: [{action: utter_hi}]\n'],

  ['a call of a flow that links', 'call-with-link', 'flows:\n  f:\n    description: one\n    steps: [{call: »g}]\n  g:\n    description: two\n    steps: [{collect: text}, {link: pattern_search}]\n'],
  ['a call of a flow whose called flow links', 'call-with-link', 'flows:\n  f:\n    description: one\n    steps: [{call: »g}]\n  g:\n    description: two\n    steps: [{call: »h}]\n  h:\n    description: three\n    steps: [{link: pattern_search}]\n'],
  ['a pattern that calls', 'call-in-pattern', 'flows:\n  pattern_chitchat:\n    description: one\n    steps: [{call: »f}]\n  f:\n    description: two\n    steps: [{action: utter_hi}]\n'],
  ['a call of a pattern', 'call-of-pattern', flow('- call: »pattern_chitchat')],
  ['a link to a pattern of the engine', 'link-to-pattern', flow('- link: »pattern_correction')],
  ['a link in pattern_internal_error', 'link-in-internal-error', 'flows:\n  pattern_internal_error:\n    description: one\n    steps: [{link: »pattern_human_handoff}]\n'],

  ['a slot nothing asks for', 'no-way-to-ask', 'slots:\n  x: {type: text}\n' + flow('- collect: »x')],
  ['a named response that does not exist', 'no-way-to-ask', flow('- collect: text\n  utter: »utter_gone')],
  ['an initial value that ask_before_filling clears', 'no-way-to-ask', 'slots:\n  x: {type: text, initial_value: a}\n' + flow('- collect: »x\n  ask_before_filling: true')],
  ['a question with a response and an action', 'two-ways-to-ask', 'actions: [action_ask_text]\n' + flow('- collect: »text')],
  ['a collect of a list', 'collect-of-list', flow('- collect: »items')],
  ['a collect of a slot nothing can fill', 'unfillable-slot', flow('- collect: »hidden')],
  ['a collect of a slot of the patterns', 'internal-slot', flow('- collect: »csat_score')],
  ['a refill_utter that does not exist', 'no-way-to-ask', 'slots:\n  x: {type: text, validation: {rejections: [{if: slots.x = "a", utter: utter_hi}], refill_utter: »utter_gone}}\nresponses: {utter_ask_x: [{text: x}]}\n' + flow('- collect: x')],

  ['a slot without its name-space', 'unprefixed-slot', flow('- noop: true\n  next:\n    - if: »sum > 3\n      then: END\n    - else: END')],
  ['None', 'bare-word', flow('- noop: true\n  next:\n    - if: slots.text = »None\n      then: END\n    - else: END')],
  ['a text without quotes', 'bare-word', flow('- noop: true\n  next:\n    - if: slots.text = »yes\n      then: END\n    - else: END')],
  ['a word that always holds', 'bare-word', flow('- action: utter_hi', '    if: »blocked\n')],
  ['a value a categorical slot never has', 'impossible-value', flow('- noop: true\n  next:\n    - if: slots.size = »"huge"\n      then: END\n    - else: END')],
  ['a value a bool never has', 'impossible-value', flow('- noop: true\n  next:\n    - if: \'»"maybe" = slots.flag\'\n      then: END\n    - else: END')],
  ['an order among truth values', 'impossible-value', flow('- noop: true\n  next:\n    - if: slots.flag > »1\n      then: END\n    - else: END')],
  ['a text where a number is', 'impossible-value', flow('- noop: true\n  next:\n    - if: slots.sum is »"many"\n      then: END\n    - else: END')],
  ['an impossible value in set_slots', 'impossible-value', flow('- set_slots:\n    - »size: huge')],
  ['a value out of bounds in set_slots', 'impossible-value', flow('- set_slots:\n    - »sum: 101')],
  ['set_slots of a list', 'set-of-list', flow('- set_slots:\n    - »items: null')],
  ['an impossible initial value', 'impossible-value', 'slots:\n  x: {type: float, min_value: 1, initial_value: »0}\n'],
  ['a rejection that looks at another slot', 'foreign-slot', flow('- collect: text\n  rejections:\n    - if: slots.text = "x" and »slots.flag\n      utter: utter_hi')],
  ['a validation that looks at another slot', 'foreign-slot', 'slots:\n  x: {type: text, validation: {rejections: [{if: »slots.flag, utter: utter_hi}]}}\nresponses: {utter_ask_x: [{text: x}]}\n' + flow('- collect: x')],
  ['a context outside of patterns', 'no-context', flow('- noop: true\n  next:\n    - if: »context.reason = "x"\n      then: END\n    - else: END')],
  ['a context the pattern does not have', 'unknown-context', 'flows:\n  pattern_cannot_handle:\n    description: d\n    steps:\n      - noop: true\n        next:\n          - if: »context.reasons = "x"\n            then: END\n          - else: END\n'],
  ['a flow that can never start', 'unreachable-flow', flow('- action: utter_hi', '    if: »False\n')],
  ['a pattern nobody starts', 'unknown-pattern', 'flows:\n  »pattern_chitchatt:\n    description: d\n    steps: [{action: utter_hi}]\n'],

  ['a persisted slot of another flow', 'not-persistable', flow('- collect: text', '    persisted_slots: [text, »flag]\n')],
  ['flows of one name, but for punctuation', 'duplicate-name', 'flows:\n  f:\n    name: Send money!\n    description: one\n    steps: [{action: utter_hi}]\n  g:\n    name: »send-money\n    description: two\n    steps: [{action: utter_hi}]\n'],
  ['flows of one description', 'duplicate-description', 'flows:\n  f:\n    description: Send.\n    steps: [{action: utter_hi}]\n  g:\n    description: »"send"\n    steps: [{action: utter_hi}]\n'],

  ['a button for an unknown slot', 'unknown-slot', 'responses:\n  utter_b:\n    - text: b\n      buttons: [{title: a, payload: »/SetSlots(txt=1)}]\n' + flow('- action: utter_b')],
  ['a button with an impossible value', 'impossible-value', 'responses:\n  utter_b:\n    - text: b\n      buttons: [{title: a, payload: »/SetSlots(size=huge)}, {title: b, payload: /SetSlots(size=LARGE)}, {title: c, payload: /SetSlots(size=null)}]\n' + flow('- collect: size\n- action: utter_b')],
  ['a button that cannot be read', 'bad-payload', 'responses:\n  utter_b:\n    - text: b\n      buttons: [{title: a, payload: »/SetSlots(text)}, {title: b, payload: »/SetSlots()}]\n' + flow('- collect: text\n- action: utter_b')],
  ['a button with eleven slots', 'bad-payload', `responses:\n  utter_b:\n    - text: b\n      buttons: [{title: a, payload: "»/SetSlots(${Array.from({ length: 11 }, () => 'text=a').join(', ')})"}]\n`.replace('"»', '»"') + flow('- collect: text\n- action: utter_b')],
  ['a button for a list', 'bad-payload', 'responses:\n  utter_b:\n    - text: b\n      buttons: [{title: a, payload: »/SetSlots(items=1)}]\n' + flow('- action: utter_b')],
  ['a button for a slot no flow collects', 'uncollected-slot', 'responses:\n  utter_b:\n    - text: b\n      buttons: [{title: a, payload: »/SetSlots(text=1)}]\n' + flow('- action: utter_b')],
  ['a button for an unknown intent', 'unknown-intent', 'responses:\n  utter_b:\n    - text: b\n      buttons: [{title: a, payload: »/greet}]\n' + flow('- action: utter_b')],
  ['a trigger nothing stands for', 'unknown-intent', flow('- action: utter_hi', '    nlu_trigger: [{intent: »greet}]\n')],

  ['a variable that is no slot', 'unknown-variable', 'responses:\n  utter_b: [{text: "a {text} {{text}} »{other}"}]\n'.replace('»{other', '{»other') + flow('- collect: text\n- action: utter_b')],
  ['a variable of Jinja that is no slot', 'unknown-variable', 'responses:\n  utter_b: [{text: "a {{ slots.»other }} {{ value }}", metadata: {template: jinja}}]\n' + flow('- action: utter_b')],
  ['a condition of a response with an unknown slot', 'unknown-slot', 'responses:\n  utter_b: [{text: a, condition: »slots.other = 1}, {text: b, condition: [{type: slot, name: »another, value: 1}]}]\n' + flow('- action: utter_b')],
  ['a translation into a language nobody speaks', 'unknown-language', 'responses:\n  »utter_b: [{text: a, translation: {fr: b}}]\n' + flow('- action: utter_b')],

  ['a slot nothing names', 'unused-slot', 'slots:\n  »x: {type: text}\n'],
  ['a response nothing says', 'unused-response', 'responses:\n  »utter_b: [{text: a}]\n'],
]

describe('cross-checks', () => {
  it.each(cases)('blame %s (%s)', (_, code, text) => {
    const { text: plain, places } = marked(text)
    const { problems } = load({ 'base.yml': base, 'p.yml': plain })
    const others = problems.filter((problem) => !(problem.code.startsWith('unused-') && problem.place?.file === 'base.yml') && !(problem.code.startsWith('unused-') && !code.startsWith('unused-')))
    expect(others.map(short)).toEqual(places.map((place) => `p.yml:${place} ${code}`))
  })

  it.each([
    ['flow', 'flows:\n  f:\n    description: d\n    steps: [{action: utter_hi}]\n', 2],
    ['slot', 'slots:\n  other: {type: text}\n', 2],
    ['response', 'responses:\n  utter_other: [{text: x}]\n', 2],
    ['action', 'actions:\n  - action_other\n', 2],
  ])('blame the second %s of one name, over files', (kind, text, line) => {
    const { problems } = load({ 'base.yml': base, 'a.yml': text, 'b.yml': text })
    const found = problems.filter(({ code }) => code === `duplicate-${kind}`)
    expect(found).toMatchObject([{ place: { file: 'b.yml', line }, found: `first in a.yml:${line}` }])
  })

  it.each([
    ['a loop that waits for an answer and can be left', flow('- id: ask\n  collect: sum\n  next:\n    - if: slots.sum > 3\n      then:\n        - set_slots: [{sum: null}]\n          next: ask\n    - else: END')],
    ['links in a circle with a question on the way', 'flows:\n  f:\n    description: one\n    steps: [{collect: text}, {link: g}]\n  g:\n    description: two\n    steps: [{link: f}]\n'],
    ['a circle of links through a called flow that asks', 'flows:\n  f:\n    description: one\n    steps: [{call: h}, {link: f}]\n  h:\n    description: two\n    steps: [{collect: text}]\n'],
    ['a controlled slot that a button fills', 'responses:\n  utter_ask_own: [{text: x, buttons: [{title: y, payload: /SetSlots(own=y)}]}]\nslots:\n  own: {type: text, mappings: [{type: controlled}]}\n' + flow('- collect: own')],
    ['an optional question', 'slots:\n  own: {type: text, initial_value: a}\n' + flow('- collect: own')],
    ['a question by an action', 'slots:\n  own: {type: text}\nactions: [action_ask_own]\n' + flow('- collect: own')],
    ['values in another case, and truth values as texts', flow('- noop: true\n  next:\n    - if: slots.size = "LARGE" or slots.flag = "true" or slots.sum = "3" or slots.sum > 1000 or slots.size is null\n      then: END\n    - else: END')],
    ['a guard that is never true, but linked to', 'flows:\n  f:\n    description: one\n    steps: [{link: g}]\n  g:\n    description: two\n    if: false\n    steps: [{action: utter_hi}]\n'],
    ['responses named by a template', flow('- action: "utter_{{slots.text}}"')],
    ['a link from a pattern to a flow', 'flows:\n  pattern_cannot_handle:\n    description: one\n    steps: [{link: f}]\n  f:\n    description: two\n    steps: [{action: utter_hi}]\n'],
    ['the old list of conditions of a response', 'responses:\n  utter_b: [{text: b, condition: [{type: slot, name: flag, value: true}]}]\n' + flow('- action: utter_b')],
  ])('accept %s', (_, text) => {
    const { problems } = load({ 'base.yml': base, 'p.yml': text })
    expect(problems.filter(({ code }) => !code.startsWith('unused-')).map(short)).toEqual([])
  })

  it('mix of persisted_slots and reset_after_flow_ends is refused once, the old key is a warning', () => {
    const text = flow('- collect: text\n  reset_after_flow_ends: false\n- collect: flag', '    persisted_slots: [text, flag]\n')
    const { problems } = load({ 'base.yml': base, 'p.yml': text })
    expect(problems.filter(({ code }) => !code.startsWith('unused-')).map(short)).toEqual(['p.yml:4:23 two-ways-to-persist', 'p.yml:7:9 deprecated-key'])
  })

  it('translations that are missing are warnings, once languages are declared', () => {
    const files = {
      'config.yml': 'language: en\nadditional_languages: [de, fr]\n', 'base.yml': base,
      'p.yml': 'responses:\n  utter_b: [{text: b, translation: {de: b}}]\nflows:\n  f:\n    description: d\n    translation: {de: {name: f}, fr: {name: f}, es: {name: f}}\n    steps: [{action: utter_b}]\n',
    }
    const { problems } = load(files)
    expect(problems.filter(({ place, code }) => place?.file === 'p.yml' && !code.startsWith('unused')).map(short)).toEqual(['p.yml:2:3 missing-translation', 'p.yml:4:3 unknown-language'])
  })

  it('do not call unknown or unused what a broken file may well declare or use', () => {
    const files = {
      'domain.yml': 'slots:\n  a: {type: text}\n  b: {type: text\nresponses:\n  utter_ask_a: [{text: a}]\n',
      'more.yml': 'slots:\n  b: {type: text}\nresponses:\n  utter_ask_b: [{text: "{a} {d}"}]\n',
      'flows/f.yml': 'flows:\n  f:\n    description: f\n    steps: [{collect: a}, {collect: bb}, {action: utter_cc}]\n',
    }
    expect(load(files).problems.map(short)).toEqual([
      'domain.yml:4:1 yaml-syntax', 'flows/f.yml:4:37 unknown-slot', 'flows/f.yml:4:51 unknown-response', 'more.yml:4:30 unknown-variable',
    ])
  })

  it('call unused and unfillable, beside a mistake elsewhere, what nothing can have named', () => {
    const domain = (more: string): string => `slots:\n  lost: {type: text}\n  own: {type: text, mappings: [{type: controlled}]}\nresponses:\n  utter_lost: [{text: a}]\n  utter_ask_own: [{text: b}]\n${more}`
    const f = 'flows:\n  f:\n    description: f\n    steps: [{collect: own}]\n'
    const expected = ['domain.yml:2:3 unused-slot', 'domain.yml:5:3 unused-response', 'f.yml:4:23 unfillable-slot']
    const codes = (files: Readonly<Record<string, string>>): readonly string[] => load(files).problems.filter(({ severity }) => severity === 'warning').map(short)
    expect(codes({ 'domain.yml': domain(''), 'f.yml': f })).toEqual(expected)
    expect(codes({ 'domain.yml': domain('  utter_c: [{txt: a}]\n'), 'f.yml': f })).toEqual(expected)
    expect(codes({ 'domain.yml': domain(''), 'f.yml': f, 'g.yml': 'flows:\n  - [\n' })).toEqual(expected)
    expect(codes({ 'domain.yml': domain(''), 'f.yml': f, 'config.yml': 'lost: [\n' })).toEqual(expected)
  })

  it.each([
    ['in a file with broken syntax', 'flows:\n  - [lost, utter_lost, own\n'],
    ['in a step that cannot be read', 'flows:\n  g:\n    description: g\n    steps:\n      - colect: lost\n      - action: utter_lost\n        set_slots: [{own: 1}]\n'],
    ['in a button of a response that cannot be read, or by a template', 'responses:\n  utter_x:\n    - txt: "utter_{{slots.lost}}"\n      buttons: [{title: a, payload: "/SetSlots(own=1)"}]\n'],
    ['under a key that is misspelt', 'flwos:\n  g:\n    steps: [{collect: lost}, {action: utter_lost}, {set_slots: [{own: 1}]}]\n'],
  ])('do not call unused or unfillable what is named %s', (_, text) => {
    const domain = 'slots:\n  lost: {type: text}\n  own: {type: text, mappings: [{type: controlled}]}\nresponses:\n  utter_lost: [{text: a}]\n  utter_ask_own: [{text: b}]\n'
    const { problems } = load({ 'domain.yml': domain, 'f.yml': 'flows:\n  f:\n    description: f\n    steps: [{collect: own}]\n', 'g.yml': text })
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true)
    expect(problems.filter(({ severity }) => severity === 'warning').map(short)).toEqual([])
  })

  it('shows all mistakes of a project in one run, in the order of its files', () => {
    const { project, problems } = load({
      'domain.yml': 'slots:\n  a: {type: text}\n  b: {type: strnig}\nresponses:\n  utter_ask_a: [{text: "{c}"}]\n',
      'flows/one.yml': 'flows:\n  one:\n    description: d\n    steps:\n      - collect: a\n      - action: utter_gone\n      - link: two\n',
      'flows/two.yml': 'flows:\n  one:\n    description: e\n    steps: [{action: utter_ask_a}]\n  three:\n    steps: []\n',
      'flows/broken.yml': 'flows:\n  - [\n',
    })
    expect(project).toBeNull()
    expect(problems.map(short)).toEqual([
      'domain.yml:3:13 not-allowed', 'domain.yml:5:26 unknown-variable', 'flows/broken.yml:3:1 yaml-syntax',
      'flows/one.yml:6:17 unknown-response', 'flows/one.yml:7:15 unknown-flow',
      'flows/two.yml:2:3 duplicate-flow', 'flows/two.yml:6:5 missing-key', 'flows/two.yml:6:12 empty',
    ])
  })
})
