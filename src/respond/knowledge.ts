import { mistake, type Problem } from '../project/problem.js'
import type { Sources } from '../project/read-files.js'
import { parseYaml, type ParsedYaml } from '../project/yaml.js'
import { entriesOf, get, itemsOf, textAt, textOf, type YamlNode } from '../project/yaml-node.js'

/** One fact: the questions it answers, and the answer word for word. */
export type Fact = { readonly title: string; readonly questions: readonly string[]; readonly answer: string }
type Knowledge = { readonly facts: readonly Fact[]; readonly problems: readonly Problem[] }

/**
 * Facts and mistakes in `data/knowledge/*.yml` among the files of a loaded project. Syntax is left out: the project's own check has
 * told of it.
 */
export const knowledgeOf = (sources: Sources): Knowledge => {
  const files = [...sources].filter(([file]) => /^data\/knowledge\/[^/]+\.ya?ml$/.test(file)).map(([file, text]) => factsOf(parseYaml(file, text)))
  return { facts: files.flatMap(({ facts }) => facts), problems: files.flatMap(({ problems }) => problems) }
}

const factsOf = ({ source, root }: ParsedYaml): Knowledge => {
  const problems: Problem[] = []
  const list = get(root, 'knowledge')
  if (root !== null && list?.kind !== 'list') {
    problems.push(mistake(list ?? root, 'missing-key', 'A knowledge file needs a list under "knowledge".', { expected: 'knowledge: a list of {title, questions, answer}' }))
  }
  const facts: Fact[] = []
  for (const item of itemsOf(list)) {
    const fact = factOf(item)
    if (typeof fact === 'string') problems.push(mistake({ source, start: item.start, end: item.end }, 'missing-key', fact, { expected: 'title: text, questions: a list of texts, answer: text' }))
    else facts.push(fact)
    for (const { key } of entriesOf(item)) {
      if (!['title', 'questions', 'answer'].includes(key.name)) problems.push(mistake(key, 'unknown-key', `"${key.name}" is not a key of a fact.`, { expected: 'title, questions or answer' }))
    }
  }
  return { facts, problems }
}

const factOf = (node: YamlNode): Fact | string => {
  const [title, answer, asked] = [textAt(node, 'title'), textAt(node, 'answer'), get(node, 'questions')]
  if (title === null || answer === null) return 'A fact needs a "title" and an "answer".'
  const questions = itemsOf(asked).map(textOf)
  if (questions.length === 0 || questions.includes(null)) return `The fact "${title}" needs a list of texts under "questions".`
  return { title, answer, questions: questions.filter((question) => question !== null) }
}
