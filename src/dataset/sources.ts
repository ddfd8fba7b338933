import { isDeclared } from '../dialogue/coercion.js'
import type { Problem } from '../project/problem.js'
import { readFiles } from '../project/read-files.js'
import type { Project, SlotValue } from '../project/types.js'
import { readDialogues, type ReadDialogues } from './dialogues.js'

/** Where conversations are looked for, unless config.yml names other folders under `dataset.conversations`. */
const usual = ['data', 'e2e_tests', 'tests'] as const

const foldersOf = (section: SlotValue | undefined): readonly string[] => {
  const named = typeof section === 'object' && section !== null && 'conversations' in section ? section.conversations : null
  return Array.isArray(named) ? named.map(String) : usual
}

/** Reads the conversations of a project: transcripts and end-to-end tests. A folder named `held_out` is only measured on. */
export const readConversations = async (project: Project): Promise<ReadDialogues> => {
  const problems: Problem[] = []
  const folders = foldersOf(project.config.sections.dataset)
  const files = await readFiles(project.root, folders, (name) => /\.ya?ml$/.test(name), (problem) => void problems.push(problem))
  const talking = new Map([...files].filter(([, text]) => /^(?:transcripts|test_cases)\s*:/m.test(text)))
  const read = readDialogues(talking, (slot, word) => isDeclared(project.slots.get(slot), word))
  return { ...read, problems: [...problems, ...read.problems] }
}
