/** The low-rank pair of one projection, in the layout PEFT keeps: y = W x + (alpha / rank) B A x. */
export type AdapterModule = {
  /** Path inside the base model as Transformers names it, without the leading `model.`: `layers.3.self_attn.q_proj`. */
  readonly module: string
  readonly inSize: number
  readonly outSize: number
  /** A, [rank, inSize], row-major. */
  readonly a: Float32Array
  /** B, [outSize, rank], row-major. Rows of q_proj and k_proj are in Transformers order, never in GGUF's permuted one. */
  readonly b: Float32Array
  /** DoRA's length of each row, [outSize]: y = (magnitude / |row of W + (alpha / rank) B A|) (W + (alpha / rank) B A) x. */
  readonly magnitude?: Float32Array
}

/** A LoRA adapter as plain numbers: what training yields, and what the PEFT and GGUF writers take. */
export type AdapterWeights = {
  readonly rank: number
  readonly alpha: number
  readonly modules: readonly AdapterModule[]
}
