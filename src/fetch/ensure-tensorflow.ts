import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { withDefaults, type FetchOptions } from './cache.js'
import { ensureMembers } from './ensure-wheel.js'
import { PlatformUnsupported } from './errors.js'
import { tensorFlow } from './pins.js'

export type TensorFlowFiles = {
  readonly folder: string
  /** Names in the folder, in the order in which they must be loaded. */
  readonly libraries: readonly string[]
}

const adviceWithout = 'Training then uses the much slower WebAssembly backend; ATTUNE_TENSORFLOW may name a folder with a TensorFlow of your own.'

/** `linux-x64`, and `linux-x64-musl` where the C library is not glibc, for which no wheel is made. */
const platformName = (): string => {
  const name = `${process.platform}-${process.arch}`
  if (process.platform !== 'linux') return name
  const report = process.report.getReport() as { readonly header?: { readonly glibcVersionRuntime?: string } }
  return report.header?.glibcVersionRuntime === undefined ? `${name}-musl` : name
}

const libraryNames = (): readonly string[] =>
  process.platform === 'darwin'
    ? ['libtensorflow_framework.2.dylib', 'libtensorflow_cc.2.dylib']
    : ['libtensorflow_framework.so.2', 'libtensorflow_cc.so.2']

/**
 * TensorFlow's C library, fetched where needed: 274 MB on the way, 853 MB on disk. ATTUNE_TENSORFLOW names a folder that holds it
 * already. Throws PlatformUnsupported where there is none, else what fetching throws.
 */
export const ensureTensorFlow = async (options: FetchOptions = {}): Promise<TensorFlowFiles> => {
  const fetching = withDefaults(options)
  const own = fetching.env['ATTUNE_TENSORFLOW']
  const libraries = libraryNames()
  if (own) {
    // One after the other, so that of two missing libraries the same one is always named.
    for (const library of libraries) await access(join(own, library))
    return { folder: own, libraries }
  }
  const platform = platformName()
  const wheel = tensorFlow.get(platform)
  if (wheel === undefined) throw new PlatformUnsupported('TensorFlow library', platform, [...tensorFlow.keys()], adviceWithout)
  const folder = join(fetching.cache, 'tensorflow', `${wheel.version}-${platform}`)
  await ensureMembers(wheel, folder, fetching)
  return { folder, libraries }
}
