import type { Llama } from 'node-llama-cpp'
import { basename } from 'node:path'
import { readGguf } from '../model/gguf.js'

/** Turns a message into numbers that lie close together for messages that mean the same. */
export type Embed = (message: string) => Promise<Float32Array>

export type Encoder = {
  /** Name of the file: a head fits the encoder it was trained over and no other. */
  readonly name: string
  /** Length 1. Long messages are read up to the encoder's limit. */
  readonly embed: Embed
  readonly dispose: () => Promise<void>
}

/** all-MiniLM-L6-v2 was trained on so many tokens, [CLS] and [SEP] included. */
const mostTokens = 256

/**
 * Opens a sentence encoder in GGUF format within a running llama.cpp. It reads `atOnce` messages side by side, each in one thread: for a
 * message this short, threads that wait for each other cost more than they bring (measured: 10 ms against 400 ms on a busy machine).
 * Throws BadModelFile, or what llama.cpp says.
 */
export const openEncoder = async (llama: Llama, path: string, atOnce = 1): Promise<Encoder> => {
  await (await readGguf(path)).close() // our reader refuses a damaged file; llama.cpp may end the process over one
  const model = await llama.loadModel({ modelPath: path })
  const contexts = await Promise.all(Array.from({ length: atOnce }, () =>
    model.createEmbeddingContext({ threads: 1, contextSize: mostTokens + 2, batchSize: mostTokens + 2 })))
  let turn = 0
  return {
    name: basename(path),
    embed: async (message) => {
      const tokens = model.tokenize(message).slice(0, mostTokens - 2)
      const context = contexts[turn++ % contexts.length]
      if (context === undefined) throw new RangeError('An encoder reads at least one message at once')
      return normalised((await context.getEmbeddingFor([...tokens])).vector)
    },
    dispose: async () => {
      for (const context of contexts) await context.dispose()
      await model.dispose()
    },
  }
}

export const normalised = (vector: readonly number[]): Float32Array => {
  const length = Math.hypot(...vector)
  return Float32Array.from(vector, (value) => (length > 0 ? value / length : 0))
}
