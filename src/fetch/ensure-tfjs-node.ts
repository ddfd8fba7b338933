import { createRequire } from 'node:module'
import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isMissing, sizeOf, withDefaults, type FetchOptions } from './cache.js'
import { DownloadFailed, ProgramFailed } from './errors.js'
import { underLock } from './lock.js'
import { runProgram } from './run-program.js'

const name = '@tensorflow/tfjs-node-gpu'
const version = '4.22.0'

const installed = (): string | undefined => {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))
  } catch {
    return undefined
  }
}

/**
 * The folder of @tensorflow/tfjs-node-gpu, whose JavaScript kernels attune runs over its own binding. It is an optional dependency
 * with an install script that downloads; where that fails npm drops the package, and its JavaScript alone is installed into the cache.
 */
export const ensureTfjsNode = async (options: FetchOptions = {}): Promise<{ readonly folder: string }> => {
  const found = installed()
  if (found !== undefined) return { folder: found }
  const fetching = withDefaults(options)
  const prefix = join(fetching.cache, 'npm', `tfjs-node-gpu-${version}`)
  const folder = join(prefix, 'node_modules', ...name.split('/'))
  if (await sizeOf(join(folder, 'package.json')) !== undefined) return { folder }
  return underLock(`${prefix}.lock`, name, fetching, async () => {
    if (await sizeOf(join(folder, 'package.json')) !== undefined) return { folder }
    fetching.report({ step: 'install', what: `${name} ${version}` })
    const half = `${prefix}.half`
    await rm(half, { recursive: true, force: true })
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--save-exact', '--prefix', half, `${name}@${version}`]
    try {
      const { code, err } = await runProgram(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, fetching)
      if (code !== 0) throw new DownloadFailed(`${name} ${version}`, `npm said: ${err.trim().split('\n')[0] ?? ''}`, true)
    } catch (error) {
      if (isMissing(error)) throw new ProgramFailed('npm', 'it is not installed', 'Install Node.js with npm.')
      throw error
    }
    await rename(half, prefix)
    return { folder }
  })
}
