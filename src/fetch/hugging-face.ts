import { join } from 'node:path'
import { sizeOf, stampedSha256, sha256Of, stamp, type Fetching } from './cache.js'
import { download, type Patience } from './download.js'
import { DownloadFailed, ModelNotFound } from './errors.js'
import { underLock } from './lock.js'

/** `hf:owner/repository/path/in/it[@revision]` */
export type HubFile = {
  readonly owner: string
  readonly repository: string
  readonly path: string
  /** A branch, tag or commit; `main` unless named. */
  readonly revision: string
}

const shape = /^hf:([\w.-]+)\/([\w.-]+)\/([^@]+?)(?:@([\w./-]+))?$/

/** Throws ModelNotFound when the text is no such name or climbs out of its folder. */
export const parseHubFile = (source: string): HubFile => {
  const [, owner, repository, path, revision = 'main'] = shape.exec(source) ?? []
  const parts = [owner, repository, ...(path ?? '').split('/'), ...revision.split('/')]
  if (owner === undefined || repository === undefined || path === undefined || parts.some((part) => part === '' || part === '.' || part === '..')) {
    throw new ModelNotFound(source, 'expected hf:owner/repository/file, for instance hf:HuggingFaceTB/SmolLM2-135M-Instruct-GGUF/model.gguf')
  }
  return { owner, repository, path, revision }
}

const advice: ReadonlyMap<number, string> = new Map([
  [401, 'There is no such file, or it is private: check the name, or set HF_TOKEN to a token that may read it.'],
  [403, 'Accept the model\'s conditions on its page, and set HF_TOKEN to a token that may read gated repositories.'],
  [404, 'Check owner, repository, file and revision.'],
])

type Facts = { readonly sha256: string | undefined; readonly bytes: number | undefined }

/** What the Hub says about a file before redirecting to its storage: large files have their SHA-256 as X-Linked-Etag. */
const ask = async (url: string, what: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Facts> => {
  let response: Response
  try {
    response = await fetch(url, { method: 'HEAD', redirect: 'manual', headers, signal })
  } catch (error) {
    signal.throwIfAborted()
    throw new DownloadFailed(what, error instanceof Error ? error.message : String(error), true, 'Is the network up? HF_ENDPOINT names another server.')
  }
  if (response.status >= 400) {
    throw new DownloadFailed(what, `the server answered ${response.status}`, response.status >= 500, advice.get(response.status))
  }
  const etag = (response.headers.get('x-linked-etag') ?? '').replaceAll('"', '')
  const size = response.headers.get('x-linked-size')
  return { sha256: /^[0-9a-f]{64}$/.test(etag) ? etag : undefined, bytes: size === null ? undefined : Number(size) }
}

/**
 * Fetches one file of a repository, resuming and checking it against the Hub's SHA-256. A file that is there is taken as it is,
 * so that a project keeps its model until somebody removes the file or names another revision.
 */
export const ensureHubFile = async (
  source: string, fetching: Fetching, how?: Patience,
): Promise<{ readonly path: string; readonly sha256: string }> => {
  const { owner, repository, path, revision } = parseHubFile(source)
  const { cache, env, signal } = fetching
  const to = join(cache, 'models', 'hf', `${owner}--${repository}`, revision.replaceAll('/', '--'), ...path.split('/'))
  const what = `${owner}/${repository}/${path}`
  return underLock(`${to}.lock`, what, fetching, async () => {
    const known = await stampedSha256(to)
    if (known !== undefined) return { path: to, sha256: known }
    if (await sizeOf(to) !== undefined) {
      const sha256 = await sha256Of(to, fetching, what)
      await stamp(to, sha256)
      return { path: to, sha256 }
    }
    const endpoint = (env['HF_ENDPOINT'] || 'https://huggingface.co').replace(/\/+$/, '')
    const url = [endpoint, owner, repository, 'resolve', encodeURIComponent(revision), ...path.split('/').map(encodeURIComponent)].join('/')
    const token = env['HF_TOKEN']
    const headers: Readonly<Record<string, string>> = token ? { authorization: `Bearer ${token}` } : {} // fetch drops it when redirected elsewhere
    const { sha256, bytes } = await ask(url, what, headers, signal)
    const wanted = { what, url, to, sha256, headers, ...(bytes === undefined ? {} : { bytes }) }
    const fetched = await download(wanted, fetching, how)
    return { path: to, sha256: fetched.sha256 }
  })
}
