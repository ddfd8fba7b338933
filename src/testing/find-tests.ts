import { stat } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { nearest } from '../project/nearest.js'
import type { Problem } from '../project/problem.js'
import { readFiles, type Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { get } from '../project/yaml-node.js'
import { parseYaml } from '../project/yaml.js'
import { readFixtures, type Fixtures } from './read-surroundings.js'
import { readTestFile, type TestFile } from './read-test-file.js'
import type { TestCase } from './test-case.js'

export type FoundTests = { readonly cases: readonly TestCase[]; readonly problems: readonly Problem[]; readonly sources: Sources }

const conftest = 'conftest.yml'

/**
 * Finds and reads the tests that are named: files, folders, or `file::case` for one conversation. Paths are relative to the
 * project. Fixtures of conftest.yml files hold for their folder and below, nearer ones first.
 */
export const findTests = async (project: Project, wanted: readonly string[]): Promise<FoundTests> => {
  const problems: Problem[] = []
  const report = (problem: Problem): void => void problems.push(problem)
  const choices = wanted.map((each) => choiceOf(project.root, each))
  const missing = await Promise.all(choices.map(async ({ path, name }) => ((await exists(resolve(project.root, path))) ? [] : [name])))
  for (const name of missing.flat()) {
    report({ code: 'no-tests', severity: 'error', message: `There is no file or folder ${name}.`, place: null, expected: 'a file or folder below the project', suggestion: 'e2e_tests' })
  }
  const paths = choices.map(({ path }) => path)
  const sources = await readFiles(project.root, [...paths, ...conftestsAbove(paths)], (name) => /\.ya?ml$/.test(name), report)
  const read = readTests(project, sources)
  problems.push(...read.problems)
  return { cases: chosen(read.cases, choices, report), problems, sources }
}

/** The same from texts in memory, by path: every test in them. */
export const readTests = (project: Project, sources: Sources): TestFile => {
  const problems: Problem[] = []
  const fixtures = new Map<string, Fixtures>()
  for (const [file, text] of sources) {
    if (isConftest(file)) fixtures.set(folderOf(file), readConftest(project, file, text, (problem) => void problems.push(problem)))
  }
  const cases = [...sources].filter(([file]) => !isConftest(file)).flatMap(([file, text]) => {
    const read = readTestFile(project, file, text, inheritedBy(file, fixtures))
    problems.push(...read.problems)
    return read.cases
  })
  return { cases, problems }
}

type Choice = { readonly path: string; readonly testCase: string | null; readonly name: string }

const choiceOf = (root: string, wanted: string): Choice => {
  const cut = wanted.indexOf('::')
  const path = cut < 0 ? wanted : wanted.slice(0, cut)
  return { path: relative(root, resolve(root, path)).split(sep).join('/'), testCase: cut < 0 ? null : wanted.slice(cut + 2), name: path }
}

const exists = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR') return false
    throw error
  }
}

const isConftest = (file: string): boolean => file === conftest || file.endsWith(`/${conftest}`)
const folderOf = (file: string): string => (dirname(file) === '.' ? '' : dirname(file))
const foldersAbove = (file: string): readonly string[] => {
  const parts = folderOf(file).split('/').filter((part) => part !== '')
  return ['', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))]
}
const conftestsAbove = (paths: readonly string[]): readonly string[] =>
  [...new Set(paths.flatMap(foldersAbove))].map((folder) => (folder === '' ? conftest : `${folder}/${conftest}`))
const inheritedBy = (file: string, fixtures: ReadonlyMap<string, Fixtures>): Fixtures =>
  new Map(foldersAbove(file).flatMap((folder) => [...(fixtures.get(folder) ?? [])]))

/** Other keys of a conftest configure Rasa's judging and converting models, which attune does not ask. */
const readConftest = (project: Project, file: string, text: string, report: (problem: Problem) => void): Fixtures => {
  const { root, problems } = parseYaml(file, text)
  problems.forEach(report)
  return readFixtures(get(root, 'fixtures'), { project, report })
}

const chosen = (cases: readonly TestCase[], choices: readonly Choice[], report: (problem: Problem) => void): readonly TestCase[] => {
  const picked = new Set<TestCase>()
  for (const { path, testCase } of choices) {
    const inside = cases.filter(({ file }) => path === '' || file === path || file.startsWith(`${path}/`))
    const own = testCase === null ? inside : inside.filter(({ name }) => name === testCase)
    if (testCase !== null && own.length === 0) {
      report({ code: 'unknown-test-case', severity: 'error', message: `${path} has no test case "${testCase}".`, place: null, found: testCase, ...suggested(testCase, inside) })
    }
    for (const each of own) picked.add(each)
  }
  return cases.filter((each) => picked.has(each))
}

const suggested = (name: string, cases: readonly TestCase[]): { readonly suggestion?: string } => {
  const near = nearest(name, cases.map((testCase) => testCase.name))
  return near === null ? {} : { suggestion: near }
}
