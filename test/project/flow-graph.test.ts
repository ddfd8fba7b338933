import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { circles, spread } from '../../src/project/flow-graph.js'
import { load } from './in-memory.js'

const node = fc.integer({ min: 0, max: 9 }).map(String)
const graphs = fc.array(fc.tuple(node, node), { maxLength: 25 }).map((pairs) => {
  const edges = new Map<string, string[]>(Array.from({ length: 10 }, (_, at) => [String(at), []]))
  for (const [from, to] of pairs) edges.get(from)?.push(to)
  return edges
})

describe('circles', () => {
  it('hold exactly the nodes that reach each other', () => {
    fc.assert(fc.property(graphs, (edges) => {
      const circleOf = circles(edges)
      const from = (id: string): ReadonlySet<string> => spread([id], (at) => edges.get(at) ?? [])
      for (const a of edges.keys()) {
        for (const b of edges.keys()) expect(circleOf.get(a) === circleOf.get(b), `${a} ${b}`).toBe(from(a).has(b) && from(b).has(a))
      }
    }), { numRuns: 500 })
  })

  it('are found however long the way round is', () => {
    const edges = new Map(Array.from({ length: 50_000 }, (_, at) => [String(at), [String((at + 1) % 50_000)]]))
    expect(new Set(circles(edges).values()).size).toBe(1)
  })
})

describe('projects beyond all measure', () => {
  const chain = (kind: string, length: number): string =>
    `flows:\n${Array.from({ length }, (_, at) => `  f${at}: {description: d${at}, steps: [{${kind}: f${(at + 1) % length}}]}\n`).join('')}`

  it.each(['call', 'link'])('are checked without recursion (%s)', (kind) => {
    expect(load({ 'flows/f.yml': chain(kind, 3_000) }).problems.filter(({ code }) => code === `${kind}-cycle`)).toHaveLength(3_000)
  })

  it('are told of within bounds', () => {
    const { project, problems } = load({ 'flows/f.yml': `flows:\n${Array.from({ length: 100 }, (_, at) => `  f${at}: 1\n`).join('')}`, 'data/e.yml': `examples:\n${'- 1\n'.repeat(9_920)}` })
    expect(project).toBeNull()
    expect(problems).toHaveLength(10_001)
    expect(problems.at(-1)).toMatchObject({ code: 'more-problems', message: 'There are 20 more problems than can be shown.' })
  })
})
