import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { maximumConditionLength, parseCondition } from '../../src/project/condition-parser.js'
import { conditionText } from '../../src/project/condition-text.js'
import type { Condition, Operand } from '../../src/project/condition.js'

const slot = (name: string): Operand => ({ kind: 'slot', name })
const literal = (value: string | number | boolean | null): Operand => ({ kind: 'literal', value })
const compare = (left: Operand, operator: (Condition & { kind: 'compare' })['operator'], right: Operand): Condition => ({ kind: 'compare', operator, left, right })
const truthy = (of: Operand): Condition => ({ kind: 'truthy', of })

describe('the condition language', () => {
  it.each<[string, Condition]>([
    ['slots.a', truthy(slot('a'))],
    ['not slots.a', { kind: 'not', of: truthy(slot('a')) }],
    ['slots.a = 1', compare(slot('a'), '=', literal(1))],
    ['slots.a == 1', compare(slot('a'), '=', literal(1))],
    ['slots.a!=-1.5', compare(slot('a'), '!=', literal(-1.5))],
    ['slots.a>=.5', compare(slot('a'), '>=', literal(0.5))],
    ['slots.a < slots.b', compare(slot('a'), '<', slot('b'))],
    ['slots.a is null', compare(slot('a'), 'is', literal(null))],
    ['slots.a IS NOT Null', compare(slot('a'), 'is not', literal(null))],
    ['slots.a is True', compare(slot('a'), 'is', literal(true))],
    ['slots.a is not empty', compare(slot('a'), 'is not', { kind: 'empty' })],
    ['context.a.b is undefined', compare({ kind: 'context', path: ['a', 'b'] }, 'is', { kind: 'undefined' })],
    ['not slots.a is null', { kind: 'not', of: compare(slot('a'), 'is', literal(null)) }],
    ['"x" = slots.a', compare(literal('x'), '=', slot('a'))],
    ['slots.a = \'it"s\'', compare(slot('a'), '=', literal('it"s'))],
    ['slots.a = "a\\"b\\\\c\\d"', compare(slot('a'), '=', literal('a"b\\c\\d'))],
    ['{\'A\' "B" 3} contains slots.a', { kind: 'contains', whole: { kind: 'set', of: [literal('A'), literal('B'), literal(3)] }, part: slot('a') }],
    ['{} contains slots.a', { kind: 'contains', whole: { kind: 'set', of: [] }, part: slot('a') }],
    ['slots.a contains "sub"', { kind: 'contains', whole: slot('a'), part: literal('sub') }],
    ['slots.a matches "^\\d+$"', { kind: 'matches', subject: slot('a'), pattern: '^\\d+$', flags: '' }],
    ['slots.a matches "(?i)^ab"', { kind: 'matches', subject: slot('a'), pattern: '^ab', flags: 'i' }],
    ['slots.a matches /a\\/b c/i', { kind: 'matches', subject: slot('a'), pattern: 'a/b c', flags: 'i' }],
    ['slots.a matches "/ab/i"', { kind: 'matches', subject: slot('a'), pattern: 'ab', flags: 'i' }],
    ['slots.my-slot', truthy(slot('my-slot'))],
    ['slots.größe = 1', compare(slot('größe'), '=', literal(1))],
    ['slots.a AND slots.b OR slots.c', { kind: 'or', left: { kind: 'and', left: truthy(slot('a')), right: truthy(slot('b')) }, right: truthy(slot('c')) }],
    ['slots.a and (slots.b or slots.c)', { kind: 'and', left: truthy(slot('a')), right: { kind: 'or', left: truthy(slot('b')), right: truthy(slot('c')) } }],
    ['slots.a or slots.b or slots.c', { kind: 'or', left: { kind: 'or', left: truthy(slot('a')), right: truthy(slot('b')) }, right: truthy(slot('c')) }],
    ['not not slots.a', { kind: 'not', of: { kind: 'not', of: truthy(slot('a')) } }],
    ['slots.{{context.collect}} is not null', { kind: 'template', source: 'slots.{{context.collect}} is not null' }],
    ['\'{{context.reason}}\' = "x"', { kind: 'template', source: '\'{{context.reason}}\' = "x"' }],
    ['{% if slots.x %}slots.a = "y"{% else %}slots.b{% endif %}', { kind: 'template', source: '{% if slots.x %}slots.a = "y"{% else %}slots.b{% endif %}' }],
    ['{% if slots.x %}{% if slots.y %}slots.a{% else %}true{% endif %} and{% elif slots.z %}{% endif %} slots.b', { kind: 'template', source: '{% if slots.x %}{% if slots.y %}slots.a{% else %}true{% endif %} and{% elif slots.z %}{% endif %} slots.b' }],
    ['{% if slots.x %}slots.a{% endif %}', { kind: 'template', source: '{% if slots.x %}slots.a{% endif %}' }],
  ])('reads %s', (text, condition) => expect(parseCondition(text)).toMatchObject({ condition, fault: null }))

  it.each<[string, string, number]>([
    ['', 'The condition is empty.', 0],
    ['slots.a &&  slots.b', '"&&" is not part of the condition language.', 8],
    ['slots.a || slots.b', '"||" is not part of the condition language.', 8],
    ['!slots.a', '"!" is not part of the condition language.', 0],
    ['slots.a in ["x"]', '"[" is not part of the condition language.', 11],
    ['slots.a in x', 'The condition should end before "in".', 8],
    ['slots.a = "x', 'A text begins here and never ends.', 10],
    ['slots.a =', 'The condition ends too early.', 9],
    ['(slots.a', 'A bracket is never closed.', 8],
    ['slots.a)', 'The condition should end before ")".', 7],
    ['slots. = 1', 'A name is missing after "slots.".', 0],
    ['slots.a = 1 2', 'The condition should end before "2".', 12],
    ['{\'a\'} = slots.x', 'A set cannot be compared.', 8],
    ['{\'a\'}', 'A set can only be asked what it contains.', 5],
    ['slots.a matches slots.b', 'A pattern is missing after "matches".', 16],
    ['slots.a matches "(a"', 'The pattern cannot be read: missing closing ).', 16],
    ['slots.a matches "(a)\\1"', 'References back to a group cannot be matched in linear time and are not supported.', 16],
    ['slots.a matches "(?=a)"', 'Look-ahead and look-behind cannot be matched in linear time and are not supported.', 16],
    ['slots.a matches /a/x', 'The flag "x" is not known; i, m and s are.', 16],
    ['and slots.a', 'A value is missing before "and".', 0],
    ['slots.a # 1', '"#" cannot stand here.', 8],
    ['slots.{{context.a}} == ', 'The condition ends too early.', 23],
    ['{% if slots.x %}slots.a{% else %} or slots.b{% endif %}', 'A value is missing before "or".', 34],
  ])('refuses %s and says where', (text, message, start) => {
    expect(parseCondition(text)).toMatchObject({ condition: null, fault: { message, start } })
  })

  it('bounds length and nesting', () => {
    expect(parseCondition(`slots.a = "${'x'.repeat(maximumConditionLength)}"`).fault?.message).toContain('longer than')
    expect(parseCondition(`${'('.repeat(900)}slots.a${')'.repeat(900)}`).fault?.message).toContain('nested more than')
    expect(parseCondition(`${'not '.repeat(400)}slots.a`).fault?.message).toContain('nested more than')
    const long = Array.from({ length: 120 }, (_, at) => `slots.s${at}`).join(' and ')
    expect(parseCondition(long).fault).toBeNull()
  })

  it('says which names are used, and where', () => {
    const parsed = parseCondition('slots.a = yes and context.b.c or hours > 2')
    expect(parsed.fault === null ? parsed.mentions : []).toEqual([
      { kind: 'slot', name: 'a', start: 0, end: 7, isAlone: false },
      { kind: 'word', name: 'yes', start: 10, end: 13, isAlone: false },
      { kind: 'context', name: 'b.c', start: 18, end: 29, isAlone: true },
      { kind: 'word', name: 'hours', start: 33, end: 38, isAlone: false },
    ])
  })

  it('names in statements of Jinja and in each of their branches', () => {
    const parsed = parseCondition('{% if slots.x %}slots.a{% elif context.y %}slots.b{% endif %}')
    expect(parsed.fault === null ? parsed.mentions.map(({ name, start }) => [name, start]) : []).toEqual([['x', 6], ['y', 31], ['a', 16], ['b', 43]])
  })

  it('gives the same condition when printed and read again', () => {
    fc.assert(fc.property(conditions, (condition) => {
      const parsed = parseCondition(conditionText(condition))
      expect(parsed.condition, JSON.stringify(parsed.fault)).toEqual(condition)
    }), { numRuns: 2_000 })
  })

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom('slots.a', 'context.', 'and', ' or ', 'not ', '(', ')', '{', '}', '"', '\'', '=', '!=', '<', ' is ', 'matches', 'contains', '/', '\\', '(?i)', '[', '*', ' ', '1', '.5', '{{', '}}', '{%', 'é', '\ud83d')
    fc.assert(fc.property(fc.oneof(fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join('')), fc.string({ unit: 'binary' })), (text) => {
      const { condition, fault } = parseCondition(text)
      expect(condition === null).toBe(fault !== null)
    }), { numRuns: 2_000 })
  })
})

