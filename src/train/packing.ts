import type { Batch } from '../model/llama.js'
import type { Sequence } from './sequences.js'

/** Where a sequence stands in a batch: in `row`, its own tokens from `start` on, those it shares with its neighbours from `root` on. */
export type Placed = { readonly index: number; readonly row: number; readonly root: number; readonly start: number }

/** One micro-batch: always the same shape, so that the model's programs are compiled once. */
export type Packed = { readonly shape: Shape; readonly placed: readonly Placed[] }

export type Shape = {
  readonly rows: number // B
  readonly length: number // T
  /** Places where a token is predicted, P; those a batch does not need have weight 0. No row has more. */
  readonly picks: number
}

type Size = { readonly length: number; readonly picks: number }

/** Sequences of one family behind the tokens they share. */
type Bundle = { readonly members: { readonly index: number; readonly start: number }[]; tokens: number; places: number }

/** More save little, and would make the examples of a step too much alike. */
const largestBundle = 8

/** Sequences of a family go into one bundle as they come, until it is full. */
const bundlesOf = (order: readonly number[], sequences: readonly Sequence[], { length, picks }: Size): readonly Bundle[] => {
  const bundles: Bundle[] = []
  const open = new Map<number, Bundle>()
  for (const index of order) {
    const { ids, places, family, shared } = memberOf(sequences, index)
    const own = ids.length - shared
    let bundle = open.get(family)
    if (bundle === undefined || bundle.members.length === largestBundle || bundle.tokens + own > length || bundle.places + places.length > picks) {
      bundle = { members: [], tokens: shared, places: 0 }
      bundles.push(bundle)
      open.set(family, bundle)
    }
    bundle.members.push({ index, start: bundle.tokens })
    bundle.tokens += own
    bundle.places += places.length
  }
  return bundles
}

/** The sequence of that number. Throws RangeError where there is none. */
export const memberOf = (sequences: readonly Sequence[], index: number): Sequence => {
  const sequence = sequences[index]
  if (sequence === undefined) throw new RangeError(`No sequence ${index}`)
  return sequence
}

type Row = { readonly members: Omit<Placed, 'row'>[]; filled: number; places: number }

/** Fills rows with the bundles of the order given: each goes to the first of the last few open rows it fits. */
const rowsOf = (order: readonly number[], sequences: readonly Sequence[], size: Size): Row[] => {
  const rows: Row[] = []
  const open: Row[] = []
  for (const { members, tokens, places } of bundlesOf(order, sequences, size)) {
    let row = open.find((one) => one.filled + tokens <= size.length && one.places + places <= size.picks)
    if (row === undefined) {
      row = { members: [], filled: 0, places: 0 }
      rows.push(row)
      open.push(row)
      if (open.length > openRows) open.shift()
    }
    for (const { index, start } of members) row.members.push({ index, root: row.filled, start: row.filled + start })
    row.filled += tokens
    row.places += places
  }
  return rows
}
/** Rows that may still take a bundle. More fill better, and move a sequence further from its place in the order. */
const openRows = 64

/** Attention grows with the square of a row; this is what a token costs more for each token its row has. Measured, SmolLM2, 2 cores. */
const attentionCost = 1 / 700

/** A batch that fits: the row length that makes the whole set cheapest, and as many rows as the tokens allow. */
export const shapeFor = (sequences: readonly Sequence[], microBatchTokens: number): Shape => {
  const longest = Math.max(...sequences.map(({ ids }) => ids.length))
  const order = sequences.map((_, index) => index)
  const costs = rowLengths(longest, microBatchTokens).map((length) => {
    const count = rowsOf(order, sequences, { length, picks: Infinity }).length
    return { length, count, cost: count * length * (1 + attentionCost * length) }
  })
  const { length, count } = costs.reduce((best, one) => (one.cost < best.cost ? one : best))
  const rows = Math.max(1, Math.floor(microBatchTokens / length))
  const places = sequences.map((sequence) => sequence.places.length)
  // A fifth more than the mean, so that few batches must leave a row to the next one.
  const picks = Math.max(...places, Math.ceil(1.2 * rows * places.reduce((total, one) => total + one, 0) / count))
  return { rows, length, picks: Math.ceil(picks / 32) * 32 }
}

