import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { meter, type Report } from './progress.js'
import { replaceFile } from './replace-file.js'

export type Environment = Readonly<Record<string, string | undefined>>

export type FetchOptions = {
  /** Where fetched files live; by default ATTUNE_CACHE, XDG_CACHE_HOME/attune or ~/.cache/attune. */
  readonly cache?: string
  readonly report?: Report
  readonly signal?: AbortSignal
  readonly env?: Environment
}

/** The same, complete. */
export type Fetching = { readonly cache: string; readonly report: Report; readonly signal: AbortSignal; readonly env: Environment }

export const cacheFolder = (env: Environment): string =>
  env['ATTUNE_CACHE'] || join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'attune')

export const withDefaults = ({ cache, report, signal, env = process.env }: FetchOptions): Fetching => ({
  cache: cache ?? cacheFolder(env),
  report: report ?? (() => undefined),
  signal: signal ?? new AbortController().signal,
  env,
})

/** Size, inode and times as they were when the content was checked; another value in any means: check again. */
const fingerprint = async (file: string): Promise<string> => {
  const { size, ino, mtimeMs, ctimeMs } = await stat(file)
  return [size, ino, mtimeMs, ctimeMs].join(' ')
}

const stampOf = (file: string): string => `${file}.checked`

/** Notes beside a file that its content had this SHA-256, so that a start need not read 850 MB again. */
export const stamp = async (file: string, sha256: string): Promise<void> => {
  const text = JSON.stringify({ sha256, fingerprint: await fingerprint(file) })
  await replaceFile(stampOf(file), (handle) => handle.writeFile(`${text}\n`))
}

/** The SHA-256 noted for a file, or undefined when there is no note, no file, or the file was touched since. */
export const stampedSha256 = async (file: string): Promise<string | undefined> => {
  try {
    const note: unknown = JSON.parse(await readFile(stampOf(file), 'utf8'))
    if (typeof note !== 'object' || note === null || !('sha256' in note) || !('fingerprint' in note)) return undefined
    return typeof note.sha256 === 'string' && note.fingerprint === await fingerprint(file) ? note.sha256 : undefined
  } catch {
    return undefined
  }
}

export const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

export const sizeOf = async (file: string): Promise<number | undefined> => {
  try {
    return (await stat(file)).size
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** SHA-256 of a file's content, in hexadecimal. */
export const sha256Of = async (file: string, { report, signal }: Pick<Fetching, 'report' | 'signal'>, what = file): Promise<string> => {
  const hash = createHash('sha256')
  const progress = meter('check', what, 0, await sizeOf(file), report)
  for await (const chunk of createReadStream(file, { signal, highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    progress.add(chunk.length)
  }
  progress.finish()
  return hash.digest('hex')
}

/** Whether `file` is there with the pinned content; a file with another content is removed. */
export const isIntact = async (file: string, pinned: string, fetching: Fetching, what = file): Promise<boolean> => {
  if (await stampedSha256(file) === pinned) return true
  if (await sizeOf(file) === undefined) return false
  if (await sha256Of(file, fetching, what) === pinned) {
    await stamp(file, pinned)
    return true
  }
  await rm(file)
  return false
}
