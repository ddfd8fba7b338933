import { centres } from './coordinates.js'
import { layered, type Box, type Layered, type Link, type Route } from './layering.js'
import { neighboursIn, ordered } from './ordering.js'

/** Where a box stands: its centre from the left, its top edge. */
export type Spot = { readonly x: number; readonly y: number; readonly width: number; readonly height: number; readonly layer: number }
export type LaidEdge = {
  readonly from: string
  readonly to: string
  /** An SVG path. */
  readonly path: string
  readonly label: Spot | null
  /** It leads back up, along the right side. */
  readonly isBack: boolean
}
export type Layout = { readonly width: number; readonly height: number; readonly boxes: ReadonlyMap<string, Spot>; readonly edges: readonly LaidEdge[] }

const margin = 24
const gap = 30
/** Between two edges that run beside each other. */
const laneWidth = 9
const corner = 7

/** Places boxes in layers and draws edges between them: downwards as curves, back edges in lanes of their own beside the drawing. */
export const layout = (boxes: readonly Box[], links: readonly Link[]): Layout => {
  const graph = layered(boxes, links)
  const neighbours = neighboursIn(graph)
  const layers = ordered(graph, neighbours)
  const raw = centres(graph, layers, neighbours)
  const rows = rowsOf(graph, layers)
  const edgesOf = (side: -1 | 1): readonly number[] => graph.vertices.map(({ id, width }) => (raw[id] ?? 0) + (side * width) / 2)
  const [least, most] = [Math.min(...edgesOf(-1)), Math.max(...edgesOf(1))]
  const lanes = lanesBeside(graph, { raw, rows, middle: (least + most) / 2 })
  const shift = margin + (lanes.left === 0 ? 0 : 14 + lanes.left * laneWidth) - least
  const x = raw.map((centre) => round(centre + shift))
  const spot = (id: number): Spot => {
    const { width, height } = graph.vertices[id] ?? { width: 0, height: 0 }
    const layer = rows.layerOf[id] ?? 0
    return { x: x[id] ?? 0, y: rows.tops[layer] ?? 0, width, height, layer }
  }
  const laneAt = ({ side, number }: Lane): number => (side === 1 ? most : least) + shift + side * (14 + number * laneWidth)
  const edges = graph.routes.map((route): LaidEdge => {
    const lane = lanes.of.get(route)
    const isBack = route.backTo !== null && lane !== undefined
    return {
      from: route.link.from, to: route.link.to, isBack,
      path: downwards(route.through.map(spot), rows)
        + (isBack ? backwards(spot(route.through.at(-1) ?? 0), spot(route.backTo), { lane: laneAt(lane), side: lane.side, ...rows.lanesOf(route) }, rows) : ''),
      label: route.label === null ? null : spot(route.label),
    }
  })
  return {
    width: round(most + shift + (lanes.right === 0 ? 0 : 14 + lanes.right * laneWidth) + margin),
    height: round((rows.tops.at(-1) ?? 0) + (rows.heights.at(-1) ?? 0) + rows.lastGap + margin),
    boxes: new Map([...graph.nodeOf].map(([id, at]) => [id, spot(at)])),
    edges,
  }
}

type Lane = { readonly side: -1 | 1; readonly number: number }

/** A vertical lane for each back edge, on the side that is nearer; the shortest ones nearest to the drawing. */
const lanesBeside = ({ routes }: Layered, { raw, rows, middle }: { readonly raw: readonly number[]; readonly rows: Rows; readonly middle: number }): { readonly left: number; readonly right: number; readonly of: ReadonlyMap<Route, Lane> } => {
  const of = new Map<Route, Lane>()
  const counts = { left: 0, right: 0 }
  for (const route of routes.filter(({ backTo }) => backTo !== null).sort((a, b) => lengthOf(a, rows) - lengthOf(b, rows))) {
    const isLeft = ((raw[route.through.at(-1) ?? 0] ?? 0) + (raw[route.backTo ?? 0] ?? 0)) / 2 < middle - 1
    of.set(route, { side: isLeft ? -1 : 1, number: isLeft ? counts.left++ : counts.right++ })
  }
  return { ...counts, of }
}

const round = (number: number): number => Math.round(number * 10) / 10

