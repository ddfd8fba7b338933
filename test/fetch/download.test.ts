import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { download } from '../../src/fetch/download.js'
import { ChecksumMismatch, DiskFull, DownloadFailed } from '../../src/fetch/errors.js'
import { cutAfter, serve, silentAfter, status, whole, withoutRange, wrongRange, type Answer } from './faulty-server.js'
import { fetchingInto, hurried, sha256, someBytes, temporaryFolder } from './workplace.js'

const content = someBytes()

const get = async (to: string, url: string, expected = content, signal?: AbortSignal, patience = hurried) => {
  const fetching = fetchingInto(to, process.env, signal)
  await download({ what: 'a file', url, to, sha256: sha256(expected) }, fetching, patience)
  return fetching.said
}

describe('a download', () => {
  /** Where each request began, and the least that must have been kept by then: a cut may lose bytes that were on the way. */
  const startsOf = (ranges: readonly (string | undefined)[]): readonly number[] => ranges.map((range) => Number(/\d+/.exec(range ?? '')?.[0] ?? 0))

  it.each<[string, Answer[], number[]]>([
    ['a good server', [whole(content)], [0]],
    ['a connection cut once', [cutAfter(content, 100_000), whole(content)], [0, 100_000]],
    ['a connection cut many times', [...Array(5).fill(cutAfter(content, 60_000)) as Answer[]],
      [0, 60_000, 120_000, 180_000, 240_000]],
    ['a server that ignores Range', [cutAfter(content, 100_000), withoutRange(content)], [0, 100_000]],
    ['a server that sends another range', [cutAfter(content, 100_000), wrongRange(content), whole(content)], [0, 100_000, 0]],
    ['a busy server', [status(503), status(429), whole(content)], [0, 0, 0]],
    ['a redirection', [status(302, { location: '/elsewhere' }), whole(content)], [0, 0]],
  ])('arrives whole from %s', async (_name, answers, starts) => {
    const { url, requests } = await serve(...answers)
    const to = join(await temporaryFolder(), 'file')
    await get(to, url)
    expect(readFileSync(to).equals(content)).toBe(true)
    const found = startsOf(requests.map(({ range }) => range))
    expect(found.length).toBeGreaterThanOrEqual(starts.length)
    starts.forEach((most, i) => {
      expect(found[i]).toBeLessThanOrEqual(most)
      if (most > 0) expect(found[i]).toBeGreaterThan(0)
    })
    expect(existsSync(`${to}.part`)).toBe(false)
  })

  it('leaves a server that goes silent', async () => {
    const { url, requests } = await serve(silentAfter(content, 100_000), whole(content))
    const to = join(await temporaryFolder(), 'file')
    await get(to, url, content, undefined, { ...hurried, tries: 50, silenceMs: 300 })
    expect(readFileSync(to).equals(content)).toBe(true)
    expect(requests.length).toBeGreaterThan(1)
  })

  it('reports bytes, rate and the reason of each new try', async () => {
    const { url } = await serve(cutAfter(content, 100_000), whole(content))
    const said = await get(join(await temporaryFolder(), 'file'), url)
    expect(said.find(({ step }) => step === 'retry')).toMatchObject({ what: 'a file', inSeconds: 0.001 })
    expect(said.at(-1)).toMatchObject({ step: 'download', doneBytes: content.length, totalBytes: content.length })
  })

  it('goes on where a killed process stopped', async () => {
    const { url, requests } = await serve(silentAfter(content, 200_000), whole(content))
    const to = join(await temporaryFolder(), 'file')
    const cli = fileURLToPath(new URL('../../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url))
    const script = fileURLToPath(new URL('download-child.ts', import.meta.url))
    const child = spawn(process.execPath, [cli, script, url, to, sha256(content)], { stdio: 'ignore' })
    while (!existsSync(`${to}.part`) || statSync(`${to}.part`).size < 200_000) await pause(20)
    child.kill('SIGKILL')
    await new Promise((resolve) => child.on('close', resolve))
    expect(existsSync(to)).toBe(false)
    await get(to, url)
    expect(readFileSync(to).equals(content)).toBe(true)
    expect(requests.map(({ range }) => range)).toEqual([undefined, 'bytes=200000-'])
  })

  it('takes a part that was whole already', async () => {
    const { url, requests } = await serve(whole(content))
    const to = join(await temporaryFolder(), 'file')
    await writeFile(`${to}.part`, content)
    await get(to, url)
    expect(readFileSync(to).equals(content)).toBe(true)
    expect(requests).toHaveLength(1)
  })

  it('begins anew when the part is longer than the file or belongs to another one', async () => {
    const { url } = await serve(whole(content))
    const to = join(await temporaryFolder(), 'file')
    await writeFile(`${to}.part`, Buffer.concat([content, content]))
    await get(to, url)
    expect(readFileSync(to).equals(content)).toBe(true)
    await writeFile(`${to}.part`, someBytes(1000))
    await get(to, url)
    expect(readFileSync(to).equals(content)).toBe(true)
  })

  it('copies from this machine, and goes on there too', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'source'), content)
    await writeFile(join(folder, 'copy.part'), content.subarray(0, 1000))
    await get(join(folder, 'copy'), pathToFileURL(join(folder, 'source')).href)
    expect(readFileSync(join(folder, 'copy')).equals(content)).toBe(true)
  })
})

