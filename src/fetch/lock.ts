import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isMissing, type Fetching } from './cache.js'

const pollMs = 250
/** The owner touches its lock this often; one that lay still four times as long belongs to a process that is gone. */
const heartbeatMs = 5000
const staleMs = 4 * heartbeatMs

type Owner = { readonly processId: number; readonly host: string }

const ownerFrom = (text: string): Owner | undefined => {
  const [processId, host] = text.trim().split(' ')
  return processId === undefined || host === undefined || !/^\d+$/.test(processId) ? undefined : { processId: Number(processId), host }
}

const isAlive = (processId: number): boolean => {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const tryCreate = async (path: string): Promise<boolean> => {
  try {
    const handle = await open(path, 'wx')
    try {
      await handle.writeFile(`${process.pid} ${hostname()}`)
    } finally {
      await handle.close()
    }
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

type Held = { readonly owner: Owner | undefined; readonly isStale: boolean; readonly inode: number }

/** Who holds the lock and whether they are gone; undefined when it was released meanwhile. */
const look = async (path: string): Promise<Held | undefined> => {
  try {
    const [text, { mtimeMs, ino }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    const owner = ownerFrom(text)
    const isGone = owner?.host === hostname() && owner.processId !== process.pid && !isAlive(owner.processId)
    return { owner, isStale: isGone || Date.now() - mtimeMs > staleMs, inode: ino }
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** Takes a dead owner's lock away by renaming, which only one of several waiting processes can do. */
const clear = async (path: string, inode: number): Promise<void> => {
  const aside = `${path}.${process.pid}.stale`
  try {
    if ((await stat(path)).ino !== inode) return
    await rename(path, aside)
    await rm(aside, { force: true })
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

const acquire = async (path: string, what: string, { report, signal }: Fetching): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  let told = false
  while (!await tryCreate(path)) {
    signal.throwIfAborted()
    const held = await look(path)
    if (held?.isStale === true) {
      await clear(path, held.inode)
      continue
    }
    if (held !== undefined && !told) report({ step: 'wait', what, processId: held.owner?.processId })
    told = true
    await pause(pollMs, undefined, { signal })
  }
}

/**
 * Does `work` while no other process does the same; waits for one that already is. A lock saves work and is no safety: every file
 * fetched under it is checked before it gets its name. The lock of a killed process is taken over.
 */
export const underLock = async <T>(path: string, what: string, fetching: Fetching, work: () => Promise<T>): Promise<T> => {
  await acquire(path, what, fetching)
  const heartbeat = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => undefined) // the lock was cleared by hand; work goes on
  }, heartbeatMs)
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    await rm(path, { force: true })
  }
}
