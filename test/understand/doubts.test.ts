import { describe, expect, it } from 'vitest'
import { normalised } from '../../src/dataset/duplicates.js'
import type { LabelledText } from '../../src/dataset/labelled.js'
import { randomOf } from '../../src/dataset/random.js'
import { topicsBeyond } from '../../src/understand/alike.js'
import { doubtOptions, doubtsOf, judgeableTexts } from '../../src/understand/doubts.js'

const labels = ['balance', 'block', 'loan', 'send', 'travel']
const random = randomOf('doubts')
/** Embeddings of a label scatter around a corner of their own, and overlap with others'. */
const embeddingOf = (label: string): Float32Array => {
  const numbers = labels.map((other) => (other === label ? 1 : 0) + 0.7 * (random.next() - 0.5))
  const length = Math.hypot(...numbers)
  return Float32Array.from(numbers, (value) => value / length)
}
const rows: readonly LabelledText[] = labels.flatMap((label) => Array.from({ length: 80 }, (_, at) => ({ text: `${random.pick(['please', 'now', 'hello', 'well']) ?? ''} message ${label.length * 1000 + at}`, label })))
const embeddings = new Map(rows.map(({ text, label }) => [text, embeddingOf(label)]))
const wrong = new Set(random.shuffled([...rows.keys()]).slice(0, 20))
const noisy = rows.map(({ text, label }, row) => ({ text, label: wrong.has(row) ? random.pick(labels.filter((other) => other !== label)) ?? '' : label }))
const quiet = { report: () => undefined, signal: new AbortController().signal }

describe('doubts about labels', () => {
  it('put at least four of five planted errors into the first tenth, and name the label that was meant', async () => {
    const doubts = await doubtsOf(judgeableTexts(noisy, labels, embeddings, (text) => text), labels.length, doubtOptions, quiet)
    expect(doubts).toHaveLength(rows.length)
    const found = doubts.slice(0, rows.length / 10).filter(({ row }) => wrong.has(row))
    expect(found.length / wrong.size).toBeGreaterThanOrEqual(0.8)
    expect(found.filter(({ row, likely }) => labels[likely] === rows[row]?.label).length / found.length).toBeGreaterThan(0.9)
    expect(doubts.filter(({ row, isLikelyWrong }) => isLikelyWrong && !wrong.has(row)).length).toBeLessThan(wrong.size)
  })

  it('are the same for the same rows', async () => {
    const judge = async () => doubtsOf(judgeableTexts(noisy, labels, embeddings, normalised), labels.length, doubtOptions, quiet)
    expect(await judge()).toEqual(await judge())
  })

  it('come from those who have not learned the row: an only row of its label cannot be known', async () => {
    const lonely = [{ text: 'who are you', label: 'chat' }, ...rows]
    const all = [...labels, 'chat'].sort()
    const doubts = await doubtsOf(judgeableTexts(lonely, all, new Map([...embeddings, ['who are you', embeddingOf('loan')]]), (text) => text), all.length, doubtOptions, quiet)
    expect(doubts.find(({ row }) => row === 0)?.ofGiven).toBeLessThan(0.1)
  })

  it('stop when told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(doubtsOf(judgeableTexts(noisy, labels, embeddings, normalised), labels.length, doubtOptions, { ...quiet, signal })).rejects.toThrow('enough')
  })
})

describe('topics', () => {
  const at = (degrees: number): Float32Array => Float32Array.of(Math.cos(degrees * Math.PI / 180), Math.sin(degrees * Math.PI / 180))
  const placed = new Map([['send money', at(0)], ['a', at(10)], ['b1', at(100)], ['b2', at(104)], ['b3', at(110)], ['c', at(200)], ['d1', at(320)], ['d2', at(321)], ['d3', at(322)], ['d4', at(323)]])
  it('are groups of messages far from every example, the one in the middle first', () => {
    expect(topicsBeyond(['a', 'b1', 'b2', 'b3', 'c', 'd1', 'd2', 'd3', 'd4'], ['send money'], placed)).toEqual([
      { messages: ['b2', 'b1', 'b3'] },
    ])
    expect(topicsBeyond(['d1', 'd2', 'd3', 'd4', 'b1', 'b2', 'b3'], ['c'], placed).map(({ messages }) => messages.length)).toEqual([4, 3])
  })
})
