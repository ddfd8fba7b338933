import type { LlamaConfig } from './llama-config.js'

/** The weights of a block, by name, in the order in which it uses them. */
export const layerShapes = (config: LlamaConfig): Readonly<Record<string, readonly number[]>> => {
  const { hidden, heads, keyValueHeads, headSize, feedForward } = config
  const [queries, keys] = [heads * headSize, keyValueHeads * headSize]
  const biases = { 'self_attn.q_proj.bias': [queries], 'self_attn.k_proj.bias': [keys], 'self_attn.v_proj.bias': [keys] }
  const norms = { 'self_attn.q_norm.weight': [headSize], 'self_attn.k_norm.weight': [headSize] }
  return {
    'input_layernorm.weight': [hidden],
    'self_attn.q_proj.weight': [queries, hidden],
    'self_attn.k_proj.weight': [keys, hidden],
    'self_attn.v_proj.weight': [keys, hidden],
    ...(config.queryKeyValueBias ? biases : {}),
    ...(config.queryKeyNorm ? norms : {}),
    'self_attn.o_proj.weight': [hidden, queries],
    'post_attention_layernorm.weight': [hidden],
    'mlp.gate_proj.weight': [feedForward, hidden],
    'mlp.up_proj.weight': [feedForward, hidden],
    'mlp.down_proj.weight': [hidden, feedForward],
  }
}

/** Every weight of a model with its shape, in the order in which the model uses them. */
export const weightShapes = (config: LlamaConfig): ReadonlyMap<string, readonly number[]> => new Map([
  ['embed_tokens.weight', [config.vocabulary, config.hidden]],
  ...Array.from({ length: config.layers }, (_, layer) =>
    Object.entries(layerShapes(config)).map(([part, shape]) => [`layers.${layer}.${part}`, shape] as const)).flat(),
  ['norm.weight', [config.hidden]],
  ...(config.tiedEmbeddings ? [] : [['lm_head.weight', [config.vocabulary, config.hidden]] as const]),
])
