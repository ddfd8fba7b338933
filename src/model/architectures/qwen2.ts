import type { Architecture } from '../architecture.js'

/** Yang et al. 2024, arXiv 2407.10671, and Qwen 2.5, arXiv 2412.15115. */
export const qwen2: Architecture = {
  name: 'qwen2',
  models: 'Qwen 2 and 2.5',
  modelTypes: ['qwen2'],
  modelClass: 'Qwen2ForCausalLM',
  queryKeyValueBias: true,
  queryKeyNorm: false,
  permutesRows: false,
  settings: {},
}
