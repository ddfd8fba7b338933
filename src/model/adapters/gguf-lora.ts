import type { AdapterModule, AdapterWeights } from '../adapter.js'
import { BadModelFile } from '../errors.js'
import type { GgufEntry, GgufTensorToWrite } from '../gguf-writer.js'
import { writeGguf } from '../gguf-writer.js'
import { numberOf, textOf } from '../gguf-metadata.js'
import { readGguf } from '../gguf.js'
import { ggufNameOf, moduleNameOf, rowOrderOf, type Heads } from '../gguf-names.js'
import { fromGgufRows, toGgufRows } from '../row-order.js'
import { encodeFloats } from '../tensor-bytes.js'

/** What an adapter needs to know of its base to be written for llama.cpp. */
export type GgufBase = Heads & {
  /** `general.architecture` of the base; llama.cpp refuses an adapter of another one. */
  readonly architecture: string
  /** Names of base and adapter, for people. */
  readonly baseName?: string
  readonly name?: string
}

const weightOf = (module: string): string | undefined => {
  const name = ggufNameOf(module)
  return name?.startsWith('blk.') === true && !name.endsWith('_norm') ? `${name}.weight` : undefined
}

/** llama.cpp and vLLM have no DoRA: left out, the magnitudes would make another model of it. */
export class NeedsMerging extends Error {
  override readonly name = 'NeedsMerging'
  constructor(readonly kind: string, readonly path: string) {
    super(`${path}: llama.cpp cannot apply ${kind}. Serve the merged model instead: attune export --merged Q8_0.`)
  }
}

const tensorsOf = (module: AdapterModule, rank: number, base: GgufBase): readonly GgufTensorToWrite[] => {
  const weight = weightOf(module.module)
  if (weight === undefined) throw new RangeError(`llama.cpp has no adapter for ${module.module}; merge it into the base instead`)
  const order = rowOrderOf(module.module, base.architecture, base, rank)
  const b = order === undefined ? module.b : toGgufRows(module.b, order)
  return [
    { name: `${weight}.lora_a`, shape: [rank, module.inSize], type: 'F32', content: () => encodeFloats('F32', module.a) },
    { name: `${weight}.lora_b`, shape: [module.outSize, rank], type: 'F32', content: () => encodeFloats('F32', b) },
  ]
}

/** Writes an adapter for llama.cpp, which adds (alpha / rank) B A x. Format: llama.cpp, `llama_adapter_lora_init_impl`. Throws NeedsMerging for DoRA. */
export const writeGgufLora = async (path: string, adapter: AdapterWeights, base: GgufBase): Promise<void> => {
  if (adapter.modules.some(({ magnitude }) => magnitude !== undefined)) throw new NeedsMerging('a DoRA adapter', path)
  const entries: GgufEntry[] = [
    { key: 'general.architecture', type: 'string', value: base.architecture },
    { key: 'general.type', type: 'string', value: 'adapter' },
    { key: 'adapter.type', type: 'string', value: 'lora' },
    { key: 'adapter.lora.alpha', type: 'f32', value: adapter.alpha },
    ...(base.name === undefined ? [] : [{ key: 'general.name', type: 'string', value: base.name } as const]),
    ...(base.baseName === undefined ? [] : [
      { key: 'general.base_model.count', type: 'u32', value: 1 } as const,
      { key: 'general.base_model.0.name', type: 'string', value: base.baseName } as const,
    ]),
  ]
  await writeGguf(path, entries, adapter.modules.flatMap((module) => tensorsOf(module, adapter.rank, base)))
}

/** Reads an adapter that was written for llama.cpp, back in Transformers order. Throws BadModelFile. */
export const readGgufLora = async (path: string, base: GgufBase): Promise<AdapterWeights> => {
  const gguf = await readGguf(path)
  try {
    const architecture = textOf(gguf, 'general.architecture')
    const kind = textOf(gguf, 'general.type')
    if (kind !== 'adapter') throw new BadModelFile({ file: path, found: `a GGUF of type ${kind}`, expected: 'an adapter' })
    if (architecture !== base.architecture) {
      throw new BadModelFile({ file: path, found: `an adapter for ${architecture}`, expected: `one for ${base.architecture}, as the base model is` })
    }
    const ranks = new Set<number>()
    const found = [...gguf.tensors.values()].filter(({ name }) => name.endsWith('.lora_a')).map(({ name, shape: [rank = 0, inSize = 0] }): AdapterModule => {
      const weight = name.slice(0, -'.lora_a'.length)
      const module = moduleNameOf(weight.replace(/\.weight$/, ''))
      const [outSize = 0, sameRank] = gguf.tensors.get(`${weight}.lora_b`)?.shape ?? []
      if (module === undefined || sameRank !== rank) {
        throw new BadModelFile({ file: path, found: `${name} without a fitting ${weight}.lora_b`, expected: 'pairs [rank, in] and [out, rank] of known modules' })
      }
      ranks.add(rank)
      const order = rowOrderOf(module, base.architecture, base, rank)
      const b = gguf.floats(`${weight}.lora_b`)
      return { module, inSize, outSize, a: gguf.floats(name), b: order === undefined ? b : fromGgufRows(b, order) }
    })
    const [rank, ...others] = ranks
    if (rank === undefined || others.length > 0) throw new BadModelFile({ file: path, found: `ranks ${[...ranks].join(', ')}`, expected: 'one rank' })
    return { rank, alpha: numberOf(gguf, 'adapter.lora.alpha'), modules: found }
  } finally {
    await gguf.close()
  }
}
