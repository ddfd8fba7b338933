import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from '../../fetch/replace-file.js'
import type { AdapterWeights } from '../adapter.js'
import type { LlamaConfig } from '../llama-config.js'
import { writeGgufLora } from './gguf-lora.js'
import { modelCard, type CardFacts } from './model-card.js'
import { writePeft } from './peft.js'

export type AdapterFolder = {
  readonly adapter: AdapterWeights
  /** The base model that it was trained on. */
  readonly config: LlamaConfig
  /** As llama.cpp names it: `general.architecture` of the base. */
  readonly architecture: string
  readonly card: CardFacts
}

/** Writes all that is needed to use an adapter elsewhere: PEFT's two files, adapter.gguf for llama.cpp, README.md. */
export const writeAdapter = async (folder: string, { adapter, config, architecture, card }: AdapterFolder): Promise<void> => {
  await mkdir(folder, { recursive: true })
  await writePeft(folder, adapter, { baseModel: card.baseModel ?? card.baseName })
  await writeGgufLora(join(folder, 'adapter.gguf'), adapter, {
    architecture, heads: config.heads, keyValueHeads: config.keyValueHeads, name: card.name, baseName: card.baseName,
  })
  await replaceFile(join(folder, 'README.md'), (handle) => handle.writeFile(modelCard(card)))
}