const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
const number = fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })).map((value) => (Object.is(value, -0) ? 0 : value))
const simple: fc.Arbitrary<Operand> = fc.oneof(
  name.map(slot),
  fc.array(name, { minLength: 1, maxLength: 3 }).map((path): Operand => ({ kind: 'context', path })),
  fc.oneof(fc.string(), number, fc.boolean(), fc.constant(null)).filter((value) => typeof value !== 'string' || !/\{\{|\{%/.test(value)).map(literal),
  fc.constant<Operand>({ kind: 'undefined' }),
  fc.constant<Operand>({ kind: 'empty' }),
)
const set: fc.Arbitrary<Operand> = fc.array(simple, { maxLength: 4 }).map((of) => ({ kind: 'set', of }))
const pattern = fc.constantFrom('^[A-Z]+$', '\\d{3}', 'a"b', 'it\'s', 'x|y', '\\\\', '[^"]', '(a*)*b', '\\x27')
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  simple.map(truthy),
  fc.tuple(simple, fc.constantFrom('=' as const, '!=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const, 'is' as const, 'is not' as const), simple)
    .map(([left, operator, right]) => compare(left, operator, right)),
  fc.tuple(fc.oneof(simple, set), simple).map(([whole, part]): Condition => ({ kind: 'contains', whole, part })),
  fc.tuple(simple, pattern, fc.constantFrom('', 'i', 'ims')).map(([subject, source, flags]): Condition => ({ kind: 'matches', subject, pattern: source, flags })),
)
const { condition: conditions } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('condition').map((of): Condition => ({ kind: 'not', of })),
    fc.tuple(fc.constantFrom('and' as const, 'or' as const), tie('condition'), tie('condition')).map(([kind, left, right]): Condition => ({ kind, left, right })),
  ),
}))
