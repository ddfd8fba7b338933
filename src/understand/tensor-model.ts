import { join } from 'node:path'
import { tensor1d, tidy } from '@tensorflow/tfjs-core'
import type { TensorFlowFiles } from '../fetch/ensure-tensorflow.js'
import { readAdapterHub } from '../model/adapters/adapter-hub.js'
import { readPeft } from '../model/adapters/peft.js'
import { loadBottleneck } from '../model/bottleneck.js'
import { loadDora } from '../model/dora.js'
import { readJsonObject } from '../model/json-file.js'
import { createLlama, frameOf, type Adapter, type Llama } from '../model/llama.js'
import { llamaPlaces } from '../model/llama-lora.js'
import type { LlamaConfig } from '../model/llama-config.js'
import { disposeWeights, loadWeights } from '../model/llama-weights.js'
import { loadLora } from '../model/lora.js'
import type { Precision } from '../model/matrix.js'
import { openModel } from '../model/open-model.js'
import type { Tokenizer } from '../model/tokenizer.js'
import { openTensors } from '../tensor/open.js'
import { openOtherBackend } from '../tensor/other-backends.js'
import type { Certainty } from './certainty.js'
import type { PromptModel } from './command-model.js'
import { decoderOptions } from './decoder.js'
import { openEncoder } from './encoder.js'
import { ContextFull } from './errors.js'
import type { Head } from './head.js'
import { encoderRuntime } from './own-encoder.js'
import { PromptDecoder } from './prompt-decoder.js'
import type { Sequences } from './llama-sequences.js'

/** A base model with an adapter of any kind, run by attune's own forward pass instead of llama.cpp. */
export type TensorModel = { readonly tokenizer: Tokenizer; readonly sequences: Sequences; readonly dispose: () => void }

export type TensorModelFiles = {
  readonly modelPath: string
  /** Holds an adapter as PEFT or AdapterHub saves it; null for the base model alone. */
  readonly adapterFolder: string | null
  /** Null where there is none for this machine. */
  readonly tensorFlow: TensorFlowFiles | null
  /** float32 is exact; what was trained in bfloat16 is the same in it up to rounding. */
  readonly precision: Precision
}

/** Throws what opening the model, the adapter or TensorFlow throws. */
export const openTensorModel = async ({ modelPath, adapterFolder, tensorFlow, precision }: TensorModelFiles): Promise<TensorModel> => {
  await (tensorFlow === null ? openOtherBackend() : openTensors(tensorFlow))
  const base = await openModel(modelPath)
  try {
    const { config } = base.weights
    const adapter = adapterFolder === null ? null : await adapterIn(adapterFolder, config, precision)
    const weights = loadWeights(base.weights, precision)
    const model = createLlama(config, weights, precision, adapter?.adapter)
    return {
      tokenizer: base.tokenizer, sequences: tensorSequences(model),
      dispose: () => {
        disposeWeights(weights)
        adapter?.dispose()
      },
    }
  } finally {
    await base.close()
  }
}

const adapterIn = async (folder: string, config: LlamaConfig, precision: Precision): Promise<{ readonly adapter: Adapter; readonly dispose: () => void }> => {
  if (await isBottleneck(folder)) return loadBottleneck(await readAdapterHub(folder), precision)
  const weights = await readPeft(folder)
  const isDora = weights.modules.some(({ magnitude }) => magnitude !== undefined)
  return isDora ? loadDora(llamaPlaces(config), weights, precision) : loadLora(llamaPlaces(config), weights, precision)
}

export type TensorPromptOptions = TensorModelFiles & {
  readonly version: string
  readonly head: { readonly encoderPath: string; readonly head: Head } | null
  readonly certainty: Certainty | null
}

/** What serves adapters that llama.cpp cannot apply. The second opinion's encoder is still run by llama.cpp. */
export const openTensorPromptModel = async ({ version, head, certainty, ...files }: TensorPromptOptions): Promise<PromptModel> => {
  const { tokenizer, sequences, dispose } = await openTensorModel(files)
  const runtime = head === null ? null : await encoderRuntime()
  const second = head === null || runtime === null ? null : { head: head.head, encoder: await openEncoder(runtime, head.encoderPath) }
  return new PromptDecoder({
    version, tokenizer, sequences, decoder: decoderOptions(), second, certainty,
    release: async () => {
      dispose()
      await runtime?.dispose()
    },
  })
}

/** Both formats call their configuration alike; PEFT's names its type. */
export const isBottleneck = async (folder: string): Promise<boolean> =>
  (await readJsonObject(join(folder, 'adapter_config.json')))['peft_type'] === undefined

/** Each length is compiled once, so sequences are filled up to a multiple of this; what stands behind is not seen. */
const grain = 64

/** Nothing is kept from call to call: each reads the whole sequence. Enough for short prompts and few branches. */
const tensorSequences = (model: Llama): Sequences => ({
  read: async () => undefined,
  logits: async (ids, wanted) => {
    const { config } = model
    if (ids.length >= config.contextLength) throw new ContextFull(ids.length, config.contextLength)
    const length = Math.ceil(ids.length / grain) * grain
    const padded = new Int32Array(length)
    padded.set(ids)
    const batch = { rows: 1, length, ids: padded, positions: padded.map((_, at) => at), segments: new Int32Array(length), parents: new Int32Array(length) }
    const logits = tidy(() => {
      const last = model.blocks(model.embed(batch), frameOf(config, batch), 0, config.layers, tensor1d([ids.length - 1], 'int32'))
      return model.logits(last).dataSync()
    })
    return wanted.map((id) => logits[id] ?? -Infinity)
  },
})
