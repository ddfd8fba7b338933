import { assumed, type Declared, type Section } from './draft.js'
import { listed, suggester } from './nearest.js'
import { caution, mistake, type Report } from './problem.js'
import { topLevelAdvice } from './unsupported.js'
import { entriesOf, itemsOf, placeOf, textOf, type MapKey, type SourceText, type Span, type YamlNode } from './yaml-node.js'

/** Top-level keys that this room reads. */
const own = ['flows', 'nlu', 'rules', 'examples', 'samples', 'slots', 'responses', 'actions', 'session_config', 'intents', 'properties', 'assumptions', 'entities', 'forms', 'stories', 'e2e_actions'] as const
type SectionName = (typeof own)[number]
/** Top-level keys that other rooms read: end-to-end tests, transcripts, knowledge. Left alone here. */
const others = ['transcripts', 'test_cases', 'fixtures', 'metadata', 'stub_custom_actions', 'knowledge', 'version'] as const

export type Sections = Readonly<Record<SectionName, readonly Section[]>>

/** Sorts the top-level keys of all files by what they hold; whichever file a key stands in, it means the same. */
export const sectionsOf = (roots: readonly YamlNode[], report: Report): Sections => {
  const sections: Record<SectionName, Section[]> = {
    flows: [], nlu: [], rules: [], examples: [], samples: [], slots: [], responses: [], actions: [], session_config: [], intents: [], properties: [], assumptions: [], entities: [], forms: [], stories: [], e2e_actions: [],
  }
  const suggest = suggester(new Set([...own, ...others]))
  for (const root of roots) {
    if (root.kind !== 'map') {
      if (root.kind === 'list' || root.value !== null) report(mistake(root, 'wrong-type', 'A project file is a map of sections.', { expected: `keys such as ${listed(own, 4)}` }))
      continue
    }
    for (const { key, value } of root.entries.values()) {
      if (isOwn(key.name)) sections[key.name].push({ key, value })
      else noteOther(key, suggest, report)
    }
  }
  return sections
}

const isOwn = (name: string): name is SectionName => (own as readonly string[]).includes(name)

const noteOther = (key: MapKey, suggest: (name: string) => string | null, report: Report): void => {
  const { name } = key
  if ((others as readonly string[]).includes(name)) return
  const advice = (topLevelAdvice as Readonly<Record<string, string | null>>)[name]
  if (advice === null) return
  if (advice !== undefined) {
    report(caution(key, 'not-supported', advice, { found: name }))
    return
  }
  const near = suggest(name)
  const details = { found: name, expected: `one of ${listed(own, 20)}`, suggestion: near }
  report(near === null ? caution(key, 'unknown-key', `"${name}" is not a section attune knows; it is ignored.`, details) : mistake(key, 'unknown-key', `"${name}" is not a section.`, details))
}

/** Parts of Rasa's NLU side, in a project whose pipeline has no place for it. */
export const noteIdleSections = (sections: Sections, report: Report): void => {
  for (const name of ['entities', 'forms', 'stories', 'e2e_actions'] as const) {
    for (const { key } of sections[name]) report(caution(key, 'not-supported', topLevelAdvice[name], { found: name }))
  }
}

/** What each section declares, before anything is read: a name that exists but is faulty must not be called unknown as well. */
export const declarations = (sections: Sections, builtIn: Sections, unread: readonly SourceText[], report: Report): Declared => {
  const flows = named(sections.flows, 'flow', report)
  const responses = named(sections.responses, 'response', report)
  const slots = named(sections.slots, 'slot', report)
  // A project's flow, response or slot replaces the built-in one of the same name.
  for (const [mine, theirs] of [[flows, builtIn.flows], [responses, builtIn.responses], [slots, builtIn.slots]] as const) {
    for (const [name, span] of named(theirs, 'built-in', report)) if (!mine.has(name)) mine.set(name, span)
  }
  const declared = { flows, responses, slots, actions: actionNames(sections.actions, report), intents: intentNames(sections.intents) }
  for (const source of unread) assumeWords(source, Object.values(declared))
  return declared
}

/** A file with broken syntax may declare whatever words it holds: one mistake must not look like a hundred. */
const assumeWords = ({ text }: SourceText, declared: readonly Map<string, Span>[]): void => {
  for (const [word] of text.matchAll(/[A-Za-z_][\w-]*/g)) for (const names of declared) if (!names.has(word)) names.set(word, assumed)
}

const named = (sections: readonly Section[], what: string, report: Report): Map<string, Span> => {
  const names = new Map<string, Span>()
  for (const { key: section, value } of sections) {
    if (value.kind === 'scalar' && value.value === null) continue
    if (value.kind !== 'map') {
      report(mistake(section, 'wrong-type', `This section must be a map from names to ${what}s.`, { expected: `name_of_the_${what}: ...` }))
      continue
    }
    for (const { key } of value.entries.values()) addOnce(names, key.name, key, what, report)
  }
  return names
}

const actionNames = (sections: readonly Section[], report: Report): Map<string, Span> => {
  const names = new Map<string, Span>()
  for (const { value } of sections) {
    for (const item of itemsOf(value)) {
      const node = item.kind === 'map' ? entriesOf(item)[0]?.key : item
      const name = item.kind === 'map' ? entriesOf(item)[0]?.key.name ?? null : textOf(item)
      if (name === null || node === undefined) report(mistake(item, 'wrong-type', 'An action is listed by its name.', { expected: '- action_name' }))
      else addOnce(names, name, node, 'action', report)
    }
  }
  return names
}

const intentNames = (sections: readonly Section[]): Map<string, Span> =>
  new Map(sections.flatMap(({ value }) => itemsOf(value)).flatMap((item): [string, Span][] => {
    const name = item.kind === 'map' ? entriesOf(item)[0]?.key.name ?? null : textOf(item)
    return name === null ? [] : [[name, item]]
  }))

const addOnce = (names: Map<string, Span>, name: string, span: Span, what: string, report: Report): void => {
  const first = names.get(name)
  if (first === undefined) {
    names.set(name, span)
    return
  }
  const { file, line } = placeOf(first)
  report(mistake(span, `duplicate-${what}`, `The ${what} "${name}" is declared twice.`, { found: `first in ${file}:${line}`, suggestion: 'remove or rename one of them' }))
}