describe('a download that cannot succeed', () => {
  it('leaves nothing when the bytes are other ones', async () => {
    const { url, requests } = await serve(whole(someBytes()))
    const to = join(await temporaryFolder(), 'file')
    await expect(get(to, url)).rejects.toThrow(ChecksumMismatch)
    expect(existsSync(to) || existsSync(`${to}.part`)).toBe(false)
    expect(requests).toHaveLength(1)
  })

  it.each([404, 403, 410])('gives up at once on %d', async (code) => {
    const { url, requests } = await serve(status(code))
    await expect(get(join(await temporaryFolder(), 'file'), url)).rejects.toThrow(new RegExp(`a file could not be fetched: the server answered ${code}`))
    expect(requests).toHaveLength(1)
  })

  it('gives up after some tries without a new byte, and keeps what it has', async () => {
    const { url, requests } = await serve(cutAfter(content, 100_000), status(500))
    const to = join(await temporaryFolder(), 'file')
    await expect(get(to, url)).rejects.toThrow(DownloadFailed)
    expect(statSync(`${to}.part`).size).toBe(100_000)
    expect(requests).toHaveLength(1 + hurried.tries - 1)
  })

  it('says so when nobody listens', async () => {
    const { url } = await serve(whole(content))
    const nobody = url.replace(/:\d+/, ':1')
    await expect(get(join(await temporaryFolder(), 'file'), nobody)).rejects.toThrow(/a file could not be fetched: fetch failed/)
  })

  it('stops when asked to, and keeps what it has', async () => {
    const { url } = await serve(silentAfter(content, 100_000))
    const to = join(await temporaryFolder(), 'file')
    const stop = new AbortController()
    const getting = get(to, url, content, stop.signal)
    while (!existsSync(`${to}.part`) || statSync(`${to}.part`).size < 100_000) await pause(5)
    stop.abort()
    await expect(getting).rejects.toThrow(/aborted/)
    expect(statSync(`${to}.part`).size).toBe(100_000)
  })

  it.skipIf(!existsSync('/dev/full'))('names the full disk and what to do', async () => {
    const { url, requests } = await serve(whole(content))
    const to = join(await temporaryFolder(), 'file')
    await symlink('/dev/full', `${to}.part`)
    await expect(get(to, url)).rejects.toThrow(DiskFull)
    await expect(get(to, url)).rejects.toThrow(/is full.*1 MB more are needed.*ATTUNE_CACHE.*what has arrived is kept/)
    expect(requests).toHaveLength(2)
  })

  it('refuses before the first byte what the disk has no room for', async () => {
    const { url } = await serve((_request, response) => { response.writeHead(200, { 'content-length': String(2 ** 52) }); response.write('x') })
    const to = join(await temporaryFolder(), 'file')
    await expect(get(to, url)).rejects.toThrow(DiskFull)
    expect(existsSync(`${to}.part`)).toBe(false)
  })

  it('does not try again where it may not write', async () => {
    const { url, requests } = await serve(whole(content))
    const to = join(await temporaryFolder(), 'file')
    await mkdir(`${to}.part`)
    await expect(get(to, url)).rejects.toThrow(/EISDIR/)
    expect(requests.length).toBeLessThanOrEqual(1)
  })
})
