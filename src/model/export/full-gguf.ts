import { encodeNumbers, writeGguf, type GgufEntry, type GgufTensorToWrite, type WritableType } from '../gguf-writer.js'
import { ggufWeightName, rowOrderOf } from '../gguf-names.js'
import type { BaseModel } from '../open-model.js'
import type { WeightSource } from '../llama-weights.js'
import { ropeDivisors } from '../rope.js'
import { toGgufRows } from '../row-order.js'
import { weightShapes } from '../weight-shapes.js'

/** `general.file_type`, llama.cpp's `llama_ftype`. */
const fileTypes: { readonly [T in WritableType]: number } = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 }

const tensorOf = (source: WeightSource, weight: string, wanted: WritableType): GgufTensorToWrite => {
  const shape = source.shapeOf(weight) ?? []
  const name = ggufWeightName(weight)
  if (name === undefined) throw new RangeError(`llama.cpp has no name for ${weight}`)
  const columns = shape.at(-1) ?? 0
  // Vectors stay exact, as llama.cpp asks; rows that are no whole blocks cannot be quantised.
  const type = shape.length < 2 ? 'F32' : wanted === 'Q8_0' && columns % 32 !== 0 ? 'F16' : wanted
  const order = rowOrderOf(weight.replace(/\.weight$/, ''), source.config.architecture, source.config, columns)
  const numbers = (): Float32Array => {
    const floats = source.floats(weight)
    return order === undefined ? floats : toGgufRows(floats, order)
  }
  return { name, shape, type, content: () => encodeNumbers(type, numbers()) }
}

/** The stretching of Llama 3, which llama.cpp keeps among the weights. */
const ropeTensors = ({ config }: WeightSource): readonly GgufTensorToWrite[] =>
  config.ropeScaling?.kind !== 'llama3' ? [] : [{
    name: 'rope_freqs.weight', shape: [config.headSize / 2], type: 'F32', content: () => encodeNumbers('F32', Float32Array.from(ropeDivisors(config))),
  }]

/**
 * Writes weights, for instance merged ones, as a GGUF file of their own with sizes and tokenizer of `model`. Merging into four bits
 * would lose most of an adapter, so the smallest type is Q8_0.
 */
export const writeModelGguf = async (path: string, model: BaseModel, source: WeightSource, type: WritableType, name: string): Promise<void> => {
  const entries: GgufEntry[] = [
    ...model.ggufEntries(),
    { key: 'general.name', type: 'string', value: name },
    { key: 'general.file_type', type: 'u32', value: fileTypes[type] },
    ...(type === 'Q8_0' ? [{ key: 'general.quantization_version', type: 'u32', value: 2 } as const] : []),
  ]
  const weights = [...weightShapes(source.config).keys()].map((weight) => tensorOf(source, weight, type))
  await writeGguf(path, entries, [...ropeTensors(source), ...weights])
}
