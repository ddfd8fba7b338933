import { posix } from 'node:path'
import { settings, type RasaFile, type SectionName } from './rasa-project.js'

/** Where a file of the Rasa project goes, by what it holds: the layout of the sample project. */
export const placeFor = ({ file, root }: RasaFile): string => {
  if ((settings as readonly string[]).includes(file)) return file
  const holds = (...sections: readonly SectionName[]): boolean => sections.some((section) => root.entries.has(section))
  const isConftest = /(^|\/)conftest\.ya?ml$/.test(file)
  if (isConftest && !file.includes('/')) return 'e2e_tests/conftest.yml'
  if (isConftest || holds('test_cases')) return below('e2e_tests', file, ['tests', 'e2e_tests', 'e2e'])
  if (holds('flows')) return below('flows', file, ['data', 'flows'])
  if (holds('slots', 'responses', 'actions', 'session_config', 'intents', 'entities', 'forms')) return below('domain', file, ['data', 'domain'])
  if (holds('fixtures', 'stub_custom_actions')) return below('e2e_tests', file, ['tests', 'e2e_tests'])
  return below('data/rules', file, ['data', 'nlu', 'rules', 'stories'])
}

/** The path without the folders that the new one stands for. */
const below = (folder: string, file: string, without: readonly string[]): string => {
  const parts = file.split('/')
  while (parts.length > 1 && without.includes(parts[0] ?? '')) parts.shift()
  return posix.join(folder, ...parts).replace(/\.yaml$/i, '.yml')
}

/** The path, or with a number where another file has it already. */
export const freePath = (path: string, isTaken: (path: string) => boolean): string => {
  if (!isTaken(path)) return path
  const { dir, name, ext } = posix.parse(path)
  for (let number = 2; ; number++) {
    const other = posix.join(dir, `${name}_${number}${ext}`)
    if (!isTaken(other)) return other
  }
}
