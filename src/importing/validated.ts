import { readProject } from '../project/load.js'
import { inOrder, type Problem } from '../project/problem.js'
import type { Sources } from '../project/read-files.js'
import type { Project } from '../project/types.js'
import { knowledgeOf } from '../respond/knowledge.js'
import { readTests } from '../testing/find-tests.js'
import type { Imported } from './import-project.js'

export type Validated = { readonly project: Project | null; readonly problems: readonly Problem[]; readonly sources: Sources }

/**
 * Loads an imported project as `attune validate` and `attune test` would. What the report has already told is left out: keys without effect,
 * and words that only the Python actions use.
 */
export const validated = (root: string, { files, actionWords }: Imported, env: Readonly<Record<string, string | undefined>>): Validated => {
  const yaml = new Map([...files].filter(([file]) => file.endsWith('.yml')))
  const ofTests = (file: string): boolean => file.startsWith('e2e_tests/')
  const loaded = readProject(root, new Map([...yaml].filter(([file]) => !ofTests(file))), { env, actionWords })
  const tests = loaded.project === null ? [] : readTests(loaded.project, new Map([...yaml].filter(([file]) => ofTests(file)))).problems
  const told = (problem: Problem): boolean => problem.severity === 'warning' && (problem.code === 'not-supported' || problem.code === 'unknown-key')
  const problems = inOrder([...loaded.problems, ...knowledgeOf(loaded.sources).problems, ...tests].filter((problem) => !told(problem)))
  return { project: loaded.project, problems, sources: new Map([...loaded.sources, ...yaml]) }
}
