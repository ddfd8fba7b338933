import { join } from 'node:path'
import { ensureEncoder } from '../fetch/ensure-encoder.js'
import type { Report } from '../fetch/progress.js'
import { bertGguf } from '../model/bert-gguf.js'
import { BadModelFile } from '../model/errors.js'
import { readHead } from '../understand/head.js'
import type { LlamaCppOptions } from '../understand/llama-cpp.js'

/** What was trained before, or null where an older attune wrote it or it is damaged: then it is trained again. */
export const unlessDamaged = async <T>(reading: Promise<T>): Promise<T | null> => {
  try {
    return await reading
  } catch (error) {
    if (error instanceof BadModelFile) return null
    throw error
  }
}

export const headFile = (folder: string): string => join(folder, 'encoder-head.json')

/** The head beside a trained adapter with the encoder it belongs to, or null where there is none. */
export const findHead = async (folder: string, report: Report): Promise<LlamaCppOptions['head']> => {
  const head = await readHead(headFile(folder))
  if (head === null || head.lambda === 0) return null
  return { encoderPath: await bertGguf(await ensureEncoder({ report })), head }
}
