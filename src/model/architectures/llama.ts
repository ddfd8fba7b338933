import type { Architecture } from '../architecture.js'

/** Touvron et al. 2023, arXiv 2302.13971; Mistral (arXiv 2310.06825) within its window is the same. */
export const llama: Architecture = {
  name: 'llama',
  models: 'Llama 2 and 3, SmolLM2, Mistral',
  modelTypes: ['llama', 'mistral'],
  modelClass: 'LlamaForCausalLM',
  queryKeyValueBias: false,
  queryKeyNorm: false,
  permutesRows: true,
  settings: { attention_bias: [false], mlp_bias: [false] },
}
