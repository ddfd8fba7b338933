/** A family of models as llama.cpp names it: what its blocks have beside what all have, and how its files differ. */
export type Architecture = {
  /** `general.architecture` in a GGUF file. */
  readonly name: 'llama' | 'qwen2' | 'qwen3'
  /** Models that are built like that, for people. */
  readonly models: string
  /** `model_type` in config.json; the first is what attune writes, and that class of Transformers. */
  readonly modelTypes: readonly [string, ...string[]]
  readonly modelClass: string
  /** A number is added to each query, key and value. */
  readonly queryKeyValueBias: boolean
  /** Each query and each key goes through an RMSNorm of its own before it is rotated. */
  readonly queryKeyNorm: boolean
  /** GGUF keeps query and key rows in the order of row-order.ts. */
  readonly permutesRows: boolean
  /** Further settings of a config.json that change what the layers compute, with the values under which attune computes the same. */
  readonly settings: Readonly<Record<string, readonly unknown[]>>
}
