import { closeSync, openSync } from 'node:fs'
import koffi from 'koffi'

/**
 * Keeps TensorFlow from writing its notices (oneDNN, CPU features) to stderr; errors still come. To be called before any of its libraries
 * is loaded, ours or that of tfjs-node-gpu. Assigning to `process.env` of the main thread reaches `getenv` of native code.
 * Somebody who wants to read them sets the variable to 0.
 */
export const silenceNotices = (env: NodeJS.ProcessEnv): void => {
  env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'
}

/**
 * The same for a notice of oneDNN that TensorFlow writes while its library is being loaded, before it looks at any variable: what native code writes
 * to stderr meanwhile goes nowhere. A library that cannot be loaded makes `load` throw, and so is still told.
 */
export const loadedInSilence = <T>(load: () => T, env: NodeJS.ProcessEnv): T => {
  if (process.platform !== 'linux' || env['TF_CPP_MIN_LOG_LEVEL'] === '0') return load()
  const libc = koffi.load('libc.so.6')
  const [dup, dup2] = [libc.func('int dup(int fd)') as (fd: number) => number, libc.func('int dup2(int from, int to)') as (from: number, to: number) => number]
  const [kept, nowhere] = [dup(stderr), openSync('/dev/null', 'w')]
  if (kept === -1) return load()
  try {
    dup2(nowhere, stderr)
    return load()
  } finally {
    dup2(kept, stderr)
    closeSync(kept)
    closeSync(nowhere)
  }
}

const stderr = 2
