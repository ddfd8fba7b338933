/** Something with an extent that stands in a layer: a node, the label of an edge, or a place that a long edge passes. */
export type Vertex = { readonly id: number; readonly width: number; readonly height: number; readonly is: 'node' | 'label' | 'passage' }
export type Box = { readonly id: string; readonly width: number; readonly height: number }
export type Link = { readonly from: string; readonly to: string; readonly label: { readonly width: number; readonly height: number } | null }

/** How an edge runs through the layers, from top to bottom. */
export type Route = {
  readonly link: Link
  /** Vertices in order: where it starts, the label, passages, where it ends. A back edge ends at its label, or where it starts. */
  readonly through: readonly number[]
  readonly label: number | null
  /** For edges that lead back up: the vertex they return to. */
  readonly backTo: number | null
}
export type Layered = { readonly vertices: readonly Vertex[]; readonly layers: readonly (readonly number[])[]; readonly routes: readonly Route[]; readonly nodeOf: ReadonlyMap<string, number> }

/**
 * Longest-path layering (Sugiyama, Tagawa and Toda 1981): each node one layer below the lowest of those that lead to it. Edges that close a
 * circle are taken out first. Labels are vertices between two layers of their own, so that nothing can lie over them.
 */
export const layered = (boxes: readonly Box[], links: readonly Link[]): Layered => {
  const vertices: { id: number; width: number; height: number; is: Vertex['is'] }[] = boxes.map(({ width, height }, id) => ({ id, width, height, is: 'node' }))
  const nodeOf = new Map(boxes.map(({ id }, at) => [id, at]))
  const add = (is: Vertex['is'], width: number, height: number): number => vertices.push({ id: vertices.length, width, height, is }) - 1
  const back = backLinks(boxes, links)
  const chains = links.flatMap((link) => {
    const [from, to] = [nodeOf.get(link.from), nodeOf.get(link.to)]
    if (from === undefined || to === undefined) return []
    const label = link.label === null ? null : add('label', link.label.width, link.label.height)
    const isBack = back.has(link)
    return [{ link, label, backTo: isBack ? to : null, corners: [from, ...(label === null ? [] : [label]), ...(isBack ? [] : [to])] }]
  })
  const depth = depths(vertices.length, chains.map(({ corners }) => corners))
  const layers: number[][] = Array.from({ length: Math.max(0, ...depth) + 1 }, () => [])
  vertices.forEach(({ id }) => layers[depth[id] ?? 0]?.push(id))
  const routes = chains.map(({ link, label, backTo, corners }): Route => {
    const through = corners.flatMap((corner, at) => {
      const before = corners[at - 1]
      const passages: number[] = []
      for (let layer = before === undefined ? Number.POSITIVE_INFINITY : (depth[before] ?? 0) + 1; layer < (depth[corner] ?? 0); layer++) {
        const passage = add('passage', 1, 0)
        layers[layer]?.push(passage)
        passages.push(passage)
      }
      return [...passages, corner]
    })
    return { link, through, label, backTo }
  })
  return { vertices, layers, routes, nodeOf }
}

/** Edges that lead to a node from which they were reached, in the order of the flow. */
const backLinks = (boxes: readonly Box[], links: readonly Link[]): ReadonlySet<Link> => {
  const leaving = new Map<string, Link[]>(boxes.map(({ id }) => [id, []]))
  for (const link of links) leaving.get(link.from)?.push(link)
  const back = new Set<Link>()
  const state = new Map<string, 'open' | 'done'>()
  for (const { id: root } of boxes) {
    if (state.has(root)) continue
    state.set(root, 'open')
    // Without recursion, so that long flows cannot overflow.
    const path = [{ id: root, next: 0 }]
    for (let at = path.at(-1); at !== undefined; at = path.at(-1)) {
      const link = leaving.get(at.id)?.[at.next++]
      if (link === undefined) {
        state.set(at.id, 'done')
        path.pop()
      } else if (state.get(link.to) === 'open') back.add(link)
      else if (!state.has(link.to)) {
        state.set(link.to, 'open')
        path.push({ id: link.to, next: 0 })
      }
    }
  }
  return back
}

/** The longest way to each vertex along the chains, which hold no circle. */
const depths = (count: number, chains: readonly (readonly number[])[]): readonly number[] => {
  const leaving: number[][] = Array.from({ length: count }, () => [])
  const waiting = new Array<number>(count).fill(0)
  for (const chain of chains) {
    chain.slice(1).forEach((to, at) => {
      leaving[chain[at] ?? 0]?.push(to)
      waiting[to] = (waiting[to] ?? 0) + 1
    })
  }
  const depth = new Array<number>(count).fill(0)
  const open = [...waiting.keys()].filter((vertex) => waiting[vertex] === 0)
  for (let vertex = open.shift(); vertex !== undefined; vertex = open.shift()) {
    for (const to of leaving[vertex] ?? []) {
      depth[to] = Math.max(depth[to] ?? 0, (depth[vertex] ?? 0) + 1)
      if ((waiting[to] = (waiting[to] ?? 0) - 1) === 0) open.push(to)
    }
  }
  return depth
}
