import { readProject } from '../project/load.js'
import { inOrder, type Problem } from '../project/problem.js'
import type { Sources } from '../project/read-files.js'
import type { Place } from '../project/types.js'
import { placeOf, type SourceText } from '../project/yaml-node.js'
import type { ParsedYaml } from '../project/yaml.js'
import { translateDomain } from './domain.js'
import { edited } from './edited.js'
import { AnchorDropped } from './errors.js'
import { finding, type Edit, type Finding, type Notes } from './finding.js'
import { meaningsOf } from './intents.js'
import { translateDocuments } from './knowledge.js'
import { partsOf } from './parts.js'
import { freePath, placeFor } from './placing.js'
import { parseFiles, rasaProject, type RasaFile } from './rasa-project.js'
import type { RasaFolder } from './rasa-folder.js'
import { nluComponents, rasaVersionIn, translateSettings } from './settings.js'
import { translateRules, translateStories } from './rules.js'
import { translateTrainingData } from './training-data.js'

export type Imported = {
  /** The attune project, by path. */
  readonly files: Sources
  /** Every part of the Rasa project and what became of it, in the order of the files. */
  readonly findings: readonly Finding[]
  /** Files that could not be read: what stands in them is missing. */
  readonly broken: readonly Problem[]
  /** Words of the Rasa project's own actions, which may use slots and responses by name. */
  readonly actionWords: ReadonlySet<string>
}

/** Turns a Rasa project into an attune project. Pure: reads and writes no disk. */
export const importProject = ({ sources, others, problems }: RasaFolder): Imported => {
  const { files: all, broken, mended, foreign } = parseFiles(sources)
  const files = all.filter((file) => !isNluTest(file))
  const rasa = rasaProject(files)
  const collected = new Collected(files)
  const meanings = meaningsOf(rasa)
  translateDomain(rasa, new Set([...meanings.values()].flatMap((meaning) => (meaning.kind === 'slot' ? [meaning.slot] : []))), collected)
  translateRules(rasa, meanings, collected)
  translateStories(rasa, collected)
  translateTrainingData(rasa, meanings, collected)
  translateSettings(files, { hasActions: rasa.items('actions').length > 0 || [...sources.keys()].some(isAction), rasaVersion: rasaVersionIn(sources) }, collected)
  translateDocuments(sources, collected)
  if ([...collected.files.keys()].some((file) => file.startsWith('data/knowledge/')) && !rasa.flows.has('pattern_search')) collected.add(collected.free('flows/knowledge.yml'), searchFlow)
  const faults = [...problems, ...broken.flatMap((parsed) => parsed.problems)]
  noteFaults(faults, collected)
  for (const file of all.filter(isNluTest)) noteNluTest(file, collected)
  for (const file of mended) collected.note(finding('translated', 'file', file, file, 'Quoted texts over several lines were indented, as YAML 1.2 wants it.'))
  noteWithoutEffect(files, collected)
  const placed = collected.place()
  noteParts(files, placed, collected)
  noteOthers([...foreign, ...sources.keys(), ...others], new Set([...all.map(({ file }) => file), ...broken.map(({ source }) => source.file)]), collected)
  return { files: new Map([...collected.files].sort(([a], [b]) => (a < b ? -1 : 1))), findings: sorted(collected.findings), broken: inOrder(faults), actionWords: wordsOf(sources) }
}

/** Sentences and stories that an NLU model was tested with. To learn from them would be wrong. */
const isNluTest = ({ file, root }: RasaFile): boolean =>
  /^tests?\//.test(file) && [...root.entries.keys()].every((key) => ['version', 'nlu', 'stories', 'rules'].includes(key))

const noteNluTest = (file: RasaFile, { note }: Collected): void => {
  for (const { kind, name, span } of partsOf(file)) note(finding('not taken over', kind, name, span, 'It tests an NLU model or stories, which attune does not have.', 'write a conversation with it as a test in e2e_tests/'))
}

const searchFlow = `# Answers from data/knowledge; the built-in pattern says that there is none.
flows:
  pattern_search:
    description: Answers a question from the knowledge in data/knowledge.
    steps:
      - action: action_trigger_search
`

/** Takes what the translators tell, and applies their changes at the end. */
class Collected implements Notes {
  readonly findings: Finding[] = []
  readonly files = new Map<string, string>()
  readonly #places: ReadonlyMap<string, string>
  readonly #edits = new Map<string, Edit[]>()
  /** Places that are told of, as `file:line:column`. */
  readonly #told = new Set<string>()

  constructor(readonly sources: readonly RasaFile[]) {
    // Files that are taken over have their places before any is added.
    this.#places = new Map(sources.map((source) => {
      const path = this.free(placeFor(source))
      this.files.set(path, '')
      return [source.file, path]
    }))
  }

  readonly note = (noted: Finding): void => {
    this.findings.push(noted)
    // What is said of a file as a whole says nothing of the part in its first line.
    if (noted.kind !== 'file' && noted.kind !== 'change') this.#told.add(placeKey(noted.place))
  }
  readonly edit = (file: string, edit: Edit): void => {
    const own = this.#edits.get(file)
    if (own === undefined) this.#edits.set(file, [edit])
    else own.push(edit)
  }
  readonly free = (path: string): string => freePath(path, (taken) => this.files.has(taken))
  readonly add = (path: string, text: string): void => void this.files.set(path, text)

  /** Whether something in this file is already told of at the place, or goes away with what holds it. */
  isTold({ parsed: { source } }: RasaFile, place: Place): boolean {
    const offset = offsetOf(source, place)
    return this.#told.has(placeKey(place)) || (this.#edits.get(source.file) ?? []).some((edit) => 'span' in edit && edit.span.start <= offset && offset <= edit.span.end)
  }

  /** Writes the files with their changes. Gives where each file of the Rasa project went; those of which nothing is left are missing. */
  place(): ReadonlyMap<string, string> {
    const placed = new Map<string, string>()
    for (const { file, parsed } of this.sources) {
      const path = this.#places.get(file) ?? file
      const text = this.#changed(parsed, this.#edits.get(file) ?? [])
      if (text === null) this.files.delete(path)
      else {
        this.files.set(path, text)
        placed.set(file, path)
      }
    }
    return placed
  }

  #changed({ source: { file, text } }: ParsedYaml, edits: readonly Edit[]): string | null {
    try {
      return edited(text, edits)
    } catch (error) {
      if (!(error instanceof AnchorDropped)) throw error
      this.note(finding('not taken over', 'change', file, file, `${error.message} So the file is taken over whole.`, 'write the alias out and import again'))
      return text
    }
  }
}

