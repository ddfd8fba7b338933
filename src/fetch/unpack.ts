import { createHash } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { stamp, type Fetching } from './cache.js'
import { checkSpace, diskErrors } from './download.js'
import { BadArchive, ChecksumMismatch } from './errors.js'
import { meter } from './progress.js'
import { syncFolder } from './replace-file.js'

/** A file inside an archive and where to put it. Only `to` names a place on disk; what the archive says about paths is never used. */
export type Member = {
  readonly name: string
  readonly bytes: number
  readonly sha256: string
  readonly to: string
}

/** Wheels hold a few thousand files; more means that something is wrong. */
const mostEntries = 100_000

const entriesOf = async (archive: string, zip: ZipFile, members: readonly Member[]): Promise<ReadonlyMap<string, Entry>> => {
  const wanted = new Set(members.map(({ name }) => name))
  const found = new Map<string, Entry>()
  if (zip.entryCount > mostEntries) throw new BadArchive(archive, `holds ${zip.entryCount} files`)
  for await (const entry of zip.eachEntry()) {
    const { fileName } = entry
    if (!wanted.has(fileName)) continue
    if (found.has(fileName)) throw new BadArchive(archive, `holds ${fileName} twice`)
    found.set(fileName, entry)
  }
  return found
}

/** An error of this room or of the system, and not one of the archive reader or of zlib. */
const isOurs = (error: unknown): boolean => error instanceof BadArchive || (error instanceof Error && 'syscall' in error)

/** The archive reader's complaints under our own name; what the system says stays as it is. */
const readable = async <T>(archive: string, reading: Promise<T>): Promise<T> => {
  try {
    return await reading
  } catch (error) {
    if (isOurs(error)) throw error
    throw new BadArchive(archive, `is damaged (${error instanceof Error ? error.message : String(error)})`)
  }
}

const unpackOne = async (archive: string, zip: ZipFile, entry: Entry, member: Member, { report, signal }: Fetching): Promise<void> => {
  const { name, bytes, sha256, to } = member
  if (entry.uncompressedSize !== bytes) throw new BadArchive(archive, `holds ${name} in ${entry.uncompressedSize} bytes, expected ${bytes}`)
  const half = `${to}.half`
  const hash = createHash('sha256')
  const progress = meter('unpack', name, 0, bytes, report)
  let done = 0
  try {
    const handle = await open(half, 'w')
    const stream = await readable(archive, zip.openReadStreamPromise(entry))
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        signal.throwIfAborted()
        done += chunk.length
        if (done > bytes) throw new BadArchive(archive, `${name} unpacks to more than ${bytes} bytes`)
        hash.update(chunk)
        await handle.writeFile(chunk)
        progress.add(chunk.length)
      }
      await handle.sync()
    } catch (error) {
      signal.throwIfAborted()
      throw isOurs(error) ? diskErrors(error, half, bytes - done) : new BadArchive(archive, `${name} is damaged`)
    } finally {
      stream.destroy()
      await handle.close()
    }
    const found = hash.digest('hex')
    if (found !== sha256) throw new ChecksumMismatch(name, sha256, found)
    await rename(half, to)
  } catch (error) {
    await rm(half, { force: true }) // unpacking takes seconds, so it begins anew; a full disk gets its room back
    throw error
  }
  progress.finish()
  await stamp(to, sha256)
}

/**
 * Unpacks the named members, each checked by size and SHA-256 before it gets its name. Throws BadArchive, ChecksumMismatch,
 * DiskFull, or the signal's reason.
 */
export const unpack = async (archive: string, members: readonly Member[], fetching: Fetching): Promise<void> => {
  const folders = [...new Set(members.map(({ to }) => dirname(to)))]
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })))
  const [folder] = folders
  if (folder !== undefined) await checkSpace(folder, members.reduce((sum, { bytes }) => sum + bytes, 0))
  const zip = await readable(archive, openPromise(archive, { autoClose: false, strictFileNames: true }))
  try {
    const entries = await readable(archive, entriesOf(archive, zip, members))
    for (const member of members) {
      const entry = entries.get(member.name)
      if (entry === undefined) throw new BadArchive(archive, `does not hold ${member.name}`)
      await unpackOne(archive, zip, entry, member, fetching)
    }
  } finally {
    zip.close()
  }
  await Promise.all(folders.map(syncFolder))
}
