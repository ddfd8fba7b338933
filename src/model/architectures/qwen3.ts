import type { Architecture } from '../architecture.js'

/** Yang et al. 2025, arXiv 2505.09388. */
export const qwen3: Architecture = {
  name: 'qwen3',
  models: 'Qwen 3',
  modelTypes: ['qwen3'],
  modelClass: 'Qwen3ForCausalLM',
  queryKeyValueBias: false,
  queryKeyNorm: true,
  permutesRows: false,
  settings: { attention_bias: [false] },
}
