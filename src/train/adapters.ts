import { join } from 'node:path'
import type { Variable } from '@tensorflow/tfjs-core'
import { writeAdapterHub } from '../model/adapters/adapter-hub.js'
import { writeGgufLora } from '../model/adapters/gguf-lora.js'
import { writePeft } from '../model/adapters/peft.js'
import type { AdapterWeights } from '../model/adapter.js'
import { createBottleneck, weightsOfBottleneck, type BottleneckKind } from '../model/bottleneck.js'
import { createDora, weightsOfDora } from '../model/dora.js'
import { createDropout, type Dropout } from '../model/dropout.js'
import { writeModelGguf } from '../model/export/full-gguf.js'
import { withAdapter } from '../model/export/merged.js'
import type { Adapter } from '../model/llama.js'
import type { LlamaConfig } from '../model/llama-config.js'
import { llamaPlaces } from '../model/llama-lora.js'
import type { Keeping, WeightSource } from '../model/llama-weights.js'
import { createLora, weightsOfLora, type LoraOptions } from '../model/lora.js'
import type { BaseModel } from '../model/open-model.js'
import { plainAlpha } from '../model/rank-stabilised.js'
import type { AdapterKind } from '../project/read-adapter.js'
import { plainLora, type TrainOptions } from './options.js'

/** An adapter that is being trained, whatever its kind. */
export type Trainee = {
  readonly adapter: Adapter
  readonly variables: readonly Variable[]
  readonly during: Dropout['during']
  /** Writes what serves and what others load, and names the files by their paths in the folder. */
  readonly write: (folder: string, base: BaseModel, naming: AdapterNaming) => Promise<readonly string[]>
  readonly dispose: () => void
}
type AdapterNaming = { readonly name: string; readonly baseName: string; readonly baseModel: string | undefined }

export type Making = {
  readonly config: LlamaConfig
  readonly source: WeightSource
  readonly options: TrainOptions
  /** Those that get an adapter, in order. */
  readonly layers: readonly number[]
  /** A stream of numbers in [0, 1) for each key. */
  readonly random: (...keys: readonly string[]) => () => number
}
type Kind = { readonly keeping: Keeping; readonly create: (making: Making, dropping: Dropout) => Omit<Trainee, 'during'> }

const loraOptions = ({ options, layers }: Making, dropping: Dropout): LoraOptions => {
  const { rank, alpha, targets, adapter } = options
  return { rank, alpha: adapter?.rslora === true ? plainAlpha(alpha, rank) : alpha, targets, fromLayer: layers[0] ?? 0, onlyLayers: layers, dropping }
}

/** PEFT's two files in `adapter/`. */
const writtenForPeft = async (folder: string, weights: AdapterWeights, { alpha, adapter }: TrainOptions, { baseModel, baseName }: AdapterNaming): Promise<readonly string[]> => {
  await writePeft(join(folder, 'adapter'), weights, { baseModel: baseModel ?? baseName, ...(adapter?.rslora === true ? { rankStabilisedAlpha: alpha } : {}) })
  return ['adapter/adapter_model.safetensors', 'adapter/adapter_config.json']
}

/** llama.cpp adds the adapter to the base as it is, in four bits or not. */
const lora: Kind['create'] = (making, dropping) => {
  const { config, options, random } = making
  const made = createLora(llamaPlaces(config), loraOptions(making, dropping), options.precision, random('lora'))
  return {
    adapter: made.adapter, variables: made.parts.flatMap(({ down, up }) => [down, up]), dispose: made.dispose,
    write: async (folder, base, naming) => {
      const weights = weightsOfLora(made)
      const forPeft = await writtenForPeft(folder, weights, options, naming)
      await writeGgufLora(join(folder, 'adapter.gguf'), weights,
        { architecture: base.architecture, heads: config.heads, keyValueHeads: config.keyValueHeads, baseName: naming.baseName, name: naming.name })
      return ['adapter.gguf', ...forPeft]
    },
  }
}

/** llama.cpp has no DoRA, so what it serves is the whole model, merged. Eight bits: four would lose the adapter. */
const dora: Kind['create'] = (making, dropping) => {
  const { config, source, options, random } = making
  const made = createDora(llamaPlaces(config), loraOptions(making, dropping), options.precision, random('lora'), (module) => source.floats(`${module}.weight`))
  return {
    adapter: made.adapter, variables: made.parts.flatMap(({ down, up, magnitude }) => [down, up, magnitude]), dispose: made.dispose,
    write: async (folder, base, naming) => {
      const weights = weightsOfDora(made)
      const forPeft = await writtenForPeft(folder, weights, options, naming)
      await writeModelGguf(join(folder, 'model.gguf'), base, withAdapter(base.weights, weights), 'Q8_0', naming.name)
      return ['model.gguf', ...forPeft]
    },
  }
}

/** llama.cpp has no bottlenecks, and no weight could hold one; attune runs them itself. */
const bottleneck = (kind: BottleneckKind): Kind['create'] => ({ config, options, layers, random }, dropping) => {
  const { reduction } = options.adapter ?? plainLora
  const made = createBottleneck(config, { kind, reduction, layers }, options.precision, random('bottleneck'), dropping)
  return {
    adapter: made.adapter, variables: made.parts.flatMap(({ down, downBias, up, upBias }) => [down, downBias, up, upBias]), dispose: made.dispose,
    write: async (folder, _base, { name, baseModel, baseName }) => {
      // A point would end the name of a module in PyTorch.
      await writeAdapterHub(join(folder, 'adapter'), weightsOfBottleneck(made),
        { name: name.replaceAll('.', '_'), baseModel: baseModel ?? baseName, layers: config.layers, dropout: dropping.rate })
      return ['adapter/adapter.safetensors', 'adapter/adapter_config.json']
    },
  }
}

const kinds: { readonly [K in AdapterKind]: Kind } = {
  lora: { keeping: 'tensors', create: lora },
  dora: { keeping: 'tensors', create: dora },
  qlora: { keeping: 'packed', create: lora },
  houlsby: { keeping: 'tensors', create: bottleneck('houlsby') },
  pfeiffer: { keeping: 'tensors', create: bottleneck('pfeiffer') },
}

/** How the base model is kept while this adapter is trained. */
export const keepingOf = ({ adapter = plainLora }: Pick<TrainOptions, 'adapter'>): Keeping => kinds[adapter.kind].keeping

export const createTrainee = (making: Making): Trainee => {
  const { kind, dropout } = making.options.adapter ?? plainLora
  const dropping = createDropout(dropout, (key) => making.random('dropout', key))
  return { ...kinds[kind].create(making, dropping), during: dropping.during }
}
