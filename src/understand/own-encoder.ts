import { getLlama, LlamaLogLevel, type Llama } from 'node-llama-cpp'
import { availableParallelism } from 'node:os'
import { openEncoder, type Encoder } from './encoder.js'

/** A runtime of its own for a sentence encoder: small, and silent. */
export const encoderRuntime = (): Promise<Llama> => getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: LlamaLogLevel.error })

/** Opens the encoder of a GGUF file in a runtime of its own, for as long as `use` runs: training a head needs nothing else. */
export const withEncoder = async <T>(path: string, use: (encoder: Encoder) => Promise<T>): Promise<T> => {
  const llama = await encoderRuntime()
  try {
    return await use(await openEncoder(llama, path, Math.min(2, availableParallelism())))
  } finally {
    await llama.dispose()
  }
}
