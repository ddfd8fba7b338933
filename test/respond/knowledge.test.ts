import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadProject } from '../../src/project/load.js'
import { knowledgeOf } from '../../src/respond/knowledge.js'
import { searchOver, termsOf } from '../../src/respond/search.js'

const { sources } = await loadProject(fileURLToPath(new URL('../../', import.meta.url)))
const sample = knowledgeOf(sources)
const read = (text: string, file = 'data/knowledge/k.yml'): ReturnType<typeof knowledgeOf> => knowledgeOf(new Map([[file, text]]))

describe('knowledge files', () => {
  it('of the sample hold facts without a mistake', () => {
    const { facts, problems } = sample
    expect(problems).toEqual([])
    expect(facts.length).toBeGreaterThan(20)
  })

  it('may be missing, and lie in one folder', () => {
    expect(knowledgeOf(new Map())).toEqual({ facts: [], problems: [] })
    expect(read('knowledge: 3', 'data/k.yml')).toEqual({ facts: [], problems: [] })
  })

  it('with mistakes tell all of them with their places, and keep what is right', () => {
    const { facts, problems } = read([
      'knowledge:',
      '  - title: one',
      '    questions: [How?]',
      '    answer: So.',
      '  - title: two',
      '    answer: No questions.',
      '  - questions: [Why?]',
      '    answer: No title.',
      '  - {title: three, questions: [What?], answer: This., colour: red}',
    ].join('\n'))
    expect(facts.map(({ title }) => title)).toEqual(['one', 'three'])
    expect(problems.map(({ code, place }) => `${code} ${place?.line}:${place?.column}`)).toEqual(['missing-key 5:5', 'missing-key 7:5', 'unknown-key 9:55'])
    expect(read('facts: []').problems).toMatchObject([{ code: 'missing-key' }])
    expect(read('knowledge: [')).toEqual({ facts: [], problems: [] })
  })
})

describe('a knowledge search', () => {
  it.each([
    ['what are your opening hours', 'opening hours'], ['is there a branch near me in Galway', 'branches'], ["what's your swift code", 'bank codes'],
    ['are you open on Saturdays?', 'opening hours'], ['how long till my new card gets here', 'card delivery'], ['how much interest do savings accounts pay', 'savings interest'],
    ['what does it cost to use my card abroad', 'foreign payments'], ['I FORGOT MY PIN!!!', 'wrong PIN'], ['can my wife and I share an account', 'joint account'],
    ["what's your phone number", 'phone line'], ['how many days until the money is there', 'transfer time'], ['which coins can I deposit', 'cash deposit'],
    ['what is the overdraft rate', 'overdraft'], ['fee for the account per month', 'account fee'],
  ])('finds for "%s" the fact "%s"', (question, title) => {
    expect(searchOver(sample.facts)(question)?.fact.title).toBe(title)
  })

  it.each([
    'who won the world cup', 'can you recommend a restaurant', 'what is the meaning of life', "what's the weather like tomorrow", 'how tall is the Eiffel tower',
    'what is your name', 'how do I bake bread', '', '???', 'the of and', 'x'.repeat(5_000),
  ])('finds nothing for "%s"', (question) => {
    expect(searchOver(sample.facts)(question)).toBeNull()
  })

  it('finds nothing where nothing is known', () => {
    expect(searchOver([])('anything at all')).toBeNull()
  })

  it('reads words without accents, endings and filling', () => {
    expect(termsOf('What do the Transfers COST in cafés? Fees, paying, stopped')).toEqual(['transfer', 'cost', 'caf', 'fee', 'pay', 'stop'])
  })
})
