import { getLlama, LlamaLogLevel, type Llama, type LlamaContext, type LlamaModel } from 'node-llama-cpp'
import { availableParallelism } from 'node:os'
import { readGguf } from '../model/gguf.js'
import { tokenizerFromGguf } from '../model/tokenizer-gguf.js'
import type { Tokenizer } from '../model/tokenizer.js'
import type { Certainty } from './certainty.js'
import { checkAdapter } from './check-adapter.js'
import type { PromptModel } from './command-model.js'
import { decoderOptions, type DecoderOptions } from './decoder.js'
import { openEncoder, type Encoder } from './encoder.js'
import { NoRuntime } from './errors.js'
import type { Head } from './head.js'
import { sequencesOf, type Sequences } from './llama-sequences.js'
import { PromptDecoder } from './prompt-decoder.js'

export type LlamaCppOptions = {
  /** GGUF file of the base model. */
  readonly modelPath: string
  /** GGUF LoRA adapter over it, or null for the base model as it is. */
  readonly adapterPath: string | null
  /** Name of model and adapter together, from their hashes: it is stored with every answer. */
  readonly version: string
  readonly threads: number
  /** Tokens of prompt and completion together, for each conversation. */
  readonly contextSize: number
  /** Conversations whose beginnings are kept evaluated. Each takes memory for `contextSize` tokens. */
  readonly conversations: number
  /**
   * Bits of keys and values. With 16, probabilities differ in the third decimal from training, and from one batching of the
   * same tokens to another; 32 is exact to the fifth, takes twice the memory and a third more time for the prompt.
   */
  readonly precision: 16 | 32
  readonly gpu: 'auto' | false
  readonly decoder: DecoderOptions
  /** A second opinion on what kind each line is, from a sentence encoder (GGUF) and a head trained over it. */
  readonly head: { readonly encoderPath: string; readonly head: Head } | null
  /** What probabilities of this model are worth; null leaves them as they are. */
  readonly certainty: Certainty | null
}
export type GivenLlamaCppOptions = Pick<LlamaCppOptions, 'modelPath' | 'version'> & Partial<LlamaCppOptions>

export const llamaCppOptions = (given: GivenLlamaCppOptions): LlamaCppOptions => ({
  adapterPath: null, threads: availableParallelism(), contextSize: 2048, conversations: 4, precision: 16, gpu: false, decoder: decoderOptions(), head: null, certainty: null, ...given,
})

type LlamaSequences = { readonly tokenizer: Tokenizer; readonly sequences: Sequences; readonly encoder: Encoder | null; readonly dispose: () => Promise<void> }

/**
 * Opens a model in this process. Both files are checked by attune's own reader first, because llama.cpp may end the process
 * over a damaged one. Throws BadModelFile, UnsupportedModel, NoRuntime.
 */
export const openLlamaCpp = async (given: GivenLlamaCppOptions): Promise<PromptModel> => {
  const options = llamaCppOptions(given)
  const { version, decoder, head, certainty } = options
  const { tokenizer, sequences, encoder, dispose } = await openLlamaSequences(options)
  return new PromptDecoder({
    version, tokenizer, sequences, decoder, certainty, second: encoder === null || head === null ? null : { encoder, head: head.head }, release: dispose,
  })
}

/** The model alone, as a source of logits, and the encoder of the second opinion where there is one. */
export const openLlamaSequences = async (options: LlamaCppOptions): Promise<LlamaSequences> => {
  const tokenizer = await checkedTokenizer(options)
  const complaints: string[] = []
  const llama = await startedLlama(options, complaints)
  try {
    const model = await llama.loadModel({ modelPath: options.modelPath })
    const context = await openedContext(model, options)
    const encoder = options.head === null ? null : await openEncoder(llama, options.head.encoderPath)
    return { tokenizer, sequences: sequencesOf(context), encoder, dispose: () => llama.dispose() }
  } catch (error) {
    await llama.dispose()
    throw new NoRuntime([messageOf(error), ...complaints].join('; '), { cause: error })
  }
}

const checkedTokenizer = async ({ modelPath, adapterPath }: LlamaCppOptions): Promise<Tokenizer> => {
  const base = await readGguf(modelPath)
  try {
    const adapter = adapterPath === null ? null : await readGguf(adapterPath)
    try {
      if (adapter !== null) checkAdapter(adapter, base)
    } finally {
      await adapter?.close()
    }
    const tokenizer = tokenizerFromGguf(base)
    tokenizer.chatFormat() // a model that cannot be spoken to is refused before llama.cpp begins
    return tokenizer
  } finally {
    await base.close()
  }
}

const startedLlama = async ({ gpu, threads }: LlamaCppOptions, complaints: string[]): Promise<Llama> => {
  try {
    return await getLlama({
      // Nothing is compiled or downloaded behind the user's back: a missing binary is an error with advice.
      gpu, build: 'never', skipDownload: true, progressLogs: false, maxThreads: threads, logLevel: LlamaLogLevel.error,
      // What llama.cpp says when it refuses a file belongs into the error, not onto the terminal.
      logger: (_, message) => { if (complaints.length < 4) complaints.push(message.trim()) },
    })
  } catch (error) {
    throw new NoRuntime(messageOf(error), { cause: error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A context that runs the model with its adapter. */
export const openedContext = (model: LlamaModel, { adapterPath, threads, contextSize, conversations, precision }: LlamaCppOptions): Promise<LlamaContext> =>
  model.createContext({
    threads, contextSize, sequences: conversations, batchSize: Math.min(512, contextSize),
    ...(precision === 16 ? { flashAttention: true } : { flashAttention: false, experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32' }),
    ...(adapterPath === null ? {} : { lora: { adapters: [{ filePath: adapterPath }] } }),
  })
