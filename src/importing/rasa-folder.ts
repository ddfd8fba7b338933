import { readdir } from 'node:fs/promises'
import type { Problem } from '../project/problem.js'
import { readFiles, type Sources } from '../project/read-files.js'

/** A Rasa project as it lies on the disk. It is only ever read. */
export type RasaFolder = {
  /** Files whose text is looked at: YAML, Python, prompts, documents, lists of packages. */
  readonly sources: Sources
  /** Other files, by path. */
  readonly others: readonly string[]
  readonly problems: readonly Problem[]
}

/** What is made by programs, and can be made again. */
const made = new Set(['models', 'results', 'node_modules', 'venv', 'env', '__pycache__', 'dist', 'build', 'e2e_coverage_results'])
const isRead = (name: string): boolean => /\.(ya?ml|py|jinja2?|j2|txt|md|toml)$/i.test(name)

export const readRasaFolder = async (root: string): Promise<RasaFolder> => {
  const problems: Problem[] = []
  const entries = (await readdir(root, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.') && !made.has(name))
  // Files at the root are read only where they are text: a named file is read whatever it is called.
  const wanted = entries.filter((entry) => entry.isDirectory() || entry.isSymbolicLink() || isRead(entry.name)).map(({ name }) => name).sort()
  const sources = await readFiles(root, wanted, isRead, (problem) => void problems.push(problem))
  const loose = entries.filter((entry) => entry.isFile() && !isRead(entry.name)).map(({ name }) => name)
  const deep = await Promise.all(entries.filter((entry) => entry.isDirectory()).map(async ({ name }) => filesBelow(root, name)))
  return { sources, others: [...loose, ...deep.flat()].sort(), problems }
}

const filesBelow = async (root: string, folder: string): Promise<readonly string[]> => {
  const entries = await readdir(`${root}/${folder}`, { withFileTypes: true })
  const below = await Promise.all(entries.filter(({ name }) => !name.startsWith('.') && !made.has(name)).map(async (entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesBelow(root, path)
    return isRead(entry.name) ? [] : [path]
  }))
  return below.flat()
}
