import { encodeNumbers, writeGguf, type GgufEntry, type GgufTensorToWrite, type WritableType } from '../gguf-writer.js'
import { ggufNameOf, rowOrderOf } from '../gguf-names.js'
import type { BaseModel } from '../open-model.js'
import type { WeightSource } from '../llama-weights.js'
import { toGgufRows } from '../row-order.js'
import { modulesOf } from './weight-names.js'

/** `general.file_type`, llama.cpp's `llama_ftype`. */
const fileTypes: { readonly [T in WritableType]: number } = { F32: 0, F16: 1, Q8_0: 7, BF16: 32 }

const tensorOf = (source: WeightSource, module: string, architecture: string, wanted: WritableType): GgufTensorToWrite => {
  const shape = source.shapeOf(`${module}.weight`) ?? []
  const name = ggufNameOf(module)
  if (name === undefined) throw new RangeError(`llama.cpp has no name for ${module}`)
  const columns = shape.at(-1) ?? 0
  // Vectors stay exact, as llama.cpp asks; rows that are no whole blocks cannot be quantised.
  const type = shape.length < 2 ? 'F32' : wanted === 'Q8_0' && columns % 32 !== 0 ? 'F16' : wanted
  const order = rowOrderOf(module, architecture, source.config, columns)
  const numbers = (): Float32Array => {
    const floats = source.floats(`${module}.weight`)
    return order === undefined ? floats : toGgufRows(floats, order)
  }
  return { name: `${name}.weight`, shape, type, content: () => encodeNumbers(type, numbers()) }
}

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
  await writeGguf(path, entries, modulesOf(source).map((module) => tensorOf(source, module, model.architecture, type)))
}
