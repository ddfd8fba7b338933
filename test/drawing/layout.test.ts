import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { layout, type Spot } from '../../src/drawing/layout.js'
import type { Box, Link } from '../../src/drawing/layering.js'

const size = fc.record({ width: fc.integer({ min: 1, max: 240 }), height: fc.integer({ min: 1, max: 120 }) })
/** Any graph: circles, edges to itself, parts that hang together with nothing. */
const graphs = fc.array(size, { minLength: 1, maxLength: 14 }).chain((sizes) => {
  const boxes: readonly Box[] = sizes.map((box, at) => ({ id: `n${at}`, ...box }))
  const end = fc.integer({ min: 0, max: sizes.length - 1 }).map((at) => `n${at}`)
  const links: fc.Arbitrary<readonly Link[]> = fc.array(fc.record({ from: end, to: end, label: fc.option(size) }), { maxLength: 24 })
  return links.map((each) => ({ boxes, links: each }))
})

const overlap = (a: Spot, b: Spot): boolean => Math.abs(a.x - b.x) < (a.width + b.width) / 2 - 0.2 && a.y < b.y + b.height && b.y < a.y + a.height
const ends = (path: string): { readonly start: readonly [number, number]; readonly end: readonly [number, number] } => {
  let [x, y] = [0, 0]
  const numbers = [...path.matchAll(/([MVHCQ])([-\d. ]+)/g)].map(([, letter, rest = '']) => {
    const values = rest.trim().split(' ').map(Number)
    if (letter === 'V') y = values.at(-1) ?? y
    else if (letter === 'H') x = values.at(-1) ?? x
    else [x = 0, y = 0] = values.slice(-2)
    return [x, y] as const
  })
  return { start: numbers[0] ?? [0, 0], end: numbers.at(-1) ?? [0, 0] }
}

describe('a layout of any graph', () => {
  it('lets no two boxes or labels overlap, and keeps all of them inside', () => {
    fc.assert(fc.property(graphs, ({ boxes, links }) => {
      const laid = layout(boxes, links)
      const spots = [...laid.boxes.values(), ...laid.edges.flatMap(({ label }) => label ?? [])]
      expect(laid.boxes.size).toBe(boxes.length)
      for (const [at, spot] of spots.entries()) {
        expect(spots.slice(at + 1).filter((other) => overlap(spot, other))).toEqual([])
        expect(spot.x - spot.width / 2).toBeGreaterThan(0)
        expect(spot.x + spot.width / 2).toBeLessThan(laid.width)
        expect(spot.y).toBeGreaterThan(0)
        expect(spot.y + spot.height).toBeLessThan(laid.height)
      }
    }), { numRuns: 300 })
  })

  it('draws every edge from the bottom of one box to the top of the other, with its label', () => {
    fc.assert(fc.property(graphs, ({ boxes, links }) => {
      const laid = layout(boxes, links)
      expect(laid.edges.map(({ from, to, label }) => [from, to, label === null])).toEqual(links.map(({ from, to, label }) => [from, to, label === null]))
      for (const { from, to, path } of laid.edges) {
        const [first, last] = [laid.boxes.get(from), laid.boxes.get(to)]
        const { start, end } = ends(path)
        expect(start[0]).toBeCloseTo(first?.x ?? -1, 0)
        expect(start[1]).toBeCloseTo((first?.y ?? -1) + (first?.height ?? -1), 0)
        expect(Math.abs(end[0] - (last?.x ?? -1))).toBeLessThanOrEqual((last?.width ?? 0) / 2 + 0.2)
        expect(end[1]).toBeCloseTo(last?.y ?? -1, 0)
      }
    }), { numRuns: 300 })
  })

  it('leads every edge down, but for those that close a circle', () => {
    fc.assert(fc.property(graphs, ({ boxes, links }) => {
      const laid = layout(boxes, links)
      for (const { from, to, isBack } of laid.edges) if (!isBack) expect(laid.boxes.get(from)?.layer).toBeLessThan(laid.boxes.get(to)?.layer ?? -1)
      // Without back edges there is no circle left, so the layers of the others are an order.
      const isForward = (at: number): boolean => (Number(links[at]?.from.slice(1)) < Number(links[at]?.to.slice(1)))
      if (links.every((_, at) => isForward(at))) expect(laid.edges.filter(({ isBack }) => isBack)).toEqual([])
    }), { numRuns: 300 })
  })
})

describe('the layout of a small graph', () => {
  const box = (id: string): Box => ({ id, width: 100, height: 40 })
  const link = (from: string, to: string): Link => ({ from, to, label: null })
  it('puts branches beside each other in the order of the flow, and what they share below', () => {
    const { boxes, edges } = layout(['a', 'b', 'c', 'd'].map(box), [link('a', 'b'), link('a', 'c'), link('b', 'd'), link('c', 'd')])
    const of = (id: string): Spot | undefined => boxes.get(id)
    expect([of('a')?.layer, of('b')?.layer, of('c')?.layer, of('d')?.layer]).toEqual([0, 1, 1, 2])
    expect(of('b')?.x).toBeLessThan(of('c')?.x ?? 0)
    expect(of('a')?.x).toBe(of('d')?.x)
    expect(edges.map(({ isBack }) => isBack)).toEqual([false, false, false, false])
  })
  it('keeps a chain straight', () => {
    const { boxes } = layout(['a', 'b', 'c'].map(box), [link('a', 'b'), link('b', 'c')])
    expect(new Set([...boxes.values()].map(({ x }) => x)).size).toBe(1)
  })
  it('undoes a crossing', () => {
    const { boxes } = layout(['a', 'b', 'x', 'y'].map(box), [link('a', 'y'), link('b', 'x')])
    expect((boxes.get('a')?.x ?? 0) < (boxes.get('b')?.x ?? 0)).toBe((boxes.get('y')?.x ?? 0) < (boxes.get('x')?.x ?? 0))
  })
  it('takes an edge back up for what it is', () => {
    const { edges } = layout(['a', 'b'].map(box), [link('a', 'b'), link('b', 'a'), link('b', 'b')])
    expect(edges.map(({ isBack }) => isBack)).toEqual([false, true, true])
  })
})