type Rows = {
  readonly tops: readonly number[]
  readonly heights: readonly number[]
  readonly layerOf: readonly number[]
  /** Room below the last layer, for edges that turn back there. */
  readonly lastGap: number
  /** Which of the horizontal lanes a back edge has below the layer it leaves, and above the one it returns to. */
  readonly lanesOf: (route: Route) => { readonly leaving: number; readonly entering: number }
}

const rowsOf = ({ vertices, routes }: Layered, layers: readonly (readonly number[])[]): Rows => {
  const layerOf = new Array<number>(vertices.length).fill(0)
  layers.forEach((layer, at) => { for (const id of layer) layerOf[id] = at })
  const below = new Array<number>(layers.length).fill(0)
  const above = new Array<number>(layers.length).fill(0)
  const lanes = new Map<Route, { readonly leaving: number; readonly entering: number }>()
  for (const route of routes) {
    if (route.backTo === null) continue
    const [from, to] = [layerOf[route.through.at(-1) ?? 0] ?? 0, layerOf[route.backTo] ?? 0]
    lanes.set(route, { leaving: below[from] ?? 0, entering: above[to] ?? 0 })
    below[from] = (below[from] ?? 0) + 1
    above[to] = (above[to] ?? 0) + 1
  }
  const heights = layers.map((layer) => Math.max(0, ...layer.map((id) => vertices[id]?.height ?? 0)))
  const tops: number[] = []
  heights.forEach((_, at) => {
    const crowd = ((below[at - 1] ?? 0) + (above[at] ?? 0)) * laneWidth
    tops.push(at === 0 ? margin + crowd : (tops[at - 1] ?? 0) + (heights[at - 1] ?? 0) + gap + crowd)
  })
  return { tops, heights, layerOf, lastGap: (below.at(-1) ?? 0) * laneWidth, lanesOf: (route) => lanes.get(route) ?? { leaving: 0, entering: 0 } }
}

const lengthOf = ({ through, backTo }: Route, { layerOf }: Rows): number => (layerOf[through.at(-1) ?? 0] ?? 0) - (layerOf[backTo ?? 0] ?? 0)

/** From the bottom of the first spot to the top of the last, straight within layers and curved between them. */
const downwards = (spots: readonly Spot[], { tops, heights }: Rows): string => {
  const [first] = spots
  if (first === undefined) return ''
  let path = `M${first.x} ${round(first.y + first.height)}`
  spots.slice(1).forEach((spot, at) => {
    const from = spots[at] ?? first
    const bottom = round((tops[from.layer] ?? 0) + (heights[from.layer] ?? 0))
    const middle = round((bottom + spot.y) / 2)
    path += from.x === spot.x ? `V${round(spot.y)}` : `V${bottom}C${from.x} ${middle} ${spot.x} ${middle} ${spot.x} ${round(spot.y)}`
    // Through a label the line goes on behind it.
    if (at < spots.length - 2 && spot.height > 0) path += `V${round(spot.y + spot.height)}`
  })
  return path
}

/** Down out of a spot, aside to the lane, up, and into the top of the spot it returns to. */
const backwards = (from: Spot, to: Spot, { lane, side, leaving, entering }: { readonly lane: number; readonly side: -1 | 1; readonly leaving: number; readonly entering: number }, { tops, heights }: Rows): string => {
  const down = round((tops[from.layer] ?? 0) + (heights[from.layer] ?? 0) + 10 + leaving * laneWidth)
  const over = round((tops[to.layer] ?? 0) - 12 - entering * laneWidth)
  // Beside the edge that comes from above.
  const into = round(to.x + side * Math.min(to.width / 4, 16 + entering * laneWidth))
  const [x, bend] = [round(lane), side * corner]
  return `M${from.x} ${round(from.y + from.height)}V${round(down - corner)}Q${from.x} ${down} ${round(from.x + bend)} ${down}H${round(x - bend)}Q${x} ${down} ${x} ${round(down - corner)}`
    + `V${round(over + corner)}Q${x} ${over} ${round(x - bend)} ${over}H${round(into + bend)}Q${into} ${over} ${into} ${round(over + corner)}V${round(to.y)}`
}