const rowLengths = (longest: number, microBatchTokens: number): readonly number[] => {
  const least = Math.ceil(longest / 16) * 16
  const lengths: number[] = []
  for (let length = least; length <= Math.max(least, Math.min(microBatchTokens, 4 * least)); length += 16) lengths.push(length)
  return lengths
}

/** The sequences of `order` as micro-batches of one shape. The last may have empty rows. Each sequence is in exactly one. */
export const packed = (sequences: readonly Sequence[], order: readonly number[], shape: Shape): Packed[] => {
  const waiting = rowsOf(order, sequences, shape)
  const batches: Packed[] = []
  while (waiting.length > 0) {
    const placed: Placed[] = []
    let [rows, places] = [0, 0]
    for (let at = 0; at < waiting.length && rows < shape.rows;) {
      const row = waiting[at]
      if (row === undefined || places + row.places > shape.picks) {
        at += 1
        continue
      }
      waiting.splice(at, 1)
      for (const member of row.members) placed.push({ ...member, row: rows })
      rows += 1
      places += row.places
    }
    batches.push({ shape, placed })
  }
  return batches
}

/**
 * What the model reads of a micro-batch. Sequences that share their first tokens see the one copy of them and not each other. Free
 * places are one-token sequences of their own that nobody asks about.
 */
export const batchOf = (sequences: readonly Sequence[], { shape, placed }: Packed): Batch => {
  const size = shape.rows * shape.length
  const free = Int32Array.from({ length: size }, (_, at) => -1 - at % shape.length)
  const batch = {
    rows: shape.rows,
    length: shape.length,
    ids: new Int32Array(size),
    positions: new Int32Array(size),
    segments: free,
    parents: free.slice(),
  }
  const write = (ids: Int32Array, at: number, position: number, segment: number, parent: number): void => {
    batch.ids.set(ids, at)
    batch.positions.set(ids.map((_, index) => position + index), at)
    batch.segments.fill(segment, at, at + ids.length)
    batch.parents.fill(parent, at, at + ids.length)
  }
  placed.forEach(({ index, row, root, start }, segment) => {
    const { ids, shared } = memberOf(sequences, index)
    const first = row * shape.length
    const rootSegment = placed.length + root
    write(ids.subarray(0, shared), first + root, 0, rootSegment, rootSegment)
    write(ids.subarray(shared), first + start, shared, segment, rootSegment)
  })
  return batch
}

/** What is to be predicted in a micro-batch: [P] each. */
export type Targets = {
  /** Places in the batch, [B T]. */
  readonly picks: Int32Array
  readonly labels: Int32Array
  /** The weight of each place in the loss; 0 where nothing is predicted. They sum to `total` over a step's micro-batches. */
  readonly weights: Float32Array
  /** The sequence a place belongs to. */
  readonly sequences: readonly number[]
}

export const targetsOf = (sequences: readonly Sequence[], { shape, placed }: Packed, scale: number): Targets => {
  const picks = new Int32Array(shape.picks)
  const labels = new Int32Array(shape.picks)
  const weights = new Float32Array(shape.picks)
  const owners: number[] = []
  for (const { index, row, start } of placed) {
    const sequence = memberOf(sequences, index)
    sequence.places.forEach((place, at) => {
      const slot = owners.length
      picks[slot] = row * shape.length + start + place - sequence.shared
      labels[slot] = sequence.labels[at] ?? 0
      weights[slot] = sequence.weight * scale
      owners.push(index)
    })
  }
  return { picks, labels, weights, sequences: owners }
}

/** The sum of weights over all places of some micro-batches: what their loss is divided by. */
export const totalWeight = (sequences: readonly Sequence[], batches: readonly Packed[]): number =>
  batches.flatMap(({ placed }) => placed).reduce((total, { index }) => {
    const { weight, places } = memberOf(sequences, index)
    return total + weight * places.length
  }, 0)
