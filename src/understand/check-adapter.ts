import { BadModelFile } from '../model/errors.js'
import { textOf } from '../model/gguf-metadata.js'
import type { Gguf } from '../model/gguf.js'

/** Throws BadModelFile where an adapter in GGUF format is none, or was made for another base model. */
export const checkAdapter = (adapter: Gguf, base: Gguf): void => {
  const bad = (found: string, expected: string): BadModelFile =>
    new BadModelFile({ file: adapter.path, found, expected, advice: `The base model is ${base.path}; train the adapter on it, or name the base it was trained on.` })
  const kind = adapter.metadata.get('general.type') ?? 'model'
  if (kind !== 'adapter') throw bad(`a GGUF file of type ${JSON.stringify(kind)}`, 'an adapter')
  const [made, needed] = [textOf(adapter, 'general.architecture'), textOf(base, 'general.architecture')]
  if (made !== needed) throw bad(`an adapter for ${made}`, `one for ${needed}`)
  if (adapter.tensors.size === 0) throw bad('no tensors', 'pairs of lora_a and lora_b')
  for (const { name, shape } of adapter.tensors.values()) {
    const [, weight = '', half] = /^(.*)\.lora_([ab])$/.exec(name) ?? []
    const target = base.tensors.get(weight)?.shape
    // A is [rank, in], B is [out, rank]; the weight they are added to is [out, in].
    const fits = target !== undefined && (half === 'a' ? shape[1] === target[1] : shape[0] === target[0])
    if (!fits) throw bad(`${name} of shape [${shape.join(', ')}]`, target === undefined ? 'the name of a weight of the base model' : `a half that fits [${target.join(', ')}]`)
    if (!adapter.tensors.has(`${weight}.lora_${half === 'a' ? 'b' : 'a'}`)) throw bad(`${name} alone`, 'its other half beside it')
  }
}
