import { cosinesWith } from './neighbours.js'

export type Embeddings = ReadonlyMap<string, Float32Array>

/** One row for each text, of those that have an embedding. */
const stacked = (texts: readonly string[], embeddings: Embeddings): Float32Array => {
  const size = embeddings.get(texts[0] ?? '')?.length ?? 0
  const rows = new Float32Array(texts.length * size)
  texts.forEach((text, row) => { rows.set(embeddings.get(text) ?? new Float32Array(size), row * size) })
  return rows
}

export type Nearest = { readonly text: string; readonly nearest: string; readonly cosine: number }

/** For each text the one among `others` that means most nearly the same. None where there are no others. */
export const nearestAmong = (texts: readonly string[], others: readonly string[], embeddings: Embeddings): readonly Nearest[] => {
  if (others.length === 0) return []
  const rows = stacked(others, embeddings)
  return texts.map((text) => {
    const cosines = cosinesWith(rows, embeddings.get(text) ?? new Float32Array(rows.length / others.length))
    const best = cosines.reduce((most, cosine, at) => (cosine > (cosines[most] ?? -1) ? at : most), 0)
    return { text, nearest: others[best] ?? '', cosine: cosines[best] ?? -1 }
  })
}

/** Messages about one thing: the one that stands for them first. */
export type Topic = { readonly messages: readonly string[] }

/** Below this, a message is about something else than the example nearest to it; above the other, two messages are about the same (MiniLM's cosines). */
const [far, together] = [0.6, 0.5]

/** Topics of messages that lie far from all examples, the largest first. Single messages are no topic. */
export const topicsBeyond = (messages: readonly string[], examples: readonly string[], embeddings: Embeddings, least = 3): readonly Topic[] => {
  const known = nearestAmong(messages, examples, embeddings)
  const strange = known.length === 0 ? [...messages] : known.filter(({ cosine }) => cosine < far).map(({ text }) => text)
  return clustersOf([...new Set(strange)].sort(), embeddings).filter((cluster) => cluster.length >= least)
    .map((cluster) => ({ messages: centralFirst(cluster, embeddings) }))
    .sort((left, right) => right.messages.length - left.messages.length || (left.messages[0] ?? '').localeCompare(right.messages[0] ?? ''))
}

const cosine = (left: Float32Array | undefined, right: Float32Array | undefined): number =>
  left === undefined || right === undefined ? -1 : left.reduce((sum, value, at) => sum + value * (right[at] ?? 0), 0)

/** Mean cosine between the members of two clusters. */
const linkage = (left: readonly string[], right: readonly string[], embeddings: Embeddings): number => {
  const all = left.flatMap((one) => right.map((other) => cosine(embeddings.get(one), embeddings.get(other))))
  return all.reduce((sum, value) => sum + value, 0) / all.length
}

/** Average linkage: each message joins the cluster it is nearest to, and clusters that are near enough become one. */
const clustersOf = (messages: readonly string[], embeddings: Embeddings): readonly (readonly string[])[] => {
  const clusters: string[][] = []
  for (const message of messages) {
    const best = clusters.map((cluster) => ({ cluster, near: linkage(cluster, [message], embeddings) })).reduce<{ cluster: string[]; near: number } | null>((most, one) => (one.near > (most?.near ?? together) ? one : most), null)
    if (best === null) clusters.push([message])
    else best.cluster.push(message)
  }
  for (let at = 0; at < clusters.length; at += 1) {
    for (let other = clusters.length - 1; other > at; other -= 1) {
      if (linkage(clusters[at] ?? [], clusters[other] ?? [], embeddings) > together) clusters[at]?.push(...clusters.splice(other, 1).flat())
    }
  }
  return clusters
}

const centralFirst = (cluster: readonly string[], embeddings: Embeddings): readonly string[] =>
  cluster.map((message) => ({ message, near: linkage([message], cluster, embeddings) })).sort((left, right) => right.near - left.near).map(({ message }) => message)
