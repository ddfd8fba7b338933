import { join } from 'node:path'
import { replaceFile } from '../../fetch/replace-file.js'
import { bottleneckSpots, type BottleneckKind, type BottleneckModule, type BottleneckSpot, type BottleneckWeights } from '../bottleneck.js'
import { BadModelFile, UnsupportedModel } from '../errors.js'
import { isJsonObject, readJsonObject } from '../json-file.js'
import { readSafetensors, writeSafetensors, type Safetensors } from '../safetensors.js'

/* Bottleneck adapters as AdapterHub's package `adapters` 1.3 saves them: adapter_config.json and adapter.safetensors. */

/** What tells the kinds apart in the configuration; all other settings are the package's defaults and alike. */
const settings: { readonly [K in BottleneckKind]: Readonly<Record<string, unknown>> } = {
  houlsby: { mh_adapter: true, output_adapter: true, non_linearity: 'swish', original_ln_before: false },
  pfeiffer: { mh_adapter: false, output_adapter: true, non_linearity: 'relu', original_ln_before: true },
}
const shared: Readonly<Record<string, unknown>> = {
  original_ln_after: true, ln_before: false, ln_after: false, is_parallel: false, scaling: 1, use_gating: false,
  residual_before_ln: true, adapter_residual_before_ln: false, phm_layer: false, cross_adapter: false, inv_adapter: null, stochastic_depth: 0,
}

const numbersIn = ['adapter_down.0.weight', 'adapter_down.0.bias', 'adapter_up.weight', 'adapter_up.bias'] as const
type NumberName = (typeof numbersIn)[number]
const nameOf = (layer: number, spot: BottleneckSpot, adapter: string, numbers: NumberName): string => `model.layers.${layer}.${spot}.adapters.${adapter}.${numbers}`

export type AdapterHubNaming = {
  /** Name of the adapter, which is part of the names of its numbers. */
  readonly name: string
  /** A Hub id or path of the base model, and how many layers it has. */
  readonly baseModel: string
  readonly layers: number
  readonly dropout?: number
}

export const writeAdapterHub = async (folder: string, weights: BottleneckWeights, { name, baseModel, layers, dropout = 0 }: AdapterHubNaming): Promise<void> => {
  const { kind, hidden, size, modules } = weights
  await writeSafetensors(join(folder, 'adapter.safetensors'), modules.flatMap(({ layer, spot, down, downBias, up, upBias }) => [
    { name: nameOf(layer, spot, name, 'adapter_down.0.weight'), shape: [size, hidden], type: 'F32' as const, numbers: () => down },
    { name: nameOf(layer, spot, name, 'adapter_down.0.bias'), shape: [size], type: 'F32' as const, numbers: () => downBias },
    { name: nameOf(layer, spot, name, 'adapter_up.weight'), shape: [hidden, size], type: 'F32' as const, numbers: () => up },
    { name: nameOf(layer, spot, name, 'adapter_up.bias'), shape: [hidden], type: 'F32' as const, numbers: () => upBias },
  ]))
  const adapted = new Set(modules.map(({ layer }) => layer))
  const config = {
    config: {
      architecture: null, ...settings[kind], ...shared, dropout, init_weights: 'bert', reduction_factor: hidden / size,
      leave_out: Array.from({ length: layers }, (_, layer) => layer).filter((layer) => !adapted.has(layer)),
    },
    hidden_size: hidden, model_class: 'LlamaForCausalLM', model_name: baseModel, model_type: 'llama', name, version: 'adapters.1.3.0',
  }
  await replaceFile(join(folder, 'adapter_config.json'), (handle) => handle.writeFile(`${JSON.stringify(config, null, 2)}\n`))
}

/** Reads what AdapterHub's package saved for a Llama. Throws BadModelFile, and UnsupportedModel for a kind that attune cannot apply. */
export const readAdapterHub = async (folder: string): Promise<BottleneckWeights> => {
  const configFile = join(folder, 'adapter_config.json')
  const whole = await readJsonObject(configFile)
  const { config, hidden_size: hidden, name } = whole
  if (!isJsonObject(config) || typeof hidden !== 'number' || typeof name !== 'string') {
    throw new BadModelFile({ file: configFile, found: '"config", "hidden_size" or "name" missing or of another type', expected: 'what the package adapters saves' })
  }
  const kind = kindOf(configFile, config)
  const file = await readSafetensors(join(folder, 'adapter.safetensors'))
  try {
    const size = file.tensors.get([...file.tensors.keys()].find((one) => one.endsWith('adapter_down.0.bias')) ?? '')?.shape[0] ?? 0
    const layers = [...new Set([...file.tensors.keys()].map((one) => Number(/^model\.layers\.(\d+)\./.exec(one)?.[1])))].sort((a, b) => a - b)
    const modules = layers.flatMap((layer) => bottleneckSpots(kind).map((spot) => moduleFrom(file, layer, spot, name, hidden, size)))
    if (file.tensors.size !== modules.length * numbersIn.length) {
      throw new BadModelFile({ file: file.path, found: `${file.tensors.size} tensors`, expected: `${modules.length * numbersIn.length}: four for each of ${modules.length} adapters` })
    }
    return { kind, hidden, size, modules }
  } finally {
    await file.close()
  }
}

const kindOf = (file: string, config: Readonly<Record<string, unknown>>): BottleneckKind => {
  const has = (wanted: Readonly<Record<string, unknown>>): boolean => Object.entries(wanted).every(([key, value]) => config[key] === value)
  const foreign = Object.entries(shared).find(([key, value]) => config[key] !== undefined && config[key] !== value)
  const kind = (Object.keys(settings) as BottleneckKind[]).find((one) => has(settings[one]))
  if (foreign !== undefined) throw new UnsupportedModel(file, foreign[0], JSON.stringify(config[foreign[0]]), [JSON.stringify(foreign[1])])
  if (kind === undefined) throw new UnsupportedModel(file, 'adapter', JSON.stringify(config), ['double_seq_bn (Houlsby)', 'seq_bn (Pfeiffer)'])
  return kind
}

const moduleFrom = (file: Safetensors, layer: number, spot: BottleneckSpot, adapter: string, hidden: number, size: number): BottleneckModule => {
  const read = (numbers: NumberName, shape: readonly number[]): Float32Array => {
    const name = nameOf(layer, spot, adapter, numbers)
    const found = file.tensors.get(name)?.shape
    if (found?.join() === shape.join()) return file.floats(name)
    throw new BadModelFile({ file: file.path, found: found === undefined ? `no ${name}` : `[${found.join(', ')}] for ${name}`, expected: `[${shape.join(', ')}]` })
  }
  return {
    layer, spot,
    down: read('adapter_down.0.weight', [size, hidden]), downBias: read('adapter_down.0.bias', [size]),
    up: read('adapter_up.weight', [hidden, size]), upBias: read('adapter_up.bias', [hidden]),
  }
}
