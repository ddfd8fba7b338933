import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds } from '../../src/dialogue/conditions.js'
import { TemplateFault } from '../../src/dialogue/template.js'
import { parseCondition } from '../../src/project/condition-parser.js'
import type { SlotValue } from '../../src/project/types.js'
import { projectOf } from './conversation.js'

const project = projectOf('slots: {plan: {type: categorical, values: [Basic, Plus]}}')
const evaluate = (text: string, slots: Readonly<Record<string, SlotValue>> = {}, context: Readonly<Record<string, SlotValue>> = {}): boolean => {
  const { condition, fault } = parseCondition(text)
  if (condition === null) throw new Error(fault.message)
  return holds(condition, { project, slots: new Map(Object.entries(slots)), context })
}

describe('conditions (3)', () => {
  it.each<[string, boolean, Record<string, SlotValue>?, Record<string, SlotValue>?]>([
    // logic
    ['not slots.a and slots.b', true, { a: false, b: true }],
    ['slots.a OR slots.b AND slots.c', true, { a: true, b: false, c: false }],
    ['(slots.a or slots.b) and slots.c', false, { a: true, b: false, c: false }],
    // compare
    ['slots.a = 1', true, { a: 1 }], ['slots.a == 1.0', true, { a: 1 }], ['slots.a != 1', false, { a: 1 }],
    ['slots.a = "1"', true, { a: 1 }], ['slots.a = 1', true, { a: ' 1.0 ' }], ['slots.a = 1', false, { a: 'one' }],
    ['slots.a > 5', true, { a: 6 }], ['slots.a >= 6', true, { a: '6' }], ['slots.a < 6', false, { a: 6 }], ['slots.a <= 6', true, { a: 6 }],
    ['slots.a < slots.b', true, { a: 9, b: 10 }], ['slots.a < slots.b', true, { a: '9', b: '10' }],
    ['slots.a < 5', false, { a: null }], ['slots.a >= 5', false, { a: null }], ['5 > slots.a', false, {}], ['slots.a < 5', false, { a: 'x' }],
    ['slots.a < "2026-02-01"', true, { a: '2026-01-31' }],
    ['slots.a = "x"', false, { a: 'X' }], ['slots.plan = "BASIC"', true, { plan: 'Basic' }], ['"plus" != slots.plan', true, { plan: 'Basic' }],
    ['slots.a = true', true, { a: true }], ['slots.a = "True"', true, { a: true }], ['slots.a = false', false, { a: null }],
    // identity
    ['slots.a is null', true, { a: null }], ['slots.a is null', true, {}], ['slots.a is not null', false, { a: null }], ['slots.a is null', false, { a: '' }],
    ['slots.a is empty', true, { a: '' }], ['slots.a is empty', true, { a: null }], ['slots.a is empty', true, { a: [] }], ['slots.a is not empty', true, { a: 'x' }],
    ['slots.a is undefined', true, {}], ['slots.a is true', true, { a: true }], ['slots.a is 5', true, { a: 5 }], ['slots.a is "x"', true, { a: 'x' }],
    // subset
    ['{\'A\' \'B\'} contains slots.a', true, { a: 'B' }], ['{\'A\' \'B\'} contains slots.a', false, { a: 'b' }], ['{1 2} contains slots.a', true, { a: 2 }],
    ['{\'basic\'} contains slots.plan', true, { plan: 'Basic' }], ['{\'A\'} contains slots.a', false, { a: null }],
    ['slots.a contains "ell"', true, { a: 'hello' }], ['slots.a contains "ELL"', false, { a: 'hello' }], ['slots.a contains "x"', false, { a: null }],
    ['context.names contains "pay"', true, {}, { names: ['pay', 'ask'] }],
    // regular expressions
    ['slots.a matches "^[0-9]+$"', true, { a: '42' }], ['slots.a matches "^[0-9]+$"', true, { a: 42 }], ['slots.a matches "(?i)^AB"', true, { a: 'abc' }],
    ['slots.a matches /^ab/i', true, { a: 'ABC' }], ['slots.a matches "b"', false, { a: null }], ['not (slots.a matches "b")', true, { a: null }],
    // truthiness
    ['slots.a', false, { a: null }], ['slots.a', false, { a: '' }], ['slots.a', false, { a: 0 }], ['slots.a', true, { a: 'no' }], ['not slots.a', true, {}], ['slots.a', false, { a: {} }],
    // words without quotes, context, templates
    ['slots.a = savings', true, { a: 'savings' }], ['true', true], ['False', false],
    ['context.reason = "x"', true, {}, { reason: 'x' }], ['context.nothing is null', true], ['context.info.deep = 3', true, {}, { info: { deep: 3 } }],
    ['slots.{{context.collect}} is not null', true, { a: 1 }, { collect: 'a' }], ['\'{{ context.reason }}\' = \'x\'', true, {}, { reason: 'x' }],
    ['\'{{context.reason}}\' = "it\'s"', true, {}, { reason: 'it\'s' }], ['"{{slots.a}}" = "x"', false, { a: '" or true or "' }],
    ['"{{ slots.a | upper }}" = "X"', true, { a: 'x' }],
    ['"{{ slots.a | upper }}" = "X"', false, { a: '" or true or "' }],
  ])('%s is %s with %o %o', (text, expected, slots = {}, context = {}) => {
    expect(evaluate(text, slots, context)).toBe(expected)
  })

  it('renders statements of Jinja before it parses', () => {
    const condition = { kind: 'template', source: '{% if slots.a %}true{% else %}slots.b is null{% endif %}' } as const
    expect(holds(condition, { project, slots: new Map([['a', 'x']]), context: {} })).toBe(true)
    expect(holds(condition, { project, slots: new Map([['b', 'x']]), context: {} })).toBe(false)
    const onlyIf = { kind: 'template', source: '{% if slots.a %}slots.b{% endif %}' } as const
    expect(holds(onlyIf, { project, slots: new Map([['b', 'x']]), context: {} })).toBe(false)
    expect(holds(onlyIf, { project, slots: new Map([['a', 'x'], ['b', 'x']]), context: {} })).toBe(true)
  })

  it('faults where a template becomes something unreadable, instead of guessing', () => {
    expect(() => evaluate('slots.{{context.collect}} is null', {}, { collect: 'a b' })).toThrow(TemplateFault)
    expect(() => evaluate('slots.{{context.missing}} is null')).toThrow(TemplateFault)
  })

  it('never lets a value change what a template asks (2,000 cases)', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('\'', '"'), (value, quote) => {
      expect(evaluate(`${quote}{{slots.a}}${quote} = slots.a`, { a: value })).toBe(true)
      expect(evaluate(`${quote}{{slots.a}}${quote} = ${quote}no such value${quote}`, { a: value })).toBe(false)
    }), { numRuns: 2_000 })
  })
})
