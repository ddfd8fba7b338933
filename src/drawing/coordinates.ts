import type { Layered, Vertex } from './layering.js'
import type { Neighbours } from './ordering.js'

const rounds = 16
/** Straight long edges look better than centred nodes. */
const weights: Readonly<Record<Vertex['is'], number>> = { node: 1, label: 2, passage: 4 }
const apart = { node: 28, label: 18, passage: 18 }

/** Centres from left to right: each vertex as near to its neighbours as the order in its layer and the gaps beside it allow. */
export const centres = ({ vertices, routes }: Layered, layers: readonly (readonly number[])[], { above, below }: Neighbours): readonly number[] => {
  const x = new Array<number>(vertices.length).fill(0)
  const settle = (layer: readonly number[], wanted: (vertex: number) => readonly number[]): void => {
    const own = layer.flatMap((id) => vertices[id] ?? [])
    const desired = own.map(({ id }) => {
      const near = wanted(id)
      const pulls = near.map((other) => pull(vertices[id], vertices[other]))
      return near.length === 0 ? x[id] ?? 0 : near.reduce((total, other, at) => total + (pulls[at] ?? 1) * (x[other] ?? 0), 0) / sum(pulls)
    })
    nearest(own, desired).forEach((centre, at) => { x[layer[at] ?? 0] = centre })
  }
  for (const layer of layers) settle(layer, (vertex) => above[vertex] ?? [])
  for (let round = 0; round < rounds; round++) {
    for (const layer of [...layers].reverse()) settle(layer, (vertex) => below[vertex] ?? [])
    for (const layer of layers) settle(layer, (vertex) => (round < rounds / 2 ? above[vertex] ?? [] : [...above[vertex] ?? [], ...below[vertex] ?? []]))
  }
  const rows = layers.map((layer) => layer.flatMap((id) => vertices[id] ?? []))
  const room = roomIn(rows, x)
  for (const { through } of routes) align(through.filter((id) => vertices[id]?.is === 'passage'), x, room)
  for (const row of [...rows, ...[...rows].reverse()]) for (const { id } of row) straighten(id, x, room, [...above[id] ?? [], ...below[id] ?? []])
  return x
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** Passages of one edge hold together, so that it is straight for as long as it can be. */
const pull = (one: Vertex | undefined, other: Vertex | undefined): number => {
  const passages = [one, other].filter((vertex) => vertex?.is === 'passage').length
  return passages === 2 ? 16 : 1
}

const gapBetween = (left: Vertex, right: Vertex): number => (left.width + right.width) / 2 + Math.max(apart[left.is], apart[right.is])
type Room = (vertex: number) => { readonly least: number; readonly most: number }

/** How far each vertex may move between those beside it, as they stand. */
const roomIn = (rows: readonly (readonly Vertex[])[], x: readonly number[]): Room => {
  const beside = new Map(rows.flatMap((row) => row.map((vertex, at) => [vertex.id, { vertex, before: row[at - 1], after: row[at + 1] }])))
  return (id) => {
    const found = beside.get(id)
    if (found === undefined) return { least: 0, most: 0 }
    const { vertex, before, after } = found
    return {
      least: before === undefined ? Number.NEGATIVE_INFINITY : (x[before.id] ?? 0) + gapBetween(before, vertex),
      most: after === undefined ? Number.POSITIVE_INFINITY : (x[after.id] ?? 0) - gapBetween(vertex, after),
    }
  }
}

/** Puts all passages of an edge under each other, where one line fits. */
const align = (passages: readonly number[], x: number[], room: Room): void => {
  const least = Math.max(...passages.map((id) => room(id).least))
  const most = Math.min(...passages.map((id) => room(id).most))
  if (passages.length < 2 || least > most) return
  const centre = Math.min(most, Math.max(least, sum(passages.map((id) => x[id] ?? 0)) / passages.length))
  for (const id of passages) x[id] = centre
}

/** Kinks smaller than this look like mistakes. */
const kink = 14

/** Puts a vertex right under or over the neighbour it nearly stands under or over, where there is room. */
const straighten = (id: number, x: number[], room: Room, neighbours: readonly number[]): void => {
  const { least, most } = room(id)
  const own = x[id] ?? 0
  const near = neighbours.map((other) => x[other] ?? 0).filter((other) => other >= least && other <= most && Math.abs(other - own) <= kink)
  const [nearest] = near.sort((a, b) => Math.abs(a - own) - Math.abs(b - own))
  if (nearest !== undefined) x[id] = nearest
}

/**
 * The centres nearest to the desired ones, in the sense of least squares, that keep the order and the gaps. With the gaps subtracted this is
 * isotonic regression, which pooling adjacent violators solves (Ayer and others 1955).
 */
const nearest = (row: readonly Vertex[], desired: readonly number[]): readonly number[] => {
  const offsets: number[] = []
  row.forEach((vertex, at) => {
    const before = row[at - 1]
    offsets.push(before === undefined ? 0 : (offsets[at - 1] ?? 0) + gapBetween(before, vertex))
  })
  const pools: { sum: number; weight: number; count: number }[] = []
  row.forEach(({ is }, at) => {
    const weight = weights[is]
    pools.push({ sum: weight * ((desired[at] ?? 0) - (offsets[at] ?? 0)), weight, count: 1 })
    for (let last = pools.at(-1), before = pools.at(-2); last !== undefined && before !== undefined && before.sum / before.weight > last.sum / last.weight; last = pools.at(-1), before = pools.at(-2)) {
      pools.splice(-2, 2, { sum: before.sum + last.sum, weight: before.weight + last.weight, count: before.count + last.count })
    }
  })
  return pools.flatMap(({ sum, weight, count }) => new Array<number>(count).fill(sum / weight)).map((value, at) => value + (offsets[at] ?? 0))
}