const placeKey = ({ file, line, column }: Place): string => `${file}:${line}:${column}`
const offsetOf = ({ lineStarts }: SourceText, { line, column }: Place): number => (lineStarts[line - 1] ?? 0) + column - 1

/** One finding a file, at its first mistake: the others often follow from it. */
const noteFaults = (faults: readonly Problem[], { note }: Collected): void => {
  for (const file of new Set(faults.map(({ place }) => place?.file ?? ''))) {
    const own = faults.filter(({ place }) => (place?.file ?? '') === file)
    const [first] = own
    if (first === undefined) continue
    const more = own.length === 1 ? '' : ` ${own.length - 1} more ${own.length === 2 ? 'mistake follows' : 'mistakes follow'}.`
    note({ fate: 'not taken over', kind: 'file', name: file, place: first.place ?? { file, line: 1, column: 1 }, message: `${first.message}${more}`, advice: first.suggestion ?? 'mend it and import again with --force' })
  }
}

/** What the loader says of keys that have no effect here holds for the Rasa project as it stands. */
const noteWithoutEffect = (files: readonly RasaFile[], collected: Collected): void => {
  const byName = new Map(files.map((file) => [file.file, file]))
  const parts = new Map(files.flatMap((file) => partsOf(file).map((part) => [placeKey(placeOf(part.span)), part])))
  // The NLU side is not taken over, so what it would use has no effect; the words keep their places.
  const withoutNlu = (file: string, text: string): string => (file === 'config.yml' ? text.replace(new RegExp(nluComponents.join('|'), 'g'), (name) => 'x'.repeat(name.length)) : text)
  const { problems } = readProject('/', new Map(files.map(({ file, parsed }) => [file, withoutNlu(file, parsed.source.text)])))
  for (const { code, severity, place, message, found } of problems) {
    const file = place === null ? undefined : byName.get(place.file)
    if (place === null || file === undefined || severity !== 'warning' || (code !== 'not-supported' && code !== 'unknown-key')) continue
    const offset = offsetOf(file.parsed.source, place)
    if (collected.isTold(file, place) || isOfItems(file, offset)) continue
    const part = parts.get(placeKey(place))
    collected.note({ fate: 'without effect', kind: part?.kind ?? 'key', name: part?.name ?? found ?? wordAt(file.parsed.source.text, offset), place, message })
  }
}
const wordAt = (text: string, offset: number): string => /^[\w./-]+/.exec(text.slice(offset, offset + 100))?.[0] ?? ''

/** Sections whose items are told of one by one. */
const isOfItems = ({ root }: RasaFile, offset: number): boolean =>
  ['stories', 'forms', 'e2e_actions'].some((section) => { const entry = root.entries.get(section); return entry?.key.start === offset && entry.value.kind !== 'scalar' })

const noteParts = (files: readonly RasaFile[], placed: ReadonlyMap<string, string>, collected: Collected): void => {
  for (const file of files) {
    const path = placed.get(file.file)
    for (const { kind, name, span, otherwise } of partsOf(file)) {
      const place = placeOf(span)
      if (collected.isTold(file, place)) continue
      if (path === undefined) collected.note({ fate: 'not taken over', kind, name, place, message: 'Nothing else of its file is of use here.' })
      else collected.note({ fate: otherwise, kind, name, place, message: otherwise === 'taken over' ? `In ${path}.` : `attune does not know it; it stays in ${path}.` })
    }
  }
}

const isAction = (file: string): boolean => file.endsWith('.py')
const isPrompt = (file: string): boolean => /\.(jinja2?|j2)$/i.test(file)

const noteOthers = (paths: readonly string[], known: ReadonlySet<string>, { note, findings }: Collected): void => {
  const told = new Set([...known, ...findings.map(({ place }) => place.file)])
  for (const file of new Set(paths)) {
    if (told.has(file)) continue
    if (isAction(file)) note(finding('not taken over', 'Python file', file, file, 'Python does not run in attune.', 'leave it on its action server, to which action_endpoint in endpoints.yml points'))
    else if (isPrompt(file)) note(finding('not taken over', 'prompt', file, file, 'The tuned model has a fixed prompt that it was trained with.', 'put what the prompt explains into descriptions of flows and slots, and into examples'))
    else note(finding('not taken over', 'file', file, file, 'It is no part that attune reads.'))
  }
}

const wordsOf = (sources: Sources): ReadonlySet<string> =>
  new Set([...sources].flatMap(([file, text]) => (isAction(file) ? text.match(/\b[a-z]\w*\b/gi) ?? [] : [])))

const sorted = (findings: readonly Finding[]): readonly Finding[] =>
  [...findings].sort((a, b) => (a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : a.place.line - b.place.line || a.place.column - b.place.column))
