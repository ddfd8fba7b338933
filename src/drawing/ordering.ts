import type { Layered } from './layering.js'

/** Neighbours of each vertex in the layer above and the layer below. */
export type Neighbours = { readonly above: readonly (readonly number[])[]; readonly below: readonly (readonly number[])[] }

export const neighboursIn = ({ vertices, routes }: Layered): Neighbours => {
  const above: number[][] = vertices.map(() => [])
  const below: number[][] = vertices.map(() => [])
  for (const { through } of routes) {
    through.slice(1).forEach((to, at) => {
      const from = through[at] ?? 0
      below[from]?.push(to)
      above[to]?.push(from)
    })
  }
  return { above, below }
}

const sweeps = 12

/**
 * The order in each layer, by the barycentre method: every vertex moves to the mean place of its neighbours, downwards and upwards in turn,
 * and the order with the fewest crossings is kept. Starts from the order of the flow, so that branches stand as they are written.
 */
export const ordered = (graph: Layered, { above, below }: Neighbours): readonly (readonly number[])[] => {
  let layers = inFlowOrder(graph, below)
  let best = { layers, crossings: crossingsIn(layers, below) }
  for (let sweep = 0; sweep < sweeps && best.crossings > 0; sweep++) {
    layers = sweep % 2 === 0 ? swept(layers, above) : [...swept([...layers].reverse(), below)].reverse()
    const crossings = crossingsIn(layers, below)
    if (crossings < best.crossings) best = { layers, crossings }
  }
  return best.layers
}

/** As a walk from the start meets them: what belongs to one branch stands together. */
const inFlowOrder = ({ vertices, layers }: Layered, below: Neighbours['below']): readonly (readonly number[])[] => {
  const rank = new Map<number, number>()
  for (const { id: root } of vertices) {
    const open = [root]
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (rank.has(at)) continue
      rank.set(at, rank.size)
      open.push(...[...below[at] ?? []].reverse())
    }
  }
  return layers.map((layer) => [...layer].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)))
}

const swept = (layers: readonly (readonly number[])[], towards: readonly (readonly number[])[]): readonly (readonly number[])[] => {
  let before = new Map<number, number>()
  return layers.map((layer) => {
    const centre = new Map(layer.map((vertex, at) => {
      const places = (towards[vertex] ?? []).flatMap((neighbour) => before.get(neighbour) ?? [])
      return [vertex, places.length === 0 ? at : places.reduce((sum, place) => sum + place, 0) / places.length]
    }))
    const sorted = [...layer].sort((a, b) => (centre.get(a) ?? 0) - (centre.get(b) ?? 0))
    before = new Map(sorted.map((vertex, at) => [vertex, at]))
    return sorted
  })
}

/** Pairs of edges between neighbouring layers that cross. */
const crossingsIn = (layers: readonly (readonly number[])[], below: Neighbours['below']): number => {
  let crossings = 0
  layers.slice(0, -1).forEach((layer, at) => {
    const place = new Map(layers[at + 1]?.map((vertex, index) => [vertex, index]))
    const ends = layer.flatMap((vertex) => (below[vertex] ?? []).map((to) => place.get(to) ?? 0).sort((a, b) => a - b))
    ends.forEach((end, index) => { for (let other = index + 1; other < ends.length; other++) if ((ends[other] ?? 0) < end) crossings++ })
  })
  return crossings
}
