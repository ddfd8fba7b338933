import { ensureModel } from '../../src/fetch/ensure-model.js'
import { DownloadFailed, ProgramFailed } from '../../src/fetch/errors.js'
import { readGguf, type Gguf } from '../../src/model/gguf.js'

export type SmolLm2 = { readonly gguf: Gguf } | { readonly missing: string }

/** The base model of the sample, fetched on the first run; where it cannot be had, the reason for skipping what needs it. */
export const openSmolLm2 = async (): Promise<SmolLm2> => {
  try {
    return { gguf: await readGguf((await ensureModel('smollm2-135m-instruct')).path) }
  } catch (error) {
    if (error instanceof DownloadFailed || error instanceof ProgramFailed) return { missing: error.message }
    throw error
  }
}
