/**
 * GGUF files of the architecture `llama` (Llama, Mistral, SmolLM2) keep the rows of the query and key projections in another
 * order than Transformers, because ggml rotates neighbouring numbers and Transformers rotates the two halves of a head.
 * Within each head of size D, row j * D/2 + i (Transformers) is row 2 i + j (GGUF). attune holds Transformers order in memory.
 */
export type RowOrder = {
  readonly heads: number
  /** Numbers per row: the input size of a weight, the rank of a LoRA B; bytes per row where they are moved as bytes. */
  readonly columns: number
}

/** Source: `LlamaModel.permute` of llama.cpp's convert_hf_to_gguf.py, as one row map in either direction. */
const moved = <Rows extends Float32Array | Uint8Array>(rows: Rows, { heads, columns }: RowOrder, toGguf: boolean): Rows => {
  const size = rows.length / columns / heads
  const half = size / 2
  const result = rows.slice() as Rows
  for (let head = 0; head < heads; head += 1) {
    for (let row = 0; row < size; row += 1) {
      const transformers = head * size + row
      const gguf = head * size + 2 * (row % half) + Math.floor(row / half)
      const [from, to] = toGguf ? [transformers, gguf] : [gguf, transformers]
      result.set(rows.subarray(from * columns, (from + 1) * columns), to * columns)
    }
  }
  return result
}

/** A query or key weight, [rows, columns], from a llama GGUF to Transformers order. Use the KV head count for keys. */
export const fromGgufRows = <Rows extends Float32Array | Uint8Array>(rows: Rows, order: RowOrder): Rows => moved(rows, order, false)

/** The way back, for writing a GGUF weight or the B of a GGUF LoRA. */
export const toGgufRows = (rows: Float32Array, order: RowOrder): Float32Array => moved(rows, order, true)
