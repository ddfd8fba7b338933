import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAnnotations } from '../../src/project/annotations.js'
import { load, loaded, marked, short } from './in-memory.js'

const base = `slots:
  amount: {type: float}
  recipient: {type: text}
  size: {type: categorical, values: [small, Large]}
  sure: {type: bool}
flows:
  pay:
    description: pay
    steps: [{collect: amount}, {collect: recipient}, {collect: size}, {collect: sure}]
  other:
    description: other
    steps: [{action: utter_hi}]
responses:
  utter_hi: [{text: hi}]
  utter_ask_amount: [{text: a}]
  utter_ask_recipient: [{text: a}]
  utter_ask_size: [{text: a}]
  utter_ask_sure: [{text: a}]
`
const groups = (text: string): ReturnType<typeof loaded>['examples'] => loaded({ 'base.yml': base, 'data/e.yml': text }).examples

describe('examples', () => {
  it('keep words, values and places', () => {
    const [group] = groups('examples:\n  - flow: pay\n    utterances: |\n      # people say\n      - send [50 euros]{"slot": "amount", "value": 50} to [Ann](recipient)\n\n      - pay [Ann](recipient)\n')
    expect(group).toMatchObject({ means: { kind: 'flow', flow: 'pay' }, place: { line: 2, column: 5 } })
    expect(group?.utterances).toEqual([
      {
        text: 'send 50 euros to Ann',
        spans: [{ start: 5, end: 13, slot: 'amount', value: 50 }, { start: 17, end: 20, slot: 'recipient', value: 'Ann' }],
        place: { file: 'data/e.yml', line: 5, column: 9 },
      },
      { text: 'pay Ann', spans: [{ start: 4, end: 7, slot: 'recipient', value: 'Ann' }], place: { file: 'data/e.yml', line: 7, column: 9 } },
    ])
  })

  it('may be a list, and stand in any file of data', () => {
    const [group] = groups('examples:\n  - flow: pay\n    utterances:\n      - pay [Ann](recipient)\n      - "pay now: please"\n')
    expect(group?.utterances.map(({ text, place }) => [text, place.line, place.column])).toEqual([['pay Ann', 4, 9], ['pay now: please', 5, 9]])
  })

  it('of one slot need not name it, and are the value as a whole when nothing is marked', () => {
    const [group] = groups('examples:\n  - slot: amount\n    utterances: |\n      - [fifty]{"value": 50}\n      - about [12.5](amount)\n      - 30\n')
    expect(group?.utterances.map(({ text, spans }) => [text, spans[0]?.start, spans[0]?.end, spans[0]?.value])).toEqual([
      ['fifty', 0, 5, 50], ['about 12.5', 6, 10, 12.5], ['30', 0, 2, 30],
    ])
  })

  it('coerce values to the type of the slot', () => {
    const [group] = groups('examples:\n  - flow: pay\n    utterances: |\n      - [LARGE](size), [yes](sure), [the big one]{"slot": "size", "value": "large"}\n      - [no]{"entity": "sure"} and [3](recipient)\n')
    expect(group?.utterances.flatMap(({ spans }) => spans.map(({ value }) => value))).toEqual(['Large', true, 'Large', false, '3'])
  })

  it('stand for commands, clarifications and corrections', () => {
    expect(groups('examples:\n  - {command: cancel flow, utterances: "- stop"}\n  - {clarify: [pay, other], utterances: "- do it"}\n  - {correction: amount, utterances: "- no, [60](amount)"}\n').map(({ means }) => means)).toEqual([
      { kind: 'command', command: 'cancel flow' }, { kind: 'clarify', options: ['pay', 'other'] }, { kind: 'correction', slot: 'amount' },
    ])
  })

  it('are also what Rasa calls the training data of an intent that starts a flow', () => {
    const project = loaded({
      'base.yml': base.replace('description: pay', 'description: pay\n    nlu_trigger: [{intent: {name: payment, confidence_threshold: 0.5}}]'),
      'nlu.yml': 'nlu:\n  - intent: payment\n    examples: |\n      - pay [Ann](recipient) in [Rome](city)\n      - give [many](amount)\n',
    })
    expect(project.examples).toEqual([{
      means: { kind: 'flow', flow: 'pay' },
      place: { file: 'nlu.yml', line: 4, column: 9 },
      utterances: [
        { text: 'pay Ann in Rome', spans: [{ start: 4, end: 7, slot: 'recipient', value: 'Ann' }], place: { file: 'nlu.yml', line: 4, column: 9 } },
        { text: 'give many', spans: [], place: { file: 'nlu.yml', line: 5, column: 9 } },
      ],
    }])
    expect(project.rules).toEqual([])
  })

  it('come with values to vary them', () => {
    expect(loaded({ 'base.yml': base, 's.yml': 'samples:\n  - slot: recipient\n    values: [Ann, 007, {said: my mum, value: mum}]\n  - slot: amount\n    values: [10, {said: a hundred, value: 100}]\n' }).samples).toEqual([
      { slot: 'recipient', samples: [{ said: 'Ann', value: 'Ann' }, { said: '007', value: '007' }, { said: 'my mum', value: 'mum' }] },
      { slot: 'amount', samples: [{ said: '10', value: 10 }, { said: 'a hundred', value: 100 }] },
    ])
  })

  it.each([
    ['an unknown flow', 'unknown-flow', 'examples:\n  - flow: »payy\n    utterances: "- pay"\n'],
    ['an unknown slot of a mark, and where it is', 'unknown-slot', 'examples:\n  - flow: pay\n    utterances: |\n      - give »[5](amont) now\n'],
    ['a value the slot cannot have', 'impossible-value', 'examples:\n  - flow: pay\n    utterances: |\n      - give »[fifty](amount)\n'],
    ['an answer that is no value', 'impossible-value', 'examples:\n  - slot: amount\n    utterances: |\n      - »a lot\n'],
    ['a bracket without a slot', 'bad-annotation', 'examples:\n  - flow: pay\n    utterances: |\n      - give »[5] now\n'],
    ['a bracket that never closes', 'bad-annotation', 'examples:\n  - flow: pay\n    utterances: |\n      - give »[5(amount)\n'],
    ['broken JSON', 'bad-annotation', 'examples:\n  - flow: pay\n    utterances: |\n      - give »[5]{"slot": amount}\n'],
    ['a value without a slot in a flow', 'bad-annotation', 'examples:\n  - flow: pay\n    utterances: |\n      - give »[5]{"value": 5}\n'],
    ['a correction without the new value', 'bad-annotation', 'examples:\n  - correction: amount\n    utterances: |\n      - »no, wait\n'],
    ['a line without a hyphen', 'not-an-item', 'examples:\n  - flow: pay\n    utterances: |\n      - pay\n      »pay now\n'],
    ['two meanings', 'unclear-meaning', 'examples:\n  - flow: pay\n    »slot: amount\n    utterances: "- pay"\n'],
    ['no meaning', 'unclear-meaning', 'examples:\n  - »utterances: "- pay"\n'],
    ['an unknown command', 'not-allowed', 'examples:\n  - command: »stop\n    utterances: "- stop"\n'],
    ['a clarification of one', 'empty', 'examples:\n  - clarify: »[pay]\n    utterances: "- stop"\n'],
    ['a sample the slot cannot have', 'impossible-value', 'samples:\n  - slot: size\n    values: [small, »huge]\n'],
    ['a slot the flow has no use for', 'foreign-slot', 'examples:\n  - flow: other\n    utterances: |\n      - give »[5](amount)\n'],
    ['the same words for two flows', 'contradictory-example', 'examples:\n  - flow: pay\n    utterances: |\n      - do it\n  - flow: other\n    utterances: |\n      - »Do it!\n'],
    ['the same words twice', 'duplicate-example', 'examples:\n  - flow: pay\n    utterances: |\n      - do it\n      - »do it.\n'],
  ])('blame %s', (_, code, text) => {
    const { text: plain, places } = marked(text)
    expect(load({ 'base.yml': base, 'e.yml': plain }).problems.map(short)).toEqual(places.map((place) => `e.yml:${place} ${code}`))
  })
})

