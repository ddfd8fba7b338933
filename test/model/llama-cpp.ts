import { getLlama, LlamaLogLevel, type Llama, type LlamaContextSequence, type Token } from 'node-llama-cpp'

export const openLlamaCpp = (): Promise<Llama> =>
  getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: LlamaLogLevel.error })

/** One sequence over a model, with its cache in single precision so that nothing is rounded on the way. */
export const withSequence = async <T>(
  llama: Llama, modelPath: string, adapterPath: string | undefined, work: (sequence: LlamaContextSequence) => Promise<T>,
): Promise<T> => {
  const model = await llama.loadModel({ modelPath })
  try {
    const context = await model.createContext({
      contextSize: 256, threads: 1, flashAttention: false, experimentalKvCacheKeyType: 'F32', experimentalKvCacheValueType: 'F32',
      ...(adapterPath === undefined ? {} : { lora: { adapters: [{ filePath: adapterPath }] } }),
    })
    return await work(context.getSequence())
  } finally {
    await model.dispose()
  }
}

const options = { temperature: 1, topK: 0, topP: 1, minP: 0 }

/** Log probabilities of the first `vocabulary` tokens after `ids`, which go on where the sequence stands. */
export const logProbabilities = async (sequence: LlamaContextSequence, ids: readonly number[], vocabulary: number): Promise<readonly number[]> => {
  const outputs = await sequence.controlledEvaluate([...ids.slice(0, -1) as Token[], [ids.at(-1) as Token, { generateNext: { probabilities: true, options } }]])
  const found = outputs.at(-1)?.next.probabilities ?? new Map<Token, number>()
  return Array.from({ length: vocabulary }, (_, id) => Math.log(found.get(id as Token) ?? 0))
}

/** The likeliest token, `count` times. */
export const greedy = async (sequence: LlamaContextSequence, prompt: readonly number[], count: number, vocabulary: number): Promise<readonly number[]> => {
  const said: number[] = []
  for (let ids = prompt; said.length < count; ids = said.slice(-1)) {
    const scores = await logProbabilities(sequence, ids, vocabulary)
    said.push(scores.indexOf(Math.max(...scores)))
  }
  return said
}
