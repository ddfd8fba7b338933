import { getLlama, LlamaLogLevel, type Llama } from 'node-llama-cpp'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ensureEncoder } from '../../src/fetch/ensure-encoder.js'
import { bertGguf } from '../../src/model/bert-gguf.js'
import { openEncoder, type Encoder } from '../../src/understand/encoder.js'

type Line = { readonly text: string; readonly embedding: readonly number[] }
const lines = JSON.parse(readFileSync(new URL('../fixtures/minilm-reference.json', import.meta.url), 'utf8')) as readonly Line[]

let llama: Llama
let encoder: Encoder
beforeAll(async () => {
  llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: LlamaLogLevel.error })
  encoder = await openEncoder(llama, await bertGguf(await ensureEncoder()), 1)
}, 600_000)
afterAll(() => llama.dispose())

it.each(lines)('embeds %j as Transformers does', async ({ text, embedding }) => {
  const found = await encoder.embed(text)
  expect(embedding.reduce((sum, value, index) => sum + value * (found[index] ?? 0), 0)).toBeGreaterThan(0.9999)
})

it('reads a message beyond its limit in part', async () => {
  const found = await encoder.embed('a very long story '.repeat(200))
  expect(Math.hypot(...found)).toBeCloseTo(1, 5)
})
