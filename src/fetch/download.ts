import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, statfs, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sizeOf, stamp, type Fetching } from './cache.js'
import { ChecksumMismatch, DiskFull, DownloadFailed } from './errors.js'
import { meter } from './progress.js'
import { syncFolder } from './replace-file.js'

export type Download = {
  /** A name for people. */
  readonly what: string
  /** http, https, or file for a copy on this machine. */
  readonly url: string
  readonly to: string
  /** The content that is expected, in hexadecimal; undefined only where the source gives none. */
  readonly sha256: string | undefined
  readonly bytes?: number
  readonly headers?: Readonly<Record<string, string>>
}

export type Patience = {
  /** Tries without a single new byte before giving up. */
  readonly tries: number
  /** The pause before the second try; doubled each time, at most 30 seconds. */
  readonly pauseMs: number
  /** A connection that sends nothing for so long is dropped. */
  readonly silenceMs: number
}

const patience: Patience = { tries: 6, pauseMs: 1000, silenceMs: 60_000 }

const codeOf = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  return codeOf(error.cause)
}

/** A full disk by its own name; every other error as it is. */
export const diskErrors = (error: unknown, path: string, neededBytes: number | undefined): unknown => {
  const code = codeOf(error)
  return code === 'ENOSPC' || code === 'EDQUOT' ? new DiskFull(path, neededBytes) : error
}

/** Refuses before the first byte when the disk has too little room; says nothing where the system does not tell. */
export const checkSpace = async (folder: string, neededBytes: number): Promise<void> => {
  const space = await statfs(folder).catch(() => undefined)
  if (space !== undefined && space.bavail * space.bsize < neededBytes) throw new DiskFull(folder, neededBytes)
}

type Body = { readonly start: number; readonly total: number | undefined; readonly chunks: AsyncIterable<Uint8Array> }

