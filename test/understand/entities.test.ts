import { describe, expect, it } from 'vitest'
import { readAnnotations } from '../../src/project/annotations.js'
import { entitiesIn, fittedTagger } from '../../src/understand/entities.js'

const none = { lookups: [], patterns: [], synonyms: new Map<string, string>() }
const example = (line: string): Parameters<typeof fittedTagger>[0][number] => {
  const { text, marks } = readAnnotations(line)
  return { intent: 'i', text, entities: marks.map(({ start, end, slot, role, group, value }) => ({ start, end, entity: slot ?? '', role, group, value: value ?? text.slice(start, end) })) }
}
const trips = [
  'fly from [Rome]{"entity": "city", "role": "from"} to [Graz]{"entity": "city", "role": "to"}',
  'fly from [New York]{"entity": "city", "role": "from"} to [Linz]{"entity": "city", "role": "to"}',
  'to [Oslo]{"entity": "city", "role": "to"} from [Graz]{"entity": "city", "role": "from"} please',
  'a ticket from [San Marino]{"entity": "city", "role": "from"} please', 'what does it cost', 'I want to go home',
].map(example)

describe('entities in a message', () => {
  it('the tagger finds words that no example has, with their roles', () => {
    const found = entitiesIn('fly from Paris to Vienna', none, fittedTagger(trips))
    expect(found).toMatchObject([{ start: 9, end: 14, entity: 'city', role: 'from', value: 'Paris' }, { start: 18, end: 24, entity: 'city', role: 'to', value: 'Vienna' }])
  })

  it('finds entities of several words', () => {
    expect(entitiesIn('fly from San Francisco to Linz', none, fittedTagger(trips))).toMatchObject([{ role: 'from', value: 'San Francisco' }, { role: 'to', value: 'Linz' }])
  })

  it('without marked examples there is no tagger', () => {
    expect(fittedTagger([example('hello')])).toBeNull()
    expect(entitiesIn('hello', none, null)).toEqual([])
  })

  it.each([
    ['a lookup as whole words, whatever their case', { ...none, lookups: [{ entity: 'city', values: ['York', 'New York'] }] }, 'to new york, not Yorkshire', [{ start: 3, end: 11, value: 'new york' }]],
    ['a pattern', { ...none, patterns: [{ entity: 'code', pattern: { source: '[A-Z]{2}[0-9]+', flags: '' } }] }, 'AT12 and DE7', [{ value: 'AT12' }, { value: 'DE7' }]],
    ['a synonym for its value', { ...none, lookups: [{ entity: 'city', values: ['Big Apple'] }], synonyms: new Map([['big apple', 'New York']]) }, 'the big apple', [{ value: 'New York' }]],
    ['nothing that matches nothing', { ...none, patterns: [{ entity: 'e', pattern: { source: 'x*', flags: '' } }], lookups: [{ entity: 'l', values: [''] }] }, 'abc', []],
  ])('finds %s', (_, tables, text, expected) => {
    expect(entitiesIn(text, tables, null)).toMatchObject(expected)
    expect(entitiesIn(text, tables, null)).toHaveLength(expected.length)
  })
})
