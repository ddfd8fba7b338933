import { join } from 'node:path'
import type { AdapterOf } from '../linear.js'
import type { Precision } from '../matrix.js'
import { readSafetensors } from '../safetensors.js'
import { readEncoderConfig, type EncoderConfig } from './encoder-config.js'
import { createEncoder, type Encoder } from './encoder.js'
import { disposeEncoder, loadEncoder, type EncoderPart } from './encoder-weights.js'
import { readWordPieces, type WordPieces } from './word-piece.js'

/** A sentence encoder from a Transformers folder, its weights in memory. */
export type OpenEncoder = {
  readonly config: EncoderConfig
  readonly pieces: WordPieces
  /** The same weights with an adapter, or without one. */
  readonly with: (adapter?: AdapterOf<EncoderPart>) => Encoder
  readonly dispose: () => void
}

/** Throws BadModelFile, UnsupportedModel, or the system's error where a file is missing. */
export const openEncoderFolder = async (folder: string, precision: Precision): Promise<OpenEncoder> => {
  const config = await readEncoderConfig(join(folder, 'config.json'))
  const pieces = await readWordPieces(join(folder, 'tokenizer.json'))
  const file = await readSafetensors(join(folder, 'model.safetensors'))
  try {
    const weights = loadEncoder(config, file, precision)
    return { config, pieces, with: (adapter) => createEncoder(config, weights, precision, adapter), dispose: () => { disposeEncoder(weights) } }
  } finally {
    await file.close()
  }
}
