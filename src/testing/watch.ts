import { watch } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'

const ignored = /(?:^|[\\/])(?:\.[^\\/]+|node_modules|dist)(?:[\\/]|$)/
const watched = /\.(?:ya?ml|ts|js|mjs)$/
/** Editors write a file in several goes. */
const settleMilliseconds = 100

/** Resolves once a file of the project has changed and things are quiet again, or when the signal fires. */
export const whenChanged = async (root: string, signal: AbortSignal): Promise<void> => {
  try {
    for await (const { filename } of watch(root, { recursive: true, signal })) {
      if (filename === null || ignored.test(filename) || !watched.test(filename)) continue
      await wait(settleMilliseconds, undefined, { signal })
      return
    }
  } catch (error) {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error
  }
}
