import type { Batch } from '../model/llama.js'
import type { Sequence } from './sequences.js'

/** Where a sequence stands in a batch. */
export type Placed = { readonly index: number; readonly row: number; readonly start: number }

/** One micro-batch: always the same shape, so that the model's programs are compiled once. */
export type Packed = { readonly shape: Shape; readonly placed: readonly Placed[] }

export type Shape = {
  readonly rows: number // B
  readonly length: number // T
  /** Places where a token is predicted, P; those a batch does not need have weight 0. */
  readonly picks: number
}

type Measured = { readonly tokens: number; readonly places: number }
type Row = { readonly members: { readonly index: number; readonly start: number }[]; filled: number; places: number }

/** Fills rows of `length` with sequences in the order given: each goes to the first of the last few open rows it fits. */
const rowsOf = (order: readonly number[], sizes: readonly Measured[], length: number): Row[] => {
  const rows: Row[] = []
  const open: Row[] = []
  for (const index of order) {
    const { tokens = 0, places = 0 } = sizes[index] ?? {}
    let row = open.find((one) => one.filled + tokens <= length)
    if (row === undefined) {
      row = { members: [], filled: 0, places: 0 }
      rows.push(row)
      open.push(row)
      if (open.length > openRows) open.shift()
    }
    row.members.push({ index, start: row.filled })
    row.filled += tokens
    row.places += places
  }
  return rows
}
/** Rows that may still take a sequence. More fill better, and move a sequence further from its place in the order. */
const openRows = 64

/** Attention grows with the square of a row; this is what a token costs more for each token its row has. Measured, SmolLM2, 2 cores. */
const attentionCost = 1 / 700

/** A batch that fits: the row length that makes the whole set cheapest, and as many rows as the tokens allow. */
export const shapeFor = (sequences: readonly Sequence[], microBatchTokens: number): Shape => {
  const sizes = sequences.map(measured)
  const longest = Math.max(...sizes.map(({ tokens }) => tokens))
  const order = sizes.map((_, index) => index)
  const costs = rowLengths(longest, microBatchTokens).map((length) => {
    const cost = rowsOf(order, sizes, length).length * length * (1 + attentionCost * length)
    return { length, cost }
  })
  const { length } = costs.reduce((best, one) => (one.cost < best.cost ? one : best))
  const rows = Math.max(1, Math.floor(microBatchTokens / length))
  const places = sizes.reduce((total, size) => total + size.places, 0)
  const filled = rowsOf(order, sizes, length)
  const fullest = filled.reduce((most, row) => Math.max(most, row.places), 0)
  // A fifth more than the mean, so that few batches must leave a row to the next one.
  const picks = Math.max(fullest, Math.ceil(1.2 * rows * places / filled.length))
  return { rows, length, picks: Math.ceil(picks / 32) * 32 }
}

const measured = ({ ids, places }: Sequence): Measured => ({ tokens: ids.length, places: places.length })

const rowLengths = (longest: number, microBatchTokens: number): readonly number[] => {
  const least = Math.ceil(longest / 16) * 16
  const lengths: number[] = []
  for (let length = least; length <= Math.max(least, Math.min(microBatchTokens, 4 * least)); length += 16) lengths.push(length)
  return lengths
}

/** The sequences of `order` as micro-batches of one shape. The last may have empty rows. Each sequence is in exactly one. */
export const packed = (sequences: readonly Sequence[], order: readonly number[], shape: Shape): Packed[] => {
  const waiting = rowsOf(order, sequences.map(measured), shape.length)
  const batches: Packed[] = []
  while (waiting.length > 0) {
    const placed: Placed[] = []
    let [rows, places] = [0, 0]
    for (let at = 0; at < waiting.length && rows < shape.rows;) {
      const row = waiting[at]
      if (row === undefined || (rows > 0 && places + row.places > shape.picks)) {
        at += 1
        continue
      }
      waiting.splice(at, 1)
      for (const { index, start } of row.members) placed.push({ index, row: rows, start })
      rows += 1
      places += row.places
    }
    batches.push({ shape, placed })
  }
  return batches
}

/** What the model reads of a micro-batch. Free places are one-token sequences of their own that nobody asks about. */
export const batchOf = (sequences: readonly Sequence[], { shape, placed }: Packed): Batch => {
  const size = shape.rows * shape.length
  const batch = {
    rows: shape.rows,
    length: shape.length,
    ids: new Int32Array(size),
    positions: new Int32Array(size),
    segments: Int32Array.from({ length: size }, (_, at) => -1 - at % shape.length),
  }
  placed.forEach(({ index, row, start }, segment) => {
    const ids = sequences[index]?.ids ?? new Int32Array(0)
    const at = row * shape.length + start
    batch.ids.set(ids, at)
    batch.positions.set(ids.map((_, position) => position), at)
    batch.segments.fill(segment, at, at + ids.length)
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
    const sequence = sequences[index]
    sequence?.places.forEach((place, at) => {
      const slot = owners.length
      picks[slot] = row * shape.length + start + place
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
    const sequence = sequences[index]
    return total + (sequence === undefined ? 0 : sequence.weight * sequence.places.length)
  }, 0)
