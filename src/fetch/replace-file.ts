import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a rename in `folder` survive a power cut. Windows has no such call and needs none. */
export const syncFolder = async (folder: string): Promise<void> => {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Writes a file so that a reader finds the old content or the new, never a half of it: the bytes go to a file beside it,
 * reach the disk, and take the name last. What went wrong while writing is thrown on, and the half is removed.
 */
export const replaceFile = async (path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> => {
  const folder = dirname(path)
  const half = `${path}.${process.pid}.half`
  await mkdir(folder, { recursive: true })
  try {
    const handle = await open(half, 'w')
    try {
      await write(handle)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(half, path)
  } catch (error) {
    await rm(half, { force: true })
    throw error
  }
  await syncFolder(folder)
}
