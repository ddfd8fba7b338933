import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeText } from '../../src/project/read-files.js'
import { get, placeOf, textAt, valueOf, type YamlNode } from '../../src/project/yaml-node.js'
import { limits, parseYaml } from '../../src/project/yaml.js'

const at = (text: string): readonly string[] =>
  parseYaml('a.yml', text).problems.map(({ code, place }) => `${place?.line ?? 0}:${place?.column ?? 0} ${code}`)
const rootOf = (text: string): YamlNode => {
  const { root, problems } = parseYaml('a.yml', text)
  if (root === null) throw new Error(JSON.stringify(problems))
  return root
}

describe('reading YAML with positions', () => {
  it('places every value where it stands', () => {
    const root = rootOf('a:\n  - x: one\n    y: "two"\n')
    const item = get(root, 'a')
    const first = item?.kind === 'list' ? item.items[0] ?? null : null
    expect(placeOf(get(first, 'y') ?? root)).toEqual({ file: 'a.yml', line: 3, column: 8 })
    expect(textAt(first, 'x')).toBe('one')
  })

  it('counts columns after carriage returns and a byte order mark as an editor does', () => {
    const text = decodeText('a.yml', Buffer.from('\ufeffa: 1\r\nb: x\r\n'))
    const root = rootOf(typeof text === 'string' ? text : '')
    expect(placeOf(get(root, 'b') ?? root)).toEqual({ file: 'a.yml', line: 2, column: 4 })
  })

  it.each([
    ['true and TRUE', '[true, True, FALSE]', [true, true, false]],
    ['words of YAML 1.1 as texts', '[yes, no, on, 2024-01-31]', ['yes', 'no', 'on', '2024-01-31']],
    ['merge keys', 'base: &b {x: 1, y: 2}\nmore: {<<: *b, y: 3}', { base: { x: 1, y: 2 }, more: { x: 1, y: 3 } }],
    ['several merged maps, the first one winning', 'a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc: {<<: [*a, *b]}', { a: { x: 1 }, b: { x: 2, z: 3 }, c: { x: 1, z: 3 } }],
    ['numbers and truth values as keys', '{50: a, true: b}', { 50: 'a', true: 'b' }],
    ['aliases', 'a: &x [1, 2]\nb: *x', { a: [1, 2], b: [1, 2] }],
  ])('reads %s', (_, text, value) => expect(valueOf(rootOf(text))).toEqual(value))

  it.each([
    ['duplicate keys, all of them', 'a: 1\nb: 2\na: 3\nb: 4\n', ['3:1 duplicate-key', '4:1 duplicate-key']],
    ['an alias without an anchor', 'a: *missing\n', ['1:4 unknown-anchor']],
    ['an anchor inside its own value', 'a: &x\n  b: *x\n', ['2:6 unknown-anchor']],
    ['broken syntax', 'a: [1, 2\nb: }\n', ['2:1 yaml-syntax', '2:4 yaml-syntax']],
    ['a tab as indentation', 'a:\n\tb: 1\n', ['2:1 yaml-syntax']],
    ['a second document', 'a: 1\n---\nb: 2\n', ['2:1 several-documents']],
    ['tags that would make objects', 'a: !!js/function "x"\nb: !thing y\n', ['1:4 yaml-syntax', '2:4 yaml-syntax']],
    ['a key that would reach the prototype', '__proto__: {a: 1}\n', ['1:1 reserved-key']],
    ['a map as a key', '? {a: 1}\n: 2\n', ['1:3 not-a-key']],
    ['a merge of something else', 'a: {<<: 3}\n', ['1:9 wrong-type']],
  ])('blames %s', (_, text, problems) => expect(at(text)).toEqual(problems))

  it.each([
    ['flow lists', '['.repeat(100_000)],
    ['flow maps', '{a: '.repeat(100_000)],
    ['block lists', `${'- '.repeat(100_000)}x`],
    ['block maps', Array.from({ length: 2_000 }, (__, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('refuses %s nested without end, at the level that is too deep', (_, text) => {
    const { root, problems } = parseYaml('a.yml', text)
    expect(root).toBeNull()
    expect(problems.map(({ code }) => code)).toEqual(['too-deep'])
    expect(problems[0]?.place?.column).toBeGreaterThan(limits.depth)
  })

  it('refuses aliases that multiply, at the alias that goes too far', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]', ...Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array.from({ length: 10 }, () => `*a${level}`).join(', ')}]`)].join('\n')
    const { problems } = parseYaml('a.yml', bomb)
    expect(problems[0]).toMatchObject({ code: 'too-many-aliases', place: { line: 5 } })
  })

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom('a', ':', ' ', '\n', '- ', '[', ']', '{', '}', ',', '"', '\'', '&x ', '*x', '!t ', '|', '>', '#', '<<', '?', '%', '---\n', '\t', '\\', '\ud800', '1')
    fc.assert(fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const { root, problems } = parseYaml('a.yml', pieces.join(''))
      if (root !== null) valueOf(root)
      for (const { place } of problems) expect(place?.line).toBeGreaterThan(0)
    }), { numRuns: 1_000 })
  })
})

describe('reading bytes as text', () => {
  it.each([
    ['UTF-16', Buffer.from('\ufeffa: 1', 'utf16le'), '1:1'],
    ['UTF-16 without a mark', Buffer.from('a: 1', 'utf16le'), '1:2'],
    ['Latin-1', Buffer.from('a: 1\nb: caf\u00e9', 'latin1'), '2:7'],
    ['a zero byte', Buffer.from('a: 1\nb: \0'), '2:4'],
  ])('refuses %s and says where', (_, bytes, place) => {
    const decoded = decodeText('a.yml', bytes)
    expect(decoded).toMatchObject({ code: 'wrong-encoding', severity: 'error' })
    expect(typeof decoded === 'string' ? '' : `${decoded.place?.line ?? 0}:${decoded.place?.column ?? 0}`).toBe(place)
  })
})
