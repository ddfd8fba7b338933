import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from '../../fetch/cache.js'
import { replaceFile } from '../../fetch/replace-file.js'
import { architectures } from '../architectures.js'
import type { LlamaConfig } from '../llama-config.js'
import type { WeightSource } from '../llama-weights.js'
import { ropeScalingJson } from '../rope.js'
import { writeSafetensors } from '../safetensors.js'
import type { FloatType } from '../tensor-bytes.js'
import { weightShapes } from '../weight-shapes.js'

const torchTypes: { readonly [T in FloatType]: string } = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }

/** Settings that an architecture has only one value for. */
const fixedSettings = ({ architecture }: LlamaConfig): object =>
  Object.fromEntries(Object.entries(architectures[architecture].settings).map(([name, [value]]) => [name, value]))

const configJson = (config: LlamaConfig, type: FloatType): object => ({
  architectures: [architectures[config.architecture].modelClass],
  model_type: architectures[config.architecture].modelTypes[0],
  hidden_act: 'silu',
  hidden_size: config.hidden,
  intermediate_size: config.feedForward,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  num_key_value_heads: config.keyValueHeads,
  head_dim: config.headSize,
  vocab_size: config.vocabulary,
  max_position_embeddings: config.contextLength,
  rope_theta: config.ropeTheta,
  rope_scaling: ropeScalingJson(config.ropeScaling),
  rms_norm_eps: config.normEpsilon,
  tie_word_embeddings: config.tiedEmbeddings,
  ...fixedSettings(config),
  torch_dtype: torchTypes[type],
})

/** Files that a tokenizer may consist of; they are copied where the base has them. */
const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'chat_template.jinja', 'generation_config.json']

/** Writes weights as a folder that Transformers and vLLM open. The tokenizer comes from `tokenizerFolder` where there is one. */
export const writeModelFolder = async (folder: string, source: WeightSource, type: FloatType, tokenizerFolder: string | undefined): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await writeSafetensors(join(folder, 'model.safetensors'), [...weightShapes(source.config)].map(([weight, shape]) => ({
    name: weight === 'lm_head.weight' ? weight : `model.${weight}`,
    shape,
    type,
    numbers: () => source.floats(weight),
  })))
  const config = `${JSON.stringify(configJson(source.config, type), null, 2)}\n`
  await replaceFile(join(folder, 'config.json'), (handle) => handle.writeFile(config))
  for (const name of tokenizerFolder === undefined ? [] : tokenizerFiles) {
    await copyFile(join(tokenizerFolder ?? '', name), join(folder, name)).catch((error: unknown) => {
      if (!isMissing(error)) throw error
    })
  }
}
