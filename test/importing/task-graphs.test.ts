import { describe, expect, it } from 'vitest'
import type { Transcript } from '../../src/dataset/transcript.js'
import { importTaskGraphs, isTaskGraphs, type TaskGraphs } from '../../src/importing/task-graphs.js'
import { readProject } from '../../src/project/load.js'

const tasks: TaskGraphs = {
  table_book: {
    graph: { task: 'reserve_table', graph: { hello: 'ask_name', ask_name: 'ask_hour', ask_hour: 'query_check', available: 'offer', unavailable: 'full', yes: 'query_book', query_book: 'done', done: 'hello' } },
    responses: { hello: 'Hello', ask_name: 'Your name?', ask_hour: 'When?', offer: 'The {place:s} is free. Shall I?', full: 'Sorry, full.', done: 'Booked!', out_of_scope: 'Pardon? I only book tables.' },
  },
  tide: {
    graph: { task: 'tide', graph: { hello: 'ask_day', ask_day: 'query', query: 'inform', inform: 'hello' } },
    responses: { ask_day: 'Which day?', inform: 'High tide at {hour:d}.' },
  },
}
const transcripts: readonly Transcript[] = [['Ana', '7 pm'], ['Bob', '8 pm'], ['Cyd', '9 pm']].map(([name = '', hour = ''], at) => ({
  id: String(at), tasks: ['table_book'],
  turns: [
    { from: 'agent', text: 'Your name?', action: 'ask_name' }, { from: 'user', text: `I am ${name}` }, { from: 'agent', text: 'When?', action: 'ask_hour' }, { from: 'user', text: `at ${hour}` },
    { from: 'call', flow: 'table_book', slots: { Guest: name, Time: hour, RequestType: 'Check' } },
  ],
}))

describe('a project of task graphs', () => {
  it('loads without a problem, with transcripts and without', () => {
    for (const some of [transcripts, []]) {
      const { project, problems } = readProject('/nowhere', importTaskGraphs(tasks, some), { env: {} })
      expect(problems).toEqual([])
      expect([...project?.flows.keys() ?? []]).toEqual(expect.arrayContaining(['table_book', 'tide']))
    }
  })

  it('asks for what the calls took, in the order of the graph', () => {
    const files = importTaskGraphs(tasks, transcripts)
    expect(files.get('flows/table_book.yml')).toMatch(/collect: table_book_Guest\n\s+- collect: table_book_Time\n/)
    expect(files.get('domain/table_book.yml')).toContain('utter_ask_table_book_Time:\n    - text: When?')
  })

  it('without transcripts names slots by the questions', () => {
    expect(importTaskGraphs(tasks, []).get('flows/tide.yml')).toContain('- collect: tide_day')
  })

  it('books in two calls, the second after a yes, and tells what a call found', () => {
    const files = importTaskGraphs(tasks, transcripts)
    const flow = files.get('flows/table_book.yml') ?? ''
    expect(flow.match(/action: call_table_book/g)).toHaveLength(2)
    expect(flow.indexOf('collect: table_book_confirmed')).toBeGreaterThan(flow.indexOf('table_book_RequestType: Check'))
    expect(flow.indexOf('table_book_RequestType: Book')).toBeGreaterThan(flow.indexOf('collect: table_book_confirmed'))
    expect(files.get('domain/table_book.yml')).toContain('The {table_book_found_place} is free')
  })

  it.each([[{}, false], [{ a: 1 }, false], [{ a: { graph: {}, responses: {} } }, false], [tasks, true]])('is not made of %j', (value, isOne) => {
    expect(isTaskGraphs(value)).toBe(isOne)
  })
})
