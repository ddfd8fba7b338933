import type { Architecture } from './architecture.js'
import { llama } from './architectures/llama.js'
import { qwen2 } from './architectures/qwen2.js'
import { qwen3 } from './architectures/qwen3.js'
import { UnsupportedModel } from './errors.js'

/** Every architecture that can be trained and served. */
export const architectures: { readonly [N in Architecture['name']]: Architecture } = { llama, qwen2, qwen3 }

const all: readonly Architecture[] = Object.values(architectures)
const advice = 'Take a model of one of these families.'

/** By its name in a GGUF file. Throws UnsupportedModel. */
export const architectureNamed = (file: string, name: string): Architecture => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new UnsupportedModel(file, 'architecture', name, all.map((one) => `${one.name} (${one.models})`), advice)
  return found
}

/** By `model_type` in a config.json. Throws UnsupportedModel. */
export const architectureOfType = (file: string, type: unknown): Architecture => {
  const found = all.find(({ modelTypes }) => modelTypes.some((one) => one === type))
  if (found !== undefined) return found
  throw new UnsupportedModel(file, 'model_type', JSON.stringify(type), all.flatMap(({ modelTypes }) => modelTypes), advice)
}
