import { basename, extname } from 'node:path'
import { stringify } from 'yaml'
import { readAnnotations } from '../project/annotations.js'
import { exampleLines } from '../project/example-lines.js'
import { normalise } from '../project/normalise.js'
import { entriesOf, get, itemsOf, keyAt, textAt, textOf, type YamlNode } from '../project/yaml-node.js'
import { converted } from './annotated.js'
import { finding, wholeOf, type Notes } from './finding.js'
import type { Meaning } from './intents.js'
import type { RasaProject, RasaSlot } from './rasa-project.js'

/** NLU data: examples for flows, commands and slots; what rules answer stays with the rules. */
export const translateTrainingData = (rasa: RasaProject, meanings: ReadonlyMap<string, Meaning>, notes: Notes): void => {
  const synonyms = synonymsOf(rasa)
  const used = new Set<string>()
  for (const file of new Set(rasa.items('nlu').map((item) => item.file))) {
    const own = rasa.items('nlu').filter((item) => item.file === file).map(({ node }) => node)
    const path = notes.free(`data/examples/${basename(file, extname(file))}.yml`)
    const groups = own.flatMap((node) => groupOf(node, { rasa, meanings, synonyms, used, file, path }, notes))
    const samples = own.flatMap((node) => samplesOf(node, { rasa, file, path }, notes))
    if (groups.length + samples.length === 0) continue
    const content = { ...(groups.length > 0 && { examples: groups }), ...(samples.length > 0 && { samples }) }
    notes.add(path, `# From ${file} of the Rasa project.\n${stringify(content, { lineWidth: 0, blockQuote: 'literal' })}`)
  }
  translateRetrieval(rasa, meanings, notes)
  for (const { file, node } of rasa.items('nlu')) tellOthers(file, node, used, notes)
}

type World = {
  readonly rasa: RasaProject
  readonly meanings: ReadonlyMap<string, Meaning>
  readonly synonyms: ReadonlyMap<string, string>
  readonly used: Set<string>
  readonly file: string
  readonly path: string
}
type Group = Readonly<Record<string, string>>

const groupOf = (node: YamlNode, world: World, { note, edit }: Notes): readonly Group[] => {
  const intent = textAt(node, 'intent')
  if (intent === null || node.kind !== 'map') return []
  const { rasa, meanings, synonyms, used, file, path } = world
  const at = get(node, 'intent') ?? node
  const meaning = meanings.get(intent)
  const all = linesOf(get(node, 'examples'))
  const lines = once(all)
  const doubles = all.length === lines.length ? '' : ` ${some(all.length - lines.length, 'sentence')} that stood there twice ${all.length - lines.length === 1 ? 'is' : 'are'} left out.`
  if (meaning?.kind === 'rule') {
    // Examples with metadata are maps, which no rule can read.
    if (itemsOf(get(node, 'examples')).some((item) => item.kind === 'map')) edit(file, { do: 'put', key: keyAt(node, 'examples'), value: block(all) })
    return []
  }
  edit(file, { do: 'drop item', span: node })
  if (meaning === undefined || lines.length === 0) {
    note(finding('not taken over', 'intent', intent, at, meaning === undefined ? 'No flow, rule or slot listens to it.' : 'It has no examples.', 'write a flow or a rule for it; or list the sentences in data/examples under the flow, slot or command they mean'))
    return []
  }
  if (meaning.kind === 'knowledge') {
    note(finding('translated', 'intent', intent, at, `Its sentences became questions of a fact in ${retrievalFile}, and examples of the command "knowledge" in ${path}.${doubles}`))
    return [{ command: 'knowledge', utterances: block(lines.map(plainText)) }]
  }
  if (meaning.kind === 'slot') {
    note(finding('translated', 'intent', intent, at, `${some(lines.length, 'sentence')} became answers that fill the slot ${meaning.slot} with ${JSON.stringify(meaning.value)}, in ${path}.${doubles}`))
    return [{ slot: meaning.slot, utterances: block(lines.map((line) => `[${plainText(line)}]{"value": ${JSON.stringify(meaning.value)}}`)) }]
  }
  const slots = meaning.kind === 'flow' ? rasa.flows.get(meaning.flow)?.slots ?? new Set<string>() : new Set<string>()
  const marks = lines.map((line) => converted(line, { rasa, intent, slots, synonyms }))
  for (const synonym of marks.flatMap((line) => line.synonyms)) used.add(synonym)
  const marked = [...new Set(marks.flatMap((line) => line.slots))]
  const plain = [...new Set(marks.flatMap((line) => line.plain))]
  note(finding('translated', 'intent', intent, at, [
    `${some(lines.length, 'sentence')} became examples of the ${meaning.kind === 'flow' ? `flow ${meaning.flow}` : `command "${meaning.command}"`}, in ${path}`,
    ...(marked.length > 0 ? [`slots marked: ${marked.join(', ')}`] : []),
    ...(plain.length > 0 ? [`entities that fill no slot there and are plain words now: ${plain.join(', ')}`] : []),
  ].join('; ') + `.${doubles}`))
  return [{ ...(meaning.kind === 'flow' ? { flow: meaning.flow } : { command: meaning.command }), utterances: block(marks.map(({ line }) => line)) }]
}

const retrievalFile = 'data/knowledge/retrieval.yml'

