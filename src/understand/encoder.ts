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

/** Opens a sentence encoder in GGUF format within a running llama.cpp. Throws BadModelFile, or what llama.cpp says. */
export const openEncoder = async (llama: Llama, path: string, threads: number): Promise<Encoder> => {
  await (await readGguf(path)).close() // our reader refuses a damaged file; llama.cpp may end the process over one
  const model = await llama.loadModel({ modelPath: path })
  const context = await model.createEmbeddingContext({ threads, contextSize: mostTokens + 2, batchSize: mostTokens + 2 })
  return {
    name: basename(path),
    embed: async (message) => {
      const tokens = model.tokenize(message).slice(0, mostTokens - 2)
      return normalised((await context.getEmbeddingFor([...tokens])).vector)
    },
    dispose: async () => {
      await context.dispose()
      await model.dispose()
    },
  }
}

export const normalised = (vector: readonly number[]): Float32Array => {
  const length = Math.hypot(...vector)
  return Float32Array.from(vector, (value) => (length > 0 ? value / length : 0))
}
