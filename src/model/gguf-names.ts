import { architectures } from './architectures.js'
import type { LlamaConfig } from './llama-config.js'
import type { RowOrder } from './row-order.js'

const parts: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q', 'self_attn.k_proj': 'attn_k', 'self_attn.v_proj': 'attn_v', 'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm', 'self_attn.k_norm': 'attn_k_norm',
  'mlp.gate_proj': 'ffn_gate', 'mlp.up_proj': 'ffn_up', 'mlp.down_proj': 'ffn_down',
  input_layernorm: 'attn_norm', post_attention_layernorm: 'ffn_norm',
}
const wholes: Readonly<Record<string, string>> = { embed_tokens: 'token_embd', norm: 'output_norm', lm_head: 'output' }

/** Swaps keys and values. */
const inverse = (names: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(names).map(([key, value]) => [value, key]))
const [partsBack, wholesBack] = [inverse(parts), inverse(wholes)]

/** `layers.3.self_attn.q_proj` is `blk.3.attn_q` in a GGUF file. Undefined for modules that llama.cpp's Llama does not have. */
export const ggufNameOf = (module: string): string | undefined => {
  const [, layer, rest = ''] = /^layers\.(\d+)\.(.+)$/.exec(module) ?? []
  if (layer === undefined) return wholes[module]
  return parts[rest] === undefined ? undefined : `blk.${layer}.${parts[rest]}`
}

/** The way back. */
export const moduleNameOf = (gguf: string): string | undefined => {
  const [, layer, part = ''] = /^blk\.(\d+)\.(\w+)$/.exec(gguf) ?? []
  if (layer === undefined) return wholesBack[gguf]
  return partsBack[part] === undefined ? undefined : `layers.${layer}.${partsBack[part]}`
}

/** `layers.3.self_attn.q_proj.bias` is `blk.3.attn_q.bias`. */
export const ggufWeightName = (weight: string): string | undefined => {
  const [, module = '', ending = ''] = /^(.+)(\.weight|\.bias)$/.exec(weight) ?? []
  const name = ggufNameOf(module)
  return name === undefined ? undefined : `${name}${ending}`
}

export type Heads = Pick<LlamaConfig, 'heads' | 'keyValueHeads'>

/** How a module's rows are ordered in GGUF where that differs from Transformers, else undefined. */
export const rowOrderOf = (module: string, architecture: string, { heads, keyValueHeads }: Heads, columns: number): RowOrder | undefined => {
  if (!Object.values(architectures).some(({ name, permutesRows }) => name === architecture && permutesRows)) return undefined
  if (module.endsWith('.q_proj')) return { heads, columns }
  return module.endsWith('.k_proj') ? { heads: keyValueHeads, columns } : undefined
}