/** Retrieval intents and their responses are questions with one answer each: facts. */
const translateRetrieval = (rasa: RasaProject, meanings: ReadonlyMap<string, Meaning>, { note, edit, add }: Notes): void => {
  const facts = new Map<string, { readonly title: string; readonly questions: readonly string[]; readonly answer: string }>()
  for (const { node } of rasa.items('nlu')) {
    const intent = textAt(node, 'intent') ?? ''
    const meaning = meanings.get(intent)
    const questions = once(linesOf(get(node, 'examples'))).map((line) => unescaped(plainText(line)))
    if (meaning?.kind === 'knowledge' && questions.length > 0) facts.set(intent, { title: intent, answer: meaning.answer, questions: [...facts.get(intent)?.questions ?? [], ...questions] })
  }
  if (facts.size === 0) return
  add(retrievalFile, `# Retrieval intents of the Rasa project.\n${stringify({ knowledge: [...facts.values()] }, { lineWidth: 0 })}`)
  for (const { file, key, value } of rasa.entries('responses')) {
    if (!facts.has(key.name.replace('utter_', '')) || rasa.isInFlows(key.name)) continue
    note(finding('translated', 'response', key.name, key, `Its text became the answer of a fact in ${retrievalFile}.`))
    edit(file, { do: 'drop entry', span: wholeOf({ key, value }) })
  }
}

const some = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
const block = (lines: readonly string[]): string => lines.map((line) => `- ${line}\n`).join('')

/** Lines of a block, or of a list; Rasa also knows items with `text` and `metadata`. */
const linesOf = (node: YamlNode | null): readonly string[] =>
  node?.kind === 'list' ? node.items.flatMap((item) => textOf(item)?.trim() ?? textAt(item, 'text')?.trim().replace(/^- +/, '') ?? []) : exampleLines(node, () => undefined).map(({ text }) => text)

/** The same words once, as a check of the loader would see them. */
const once = (lines: readonly string[]): readonly string[] => {
  const seen = new Map<string, string>()
  for (const line of lines) {
    const said = normalise(readAnnotations(line).text)
    if (!seen.has(said)) seen.set(said, line)
  }
  return [...seen.values()]
}

/** The sentence without marks, with its brackets still escaped. */
const plainText = (line: string): string => line.replace(/(?<!\\)\[((?:\\.|[^\]])*)\](?:\([^)]*\)|\{[^}]*\})/g, '$1')

const unescaped = (line: string): string => line.replace(/\\([[\]])/g, '$1')

const synonymsOf = (rasa: RasaProject): ReadonlyMap<string, string> =>
  new Map(rasa.items('nlu').flatMap(({ node }): [string, string][] => {
    const value = textAt(node, 'synonym')
    return value === null ? [] : linesOf(get(node, 'examples')).map((said) => [said.toLowerCase(), value])
  }))

/** A lookup table lists what people say for an entity: samples for the slot that the entity fills. */
const samplesOf = (node: YamlNode, { rasa, file, path }: Pick<World, 'rasa' | 'file' | 'path'>, { note, edit }: Notes): readonly unknown[] => {
  const entity = textAt(node, 'lookup')
  const values = linesOf(get(node, 'examples'))
  if (entity === null) return []
  edit(file, { do: 'drop item', span: node })
  const slot = [...rasa.slots.values()].find((candidate) => candidate.type === 'text' && isFilledBy(candidate, entity) && [...rasa.flows.values()].some(({ slots }) => slots.has(candidate.name)))
  const at = get(node, 'lookup') ?? node
  if (slot === undefined || values.length === 0) {
    note(finding('not taken over', 'lookup table', entity, at, 'No flow asks for a text that this entity fills.', 'list the values under "samples:" of a slot in data/examples'))
    return []
  }
  note(finding('translated', 'lookup table', entity, at, `${some(values.length, 'value')} became samples of the slot ${slot.name}, in ${path}.`))
  return [{ slot: slot.name, values }]
}
const isFilledBy = ({ name, mappings }: RasaSlot, entity: string): boolean => name === entity || mappings.some((mapping) => mapping.type === 'from_entity' && mapping.entity === entity)

/** Synonyms, once it is known which of them were used, and whatever else stands in the list. */
const tellOthers = (file: string, node: YamlNode, used: ReadonlySet<string>, { note, edit }: Notes): void => {
  if (get(node, 'intent') !== null || get(node, 'lookup') !== null) return
  edit(file, { do: 'drop item', span: node })
  const synonym = textAt(node, 'synonym')
  const regex = textAt(node, 'regex')
  if (synonym !== null && used.has(synonym)) note(finding('translated', 'synonym', synonym, get(node, 'synonym') ?? node, 'The marks that it stands for carry it as their value now.'))
  else if (synonym !== null) note(finding('not taken over', 'synonym', synonym, get(node, 'synonym') ?? node, 'No mark in an example of a flow needs it.', 'write the value into an example: [words]{"slot": ..., "value": ...}'))
  else if (regex !== null) note(finding('not taken over', 'regular expression', regex, get(node, 'regex') ?? node, 'Features of an NLU model are not used.', 'a rule can match a pattern ("matches:"), and a rejection can check one'))
  else note(finding('not taken over', 'training data', entriesOf(node)[0]?.key.name ?? '', node, 'attune does not know this kind of training data.', 'list sentences under "examples:" in data/examples'))
}
