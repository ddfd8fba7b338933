import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { withDefaults, type Environment, type Fetching } from '../../src/fetch/cache.js'
import type { Patience } from '../../src/fetch/download.js'
import type { Progress } from '../../src/fetch/progress.js'

const folders: string[] = []

export const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'attune-fetch-'))
  folders.push(folder)
  return folder
}

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

export const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

export const someBytes = (length = 300_000): Buffer => randomBytes(length)

/** Little pause between tries; silence is borne for long, so that a busy machine is not taken for a silent server. */
export const hurried: Patience = { tries: 3, pauseMs: 1, silenceMs: 25_000 }

export const fetchingInto = (cache: string, env: Environment = process.env, signal?: AbortSignal): Fetching & { readonly said: Progress[] } => {
  const said: Progress[] = []
  return { ...withDefaults({ cache, env, report: (progress) => said.push(progress), ...(signal === undefined ? {} : { signal }) }), said }
}