describe('annotations', () => {
  it.each([
    ['a \\[b\\] c', 'a [b] c', []],
    ['[a \\[b\\]](x)', 'a [b]', [[0, 5, 'x', undefined]]],
    ['[a]{"slot": "x", "value": "}"} b', 'a b', [[0, 1, 'x', '}']]],
    ['[a](x:1) [b](y)', 'a b', [[0, 1, 'x', '1'], [2, 3, 'y', undefined]]],
    ['[a]{"slot": "x", "value": null}', 'a', [[0, 1, 'x', null]]],
    ['plain (text) {here}', 'plain (text) {here}', []],
  ])('read %s', (line, text, marks) => {
    const read = readAnnotations(line)
    expect(read.text).toBe(text)
    expect(read.marks.map(({ start, end, slot, value }) => [start, end, slot, value])).toEqual(marks)
  })

  it('read back what was written', () => {
    const plain = fc.stringMatching(/^[a-zA-Z0-9 ,.!?()]{0,12}$/)
    const word = fc.stringMatching(/^[a-z0-9}{" ]{1,10}$/).filter((text) => text.trim() !== '')
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
    fc.assert(fc.property(fc.array(fc.tuple(plain, word, value), { maxLength: 5 }), plain, (parts, tail) => {
      const line = parts.map(([before, said, held]) => `${before}[${said}]${JSON.stringify({ slot: 's', value: held })}`).join('') + tail
      const { text, marks, faults } = readAnnotations(line)
      expect(faults).toEqual([])
      expect(text).toBe(parts.map(([before, said]) => before + said).join('') + tail)
      expect(marks.map(({ start, end, value: held }) => [text.slice(start, end), held])).toEqual(parts.map(([, said, held]) => [said, held]))
    }), { numRuns: 1_000 })
  })

  it('never throw, and lose no words', () => {
    const piece = fc.constantFrom('[', ']', '(', ')', '{', '}', '"', ':', '\\', 'a', ' ', 'slot', ',')
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const { text, marks } = readAnnotations(pieces.join(''))
      for (const { start, end } of marks) expect(text.slice(start, end).length).toBeGreaterThan(0)
    }), { numRuns: 2_000 })
  })
})
