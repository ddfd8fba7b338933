import { stringify } from 'yaml'
import type { Sources } from '../project/read-files.js'
import { finding, type Notes } from './finding.js'

type Fact = { readonly title: string; readonly questions: readonly string[]; readonly answer: string }

/** Documents of the enterprise search. Questions with answers become facts; running text has no questions to find it by. */
export const translateDocuments = (sources: Sources, { note, free, add }: Notes): void => {
  for (const [file, text] of sources) {
    if (!/^docs\/.*\.(txt|md)$/i.test(file)) continue
    const facts = factsIn(text)
    if (facts.length === 0) {
      note(finding('not taken over', 'document', file, file, 'It is running text without questions.', 'write what it says as facts in data/knowledge: {title, questions, answer}'))
      continue
    }
    const path = free(`data/knowledge/${file.replace(/^docs\//, '').replace(/\.\w+$/, '').replaceAll('/', '_')}.yml`)
    add(path, `# From ${file} of the Rasa project.\n${stringify({ knowledge: facts }, { lineWidth: 0 })}`)
    note(finding('translated', 'document', file, file, `${facts.length} questions with their answers became facts in ${path}.`))
  }
}

/** Pairs of lines `Q: ...` and `A: ...`, the form that Rasa's extractive search asks for. An answer may run over several lines. */
export const factsIn = (text: string): readonly Fact[] =>
  [...text.matchAll(/^[ \t]*Q:[ \t]*(.+?)[ \t]*\r?\n\s*A:[ \t]*([^]*?)(?=\r?\n[ \t]*(?:\r?\n|Q:)|$(?![^]))/gm)].flatMap(([, question = '', answer = '']) => {
    const said = answer.replace(/\s+/g, ' ').trim()
    return said === '' ? [] : [{ title: question, questions: [question], answer: said }]
  })
