import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { cacheFolder } from '../../src/fetch/cache.js'
import { ensureModel } from '../../src/fetch/ensure-model.js'
import { ensureTensorFlow } from '../../src/fetch/ensure-tensorflow.js'
import { ChecksumMismatch, ModelNotFound } from '../../src/fetch/errors.js'
import { ensureHubFile, parseHubFile } from '../../src/fetch/hugging-face.js'
import { meter, type Progress } from '../../src/fetch/progress.js'
import { cutAfter, serve, status, whole, type Answer } from './faulty-server.js'
import { fetchingInto, hurried, sha256, someBytes, temporaryFolder } from './workplace.js'

const content = someBytes()

describe('a model on this machine', () => {
  it('is a file or a folder of Transformers, and is known by the hash of its weights', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'model.safetensors'), content)
    expect(await ensureModel(folder)).toEqual({ path: folder, sha256: sha256(content) })
    const file = join(folder, 'model.safetensors')
    expect(await ensureModel(file)).toEqual({ path: file, sha256: sha256(content) })
  })

  it('stands in for the known one when ATTUNE_MODEL names it', async () => {
    const folder = await temporaryFolder()
    const file = join(folder, 'own.gguf')
    await writeFile(file, content)
    expect(await ensureModel('smollm2-135m-instruct', { env: { ATTUNE_MODEL: file } })).toEqual({ path: file, sha256: sha256(content) })
  })

  it('that is not there is named, beside the names there are', async () => {
    await expect(ensureModel('smolm2')).rejects.toThrow(/Model "smolm2": there is no file or folder .*smolm2\. Known by name: smollm2-135m-instruct; from Hugging Face: hf:/)
    await expect(ensureModel(await temporaryFolder())).rejects.toThrow(ModelNotFound)
  })
})

const hub = (sha: string): Answer => (request, response) => {
  if (request.method === 'HEAD') response.writeHead(302, { location: '/storage', 'x-linked-etag': `"${sha}"`, 'x-linked-size': content.length }).end()
  else whole(content)(request, response)
}

describe('a model on the Hub', () => {
  const source = 'hf:owner/name.x/sub folder/model.gguf@v1'

  it('is fetched by owner, repository, file and revision, checked, and kept', async () => {
    const { url, requests } = await serve(hub(sha256(content)))
    const cache = await temporaryFolder()
    const env = { HF_ENDPOINT: url.replace('/file', '/'), HF_TOKEN: 'hf_secret' }
    const { path, sha256: found } = await ensureModel(source, { cache, env })
    expect(found).toBe(sha256(content))
    expect(readFileSync(path).equals(content)).toBe(true)
    expect(requests.map(({ method, url: asked }) => `${method} ${asked}`)).toEqual([
      'HEAD /owner/name.x/resolve/v1/sub%20folder/model.gguf', 'GET /owner/name.x/resolve/v1/sub%20folder/model.gguf',
    ])
    expect(requests[0]?.authorization).toBe('Bearer hf_secret')
    expect(await ensureModel(source, { cache, env })).toEqual({ path, sha256: found })
    expect(requests).toHaveLength(2)
  })

  it('goes on after a cut, and never hands the token to another server', async () => {
    const storage = await serve(cutAfter(content, 1000), whole(content))
    const { url } = await serve((request, response) => {
      if (request.method === 'HEAD') hub(sha256(content))(request, response)
      else response.writeHead(302, { location: storage.url.replace('127.0.0.1', 'localhost') }).end()
    })
    const fetching = fetchingInto(await temporaryFolder(), { HF_ENDPOINT: url.replace('/file', ''), HF_TOKEN: 'hf_secret' })
    await ensureHubFile('hf:a/b/c', fetching, hurried)
    expect(storage.requests.at(-1)?.range).toMatch(/^bytes=[1-9]\d*-$/)
    expect(storage.requests.map(({ authorization }) => authorization)).toEqual(storage.requests.map(() => undefined))
  })

  it('whose bytes are not what the Hub said is refused', async () => {
    const { url } = await serve(hub(sha256(Buffer.from('other'))))
    await expect(ensureModel('hf:a/b/c', { cache: await temporaryFolder(), env: { HF_ENDPOINT: url.replace('/file', '') } })).rejects.toThrow(ChecksumMismatch)
  })

  it.each([[401, /private/], [403, /conditions/], [404, /Check owner, repository, file and revision/]])('answered with %d says what to do', async (code, advice) => {
    const { url } = await serve(status(code))
    await expect(ensureModel('hf:a/b/c', { cache: await temporaryFolder(), env: { HF_ENDPOINT: url.replace('/file', '') } })).rejects.toThrow(advice)
  })

  it.each(['hf:', 'hf:a', 'hf:a/b', 'hf:a/b/', 'hf:a/b/../../x', 'hf:../b/c', 'hf:a/../c', 'hf:a/b/c@../x', 'hf:a/b//c', 'hf:a b/c/d'])('is not named by %s', (source) => {
    expect(() => parseHubFile(source)).toThrow(ModelNotFound)
  })
})

describe('TensorFlow of your own', () => {
  it('is taken from ATTUNE_TENSORFLOW when both libraries are there', async () => {
    const folder = await temporaryFolder()
    await expect(ensureTensorFlow({ env: { ATTUNE_TENSORFLOW: folder } })).rejects.toThrow(/libtensorflow_framework/)
    for (const end of ['so.2', '2.dylib']) for (const name of ['framework', 'cc']) await writeFile(join(folder, `libtensorflow_${name}.${end}`), '')
    expect(await ensureTensorFlow({ env: { ATTUNE_TENSORFLOW: folder } })).toMatchObject({ folder })
  })
})

describe('the cache', () => {
  it.each<[Record<string, string>, RegExp]>([
    [{ ATTUNE_CACHE: '/a/b', XDG_CACHE_HOME: '/x' }, /^\/a\/b$/],
    [{ XDG_CACHE_HOME: '/x' }, /^\/x\/attune$/],
    [{}, /\.cache\/attune$/],
  ])('with %j is %s', (env, expected) => {
    expect(cacheFolder(env)).toMatch(expected)
  })
})

describe('progress', () => {
  it('comes at most five times a second, with the rate of the last five seconds', () => {
    const said: Progress[] = []
    let now = 1000
    const { add, finish } = meter('download', 'x', 500, 3000, (progress) => said.push(progress), () => now)
    for (let i = 0; i < 20; i += 1) {
      now += 100
      add(100)
    }
    finish()
    expect(said.length).toBeLessThanOrEqual(11)
    expect(said.at(-1)).toEqual({ step: 'download', what: 'x', doneBytes: 2500, totalBytes: 3000, bytesPerSecond: 1000, secondsLeft: 0.5 })
    now += 60_000
    finish()
    expect(said.at(-1)).toMatchObject({ bytesPerSecond: 0, secondsLeft: undefined })
  })
})
