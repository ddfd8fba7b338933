import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { mistake, type Problem, type Report } from './problem.js'
import { sourceText } from './yaml-node.js'
import { limits } from './yaml.js'

/** Texts of all files that were read, by their path from the root, for showing the lines that problems blame. */
export type Sources = ReadonlyMap<string, string>

const maximumFiles = 10_000
const skipped = new Set(['node_modules', 'dist'])

/** Whether a path, with all its links followed, stays inside the root. Both are real paths. */
const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep)

/** Reads the named files and folders below the root, and nothing outside it. `wants` chooses files inside folders by name. */
export const readFiles = async (root: string, names: readonly string[], wants: (name: string) => boolean, report: Report): Promise<Sources> => {
  const walk = new Walk(await realpath(root), wants, report)
  for (const name of names) await walk.visit(join(walk.root, name), true)
  return new Map([...walk.found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

class Walk {
  readonly found = new Map<string, string>()
  readonly #visited = new Set<string>()

  constructor(readonly root: string, readonly wants: (name: string) => boolean, readonly report: Report) {}

  async visit(path: string, named: boolean): Promise<void> {
    const name = path.slice(path.lastIndexOf(sep) + 1)
    if (!named && (name.startsWith('.') || skipped.has(name))) return
    const file = relative(this.root, path).split(sep).join('/')
    try {
      const found = await lstat(path)
      const real = await realpath(path)
      if (!isInside(this.root, real)) {
        this.#blame(file, 'outside-root', 'This link leads out of the project; nothing outside is read.', 'copy the file into the project')
        return
      }
      const kind = found.isSymbolicLink() ? await lstat(real) : found
      if (kind.isDirectory()) await this.#folder(path, real)
      else if (kind.isFile() && (named || this.wants(name))) await this.#file(real, file)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
      if (code === 'ENOENT' && named) return
      this.#blame(file, 'unreadable-file', `This file cannot be read (${code}).`, 'check that it exists and may be read')
    }
  }

  async #folder(path: string, real: string): Promise<void> {
    if (this.#visited.has(real)) return
    this.#visited.add(real)
    const names = await readdir(path)
    for (const name of names.sort()) await this.visit(join(path, name), false)
  }

  async #file(path: string, file: string): Promise<void> {
    if (this.#visited.has(path)) return
    this.#visited.add(path)
    if (this.found.size >= maximumFiles) {
      this.#blame(file, 'too-many-files', `The project has more than ${maximumFiles} files; this one and those after it are not read.`, 'split the project')
      return
    }
    const handle = await open(path)
    try {
      const { size } = await handle.stat()
      if (size > limits.fileBytes) {
        this.#blame(file, 'file-too-large', `This file has ${size} bytes.`, `split it into files of at most ${limits.fileBytes} bytes`)
        return
      }
      const decoded = decodeText(file, await handle.readFile())
      if (typeof decoded === 'string') this.found.set(file, decoded)
      else this.report(decoded)
    } finally {
      await handle.close()
    }
  }

  #blame(file: string, code: string, message: string, suggestion: string): void {
    this.report({ code, severity: 'error', message, place: { file, line: 1, column: 1 }, suggestion })
  }
}

/** The text of a UTF-8 file, or what is wrong with its bytes. */
export const decodeText = (file: string, bytes: Uint8Array): string | Problem => {
  const wrong = (message: string, start: number): Problem => {
    const text = new TextDecoder().decode(bytes)
    return mistake({ source: sourceText(file, text), start, end: start + 1 }, 'wrong-encoding', message, { expected: 'UTF-8', suggestion: 'save the file as UTF-8' })
  }
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return wrong('This file is written in UTF-16.', 0)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const control = text.indexOf('\0')
    return control < 0 ? text : wrong('A zero byte stands here: this is no text, or not in UTF-8.', control)
  } catch {
    return wrong('These bytes are not UTF-8.', Math.max(0, new TextDecoder().decode(bytes).indexOf('\uFFFD')))
  }
}