const fileBody = async (url: string, have: number): Promise<Body> => {
  const path = fileURLToPath(url)
  const size = await sizeOf(path)
  if (size === undefined) throw new DownloadFailed(path, 'there is no such file', false)
  const start = have <= size ? have : 0
  return { start, total: size, chunks: createReadStream(path, { start, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer> }
}

const lengthOf = (response: Response): number | undefined => {
  const length = response.headers.get('content-length')
  return length === null ? undefined : Number(length)
}

const isBusy = (status: number): boolean => status >= 500 || status === 429 || status === 408

async function* nothing(): AsyncIterable<Uint8Array> {
  // no bytes are missing
}

/** Opens the rest of the file. A server that ignores Range sends all of it from byte 0, and so does one that has another rest. */
const httpBody = async ({ what, url, headers }: Download, have: number, signal: AbortSignal): Promise<Body> => {
  const ask = async (from: number): Promise<Response> => fetch(url, {
    signal, headers: { ...headers, 'accept-encoding': 'identity', ...(from > 0 ? { range: `bytes=${from}-` } : {}) },
  })
  let response = await ask(have)
  const [, first, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '') ?? []
  const isRest = response.status === 206 && Number(first) === have
  if (response.status === 416 && response.headers.get('content-range') === `bytes */${have}`) {
    await response.body?.cancel()
    return { start: have, total: have, chunks: nothing() } // all was there; the last try ended before the check
  }
  if (response.status === 416 || (response.status === 206 && !isRest)) {
    await response.body?.cancel()
    response = await ask(0)
  }
  if (response.status !== 200 && !isRest) {
    await response.body?.cancel()
    throw new DownloadFailed(what, `the server answered ${response.status} ${response.statusText}`.trim(), isBusy(response.status))
  }
  if (response.body === null) throw new DownloadFailed(what, 'the server sent nothing', true)
  const chunks = response.body as unknown as AsyncIterable<Uint8Array>
  return isRest ? { start: have, total: total === '*' ? undefined : Number(total), chunks } : { start: 0, total: lengthOf(response), chunks }
}

const hashOfStart = async (path: string, bytes: number): Promise<Hash> => {
  const hash = createHash('sha256')
  if (bytes > 0) for await (const chunk of createReadStream(path, { end: bytes - 1, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) hash.update(chunk)
  return hash
}

const writeAll = async (handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < chunk.length;) done += (await handle.write(chunk, done, chunk.length - done, at + done)).bytesWritten
}

/** Runs `work` with a signal that also fires when `alive` was not called for `silenceMs`. */
const unlessSilent = async <T>(signal: AbortSignal, silenceMs: number, work: (signal: AbortSignal, alive: () => void) => Promise<T>): Promise<T> => {
  const silence = new AbortController()
  const fire = (): void => { silence.abort(new Error(`nothing arrived for ${silenceMs / 1000} seconds`)) }
  let timer = setTimeout(fire, silenceMs)
  const alive = (): void => {
    clearTimeout(timer)
    timer = setTimeout(fire, silenceMs)
  }
  try {
    return await work(AbortSignal.any([signal, silence.signal]), alive)
  } finally {
    clearTimeout(timer)
  }
}

/** One connection: appends to the part what is missing, gives the SHA-256 of the whole. What arrived stays when it breaks. */
const fetchRest = async (download: Download, part: string, fetching: Fetching, silenceMs: number): Promise<string> => {
  const { what, url, to, bytes } = download
  const have = await sizeOf(part) ?? 0
  return unlessSilent(fetching.signal, silenceMs, async (signal, alive) => {
    const body = url.startsWith('file:') ? await fileBody(url, have) : await httpBody(download, have, signal)
    const total = body.total ?? bytes
    if (total !== undefined) await checkSpace(dirname(to), total - body.start)
    const hash = await hashOfStart(part, body.start)
    const handle = await open(part, have > 0 ? 'r+' : 'w')
    const progress = meter('download', what, body.start, total, fetching.report)
    let at = body.start
    try {
      if (body.start < have) await handle.truncate(body.start)
      for await (const chunk of body.chunks) {
        signal.throwIfAborted()
        alive()
        await writeAll(handle, chunk, at)
        hash.update(chunk)
        at += chunk.length
        progress.add(chunk.length)
      }
      if (total !== undefined && at < total) throw new DownloadFailed(what, `the connection closed after ${at} of ${total} bytes`, true)
      await handle.sync()
    } catch (error) {
      throw diskErrors(error, part, total === undefined ? undefined : total - at)
    } finally {
      await handle.close()
    }
    progress.finish()
    return hash.digest('hex')
  })
}

const isTemporary = (error: unknown): boolean =>
  error instanceof DownloadFailed ? error.temporary : !(error instanceof DiskFull) && !['EACCES', 'EROFS', 'EISDIR', 'EPERM'].includes(codeOf(error) ?? '')

const reasonOf = (error: unknown): string => {
  if (error instanceof DownloadFailed) return error.reason
  return error instanceof Error ? [error.message, codeOf(error)].filter((part) => part !== undefined).join(', ') : String(error)
}

/** Tries until the file is whole; the count of tries starts anew whenever bytes arrived in between. */
const fetchAll = async (download: Download, part: string, fetching: Fetching, { tries, pauseMs, silenceMs }: Patience): Promise<string> => {
  let failed = 0
  for (;;) {
    const before = await sizeOf(part) ?? 0
    try {
      return await fetchRest(download, part, fetching, silenceMs)
    } catch (error) {
      fetching.signal.throwIfAborted()
      if (!isTemporary(error)) throw error
      failed = (await sizeOf(part) ?? 0) > before ? 1 : failed + 1
      if (failed >= tries) throw new DownloadFailed(download.what, reasonOf(error), true)
      const waitMs = Math.min(30_000, pauseMs * 2 ** (failed - 1))
      fetching.report({ step: 'retry', what: download.what, reason: reasonOf(error), inSeconds: waitMs / 1000 })
      await pause(waitMs, undefined, { signal: fetching.signal })
    }
  }
}

/**
 * Fetches a file to `to`, going on where an earlier try was cut off (`to` + `.part`). The file gets its name only when its
 * SHA-256 is the expected one and it has reached the disk. A part that ends in another SHA-256 is thrown away once, in case
 * the source had changed between two tries. Throws DownloadFailed, ChecksumMismatch, DiskFull, or the signal's reason.
 */
export const download = async (wanted: Download, fetching: Fetching, how: Patience = patience): Promise<{ readonly sha256: string }> => {
  const { to, sha256 } = wanted
  const part = `${to}.part`
  await mkdir(dirname(to), { recursive: true })
  const continued = (await sizeOf(part) ?? 0) > 0
  let found = await fetchAll(wanted, part, fetching, how)
  if (sha256 !== undefined && found !== sha256 && continued) {
    await rm(part)
    found = await fetchAll(wanted, part, fetching, how)
  }
  if (sha256 !== undefined && found !== sha256) {
    await rm(part)
    throw new ChecksumMismatch(wanted.what, sha256, found)
  }
  await rename(part, to)
  await syncFolder(dirname(to))
  await stamp(to, found)
  return { sha256: found }
}
