import type { Adapted } from './llama.js'
import type { LlamaConfig } from './llama-config.js'
import type { LoraPlaces } from './lora.js'

export const loraTargets = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const
export type LoraTarget = (typeof loraTargets)[number]

/** Where each module stands in the weights of a Llama block. */
export const llamaPlaces = ({ layers, hidden, heads, keyValueHeads, headSize, feedForward }: LlamaConfig): LoraPlaces<Adapted> => {
  const [queries, keys] = [heads * headSize, keyValueHeads * headSize]
  return {
    layers,
    path: 'layers',
    parts: {
      queryKeyValue: {
        inSize: hidden,
        modules: [
          { module: 'self_attn.q_proj', start: 0, size: queries },
          { module: 'self_attn.k_proj', start: queries, size: keys },
          { module: 'self_attn.v_proj', start: queries + keys, size: keys },
        ],
      },
      attentionOut: { inSize: queries, modules: [{ module: 'self_attn.o_proj', start: 0, size: hidden }] },
      gateUp: {
        inSize: hidden,
        modules: [{ module: 'mlp.gate_proj', start: 0, size: feedForward }, { module: 'mlp.up_proj', start: feedForward, size: feedForward }],
      },
      down: { inSize: feedForward, modules: [{ module: 'mlp.down_proj', start: 0, size: hidden }] },
    },
  }
}
