import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { engine, tidy, type Tensor } from '@tensorflow/tfjs-core'
import { frameOf, type Llama } from '../model/llama.js'
import type { Precision } from '../model/matrix.js'
import { byteSize } from '../tensor/dtype.js'
import type { ByteAccess } from '../tensor/other-backends.js'
import { batchOf, memberOf, packed, type Packed, type Placed, type Shape } from './packing.js'
import type { Sequence } from './sequences.js'

/**
 * What the frozen layers below the first adapter make of each sequence. They never change, so they are computed once. Rows of C
 * numbers, a token each, in the model's precision; in memory, or in a file when they are many.
 */
export type Activations = {
  /** The stream at the foot of the first adapted block: [B T, C], zeros where the batch is empty. */
  readonly streamOf: (batch: Packed) => Tensor
  readonly dispose: () => void
}

type Store = { readonly write: (at: number, bytes: Uint8Array) => void; readonly read: (at: number, into: Uint8Array) => void; readonly dispose: () => void }

const inMemory = (size: number): Store => {
  const all = new Uint8Array(size)
  return { write: (at, bytes) => all.set(bytes, at), read: (at, into) => into.set(all.subarray(at, at + into.length)), dispose: () => undefined }
}

/** The file is nameless from the start: it goes when the process does, however that ends. */
const inFile = (folder: string): Store => {
  const path = join(folder, `activations.${process.pid}.tmp`)
  const file = openSync(path, 'w+')
  if (process.platform !== 'win32') unlinkSync(path)
  return {
    write: (at, bytes) => {
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done)
    },
    read: (at, into) => {
      for (let done = 0; done < into.length;) {
        const count = readSync(file, into, done, into.length - done, at + done)
        if (count === 0) throw new Error('The file of activations ended early')
        done += count
      }
    },
    dispose: () => {
      closeSync(file)
      if (process.platform === 'win32') unlinkSync(path)
    },
  }
}

export type ActivationOptions = {
  readonly sequences: readonly Sequence[]
  readonly shape: Shape
  /** Blocks below this one are frozen. */
  readonly below: number
  readonly precision: Precision
  readonly folder: string
  /** More than this goes to a file. */
  readonly memoryBytes: number
  readonly backend: ByteAccess
  readonly report: (done: number, total: number) => void
  readonly signal: AbortSignal
}

/** Bytes at `at` of the store belong at `from` of a batch. */
type Piece = { readonly at: number; readonly from: number; readonly size: number }
type Layout = { readonly total: number; readonly piecesOf: (placed: Placed, shape: Shape) => readonly [Piece, Piece] }

/** Where the store keeps what: the shared tokens of each family once, and the own tokens of each sequence. */
const layoutOf = (sequences: readonly Sequence[], rowBytes: number): Layout => {
  const [families, own] = [new Map<number, number>(), new Map<number, number>()]
  let total = 0
  sequences.forEach(({ ids, family, shared }, index) => {
    if (!families.has(family)) {
      families.set(family, total)
      total += shared * rowBytes
    }
    own.set(index, total)
    total += (ids.length - shared) * rowBytes
  })
  const piecesOf: Layout['piecesOf'] = ({ index, row, root, start }, { length }) => {
    const { ids, family, shared } = memberOf(sequences, index)
    const piece = (at: number | undefined, place: number, tokens: number): Piece => ({ at: at ?? 0, from: (row * length + place) * rowBytes, size: tokens * rowBytes })
    return [piece(families.get(family), root, shared), piece(own.get(index), start, ids.length - shared)]
  }
  return { total, piecesOf }
}

/** Runs the frozen blocks over all sequences, in an order that their lengths alone decide. Stops with the signal's reason. */
export const computeActivations = async (model: Llama, options: ActivationOptions): Promise<Activations> => {
  const { sequences, below, precision, folder, memoryBytes, backend, report, signal } = options
  const rowBytes = byteSize(precision, [model.config.hidden])
  const { total, piecesOf } = layoutOf(sequences, rowBytes)
  const store = total > memoryBytes ? inFile(folder) : inMemory(total)
  try {
    const batches = packed(sequences, sequences.map((_, index) => index), options.shape)
    for (const [at, one] of batches.entries()) {
      signal.throwIfAborted()
      const batch = batchOf(sequences, one)
      const stream = tidy(() => model.settled(model.blocks(model.embed(batch), frameOf(model.config, batch), 0, below)))
      const bytes = backend.download(stream) // not in the tidy, which would look for tensors in every one of the bytes
      stream.dispose()
      for (const placed of one.placed) {
        for (const { at, from, size } of piecesOf(placed, one.shape)) store.write(at, bytes.subarray(from, from + size))
      }
      report(at + 1, batches.length)
      await breath()
    }
  } catch (error) {
    store.dispose()
    throw error
  }
  return {
    streamOf: ({ placed, shape }) => {
      const bytes = new Uint8Array(shape.rows * shape.length * rowBytes)
      for (const one of placed) {
        for (const { at, from, size } of piecesOf(one, shape)) store.read(at, bytes.subarray(from, from + size))
      }
      const info = backend.upload(precision, [shape.rows * shape.length, model.config.hidden], bytes)
      return engine().makeTensorFromTensorInfo(info)
    },
    dispose: store.dispose,
  }
}

/** Lets signals and the terminal have their turn: everything else here is synchronous. */
export const breath = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
