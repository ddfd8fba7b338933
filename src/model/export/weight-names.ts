import type { WeightSource } from '../llama-weights.js'

const layerParts: readonly string[] = [
  'input_layernorm', 'self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj', 'self_attn.o_proj',
  'post_attention_layernorm', 'mlp.gate_proj', 'mlp.up_proj', 'mlp.down_proj',
]

/** Modules that hold a weight, in the order in which the model uses them. */
export const modulesOf = ({ config }: WeightSource): readonly string[] => [
  'embed_tokens',
  ...Array.from({ length: config.layers }, (_, layer) => layerParts.map((part) => `layers.${layer}.${part}`)).flat(),
  'norm',
  ...(config.tiedEmbeddings ? [] : ['lm_head']),
]
