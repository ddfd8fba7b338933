import type { Sources } from '../project/read-files.js'
import type { Slot, SlotType } from '../project/types.js'
import { entriesOf, get, itemsOf, numberAt, textAt, textOf, valueOf, writtenOf, type MapEntry, type MapNode, type YamlNode } from '../project/yaml-node.js'
import { parseYaml, type ParsedYaml } from '../project/yaml.js'
import { withQuotesIndented } from './indented.js'

/** Sections of Rasa's project files, with what an entry or item of each is called. */
const kinds = {
  flows: 'flow', nlu: 'training data', rules: 'rule', stories: 'story', slots: 'slot', responses: 'response', actions: 'action', intents: 'intent',
  entities: 'entity', forms: 'form', e2e_actions: 'end-to-end action', session_config: 'session setting', test_cases: 'test case', fixtures: 'fixture',
  stub_custom_actions: 'stub of an action',
} as const
export type SectionName = keyof typeof kinds
export const kindOf = (section: SectionName): string => kinds[section]
export const isSection = (name: string): name is SectionName => name in kinds

export const settings = ['config.yml', 'endpoints.yml', 'credentials.yml'] as const

export type RasaFile = { readonly file: string; readonly parsed: ParsedYaml; readonly root: MapNode }
type Item = { readonly file: string; readonly node: YamlNode }
type Entry = MapEntry & { readonly file: string }

export type RasaFlow = { readonly id: string; readonly node: YamlNode; readonly triggers: readonly string[]; readonly slots: ReadonlySet<string> }
export type RasaMapping = { readonly type: string; readonly node: YamlNode; readonly entity: string | null; readonly role: string | null; readonly group: string | null; readonly intents: readonly string[]; readonly exceptIntents: readonly string[] }
export type RasaSlot = Pick<Slot, 'type' | 'values' | 'minimum' | 'maximum'> & { readonly name: string; readonly entry: Entry; readonly mappings: readonly RasaMapping[] }

/** What a Rasa project says, as far as the translators must know it. Where a name stands twice, the first one counts. */
export type RasaProject = {
  readonly files: readonly RasaFile[]
  readonly flows: ReadonlyMap<string, RasaFlow>
  readonly slots: ReadonlyMap<string, RasaSlot>
  readonly forms: ReadonlySet<string>
  readonly responses: ReadonlySet<string>
  /** Whether a flow names this, such as a response in one of its steps. */
  readonly isInFlows: (name: string) => boolean
  readonly entries: (section: SectionName) => readonly Entry[]
  readonly items: (section: SectionName) => readonly Item[]
}

export type ParsedFiles = {
  readonly files: readonly RasaFile[]
  /** Files that cannot be read as YAML. */
  readonly broken: readonly ParsedYaml[]
  /** Files in which quoted texts had to be indented before they could be read. */
  readonly mended: readonly string[]
  /** YAML that has nothing to do with Rasa. */
  readonly foreign: readonly string[]
}

export const parseFiles = (sources: Sources): ParsedFiles => {
  const files: RasaFile[] = []
  const broken: ParsedYaml[] = []
  const foreign: string[] = []
  const mended: string[] = []
  for (const [file, text] of sources) {
    if (!/\.ya?ml$/i.test(file)) continue
    const strict = parseYaml(file, text)
    const lenient = strict.problems.length === 0 ? strict : parseYaml(file, withQuotesIndented(text))
    const isMended = lenient !== strict && lenient.problems.length === 0
    if (isMended) mended.push(file)
    const parsed = isMended ? lenient : strict
    const { root, problems } = parsed
    if (problems.length > 0) broken.push(parsed)
    else if (root?.kind === 'map' && isRasas(file, root)) files.push({ file, parsed, root })
    else foreign.push(file)
  }
  return { files, broken, mended, foreign }
}

const isRasas = (file: string, root: MapNode): boolean =>
  (settings as readonly string[]).includes(file) || /(^|\/)conftest\.ya?ml$/.test(file) || [...root.entries.keys()].some(isSection)

export const rasaProject = (files: readonly RasaFile[]): RasaProject => {
  const sections = (section: SectionName): readonly Item[] =>
    files.flatMap(({ file, root }) => { const node = get(root, section); return node === null ? [] : [{ file, node }] })
  const entries = (section: SectionName): readonly Entry[] => sections(section).flatMap(({ file, node }) => entriesOf(node).map((entry) => ({ ...entry, file })))
  const items = (section: SectionName): readonly Item[] => sections(section).flatMap(({ file, node }) => itemsOf(node).map((item) => ({ file, node: item })))
  const nodes = firsts(entries('flows').map(({ key, value }) => [key.name, value]))
  return {
    files, entries, items,
    flows: new Map([...nodes].map(([id, node]) => [id, { id, node, triggers: triggersOf(node), slots: slotsBelow(id, nodes) }])),
    slots: firsts(entries('slots').map((entry) => [entry.key.name, slotOf(entry)])),
    forms: new Set(entries('forms').map(({ key }) => key.name)),
    responses: new Set(entries('responses').map(({ key }) => key.name)),
    isInFlows: (name) => [...nodes.values()].some(({ source, start, end }) => source.text.slice(start, end).includes(name)),
  }
}

const firsts = <T>(pairs: readonly (readonly [string, T])[]): ReadonlyMap<string, T> => {
  const map = new Map<string, T>()
  for (const [name, value] of pairs) if (!map.has(name)) map.set(name, value)
  return map
}

const triggersOf = (node: YamlNode): readonly string[] =>
  itemsOf(get(node, 'nlu_trigger')).flatMap((item) => textAt(item, 'intent') ?? textAt(get(item, 'intent'), 'name') ?? [])

/** Slots that a flow collects or sets, those of flows it calls or links to included. */
const slotsBelow = (id: string, flows: ReadonlyMap<string, YamlNode>, seen = new Set<string>()): ReadonlySet<string> => {
  const node = flows.get(id)
  if (node === undefined || seen.has(id)) return new Set()
  seen.add(id)
  return new Set(stepsWithin(get(node, 'steps')).flatMap((step): readonly string[] => {
    const next = textAt(step, 'call') ?? textAt(step, 'link')
    if (next !== null) return [...slotsBelow(next, flows, seen)]
    const collected = textAt(step, 'collect') ?? textAt(get(step, 'collect'), 'name')
    if (collected !== null) return [collected]
    const set = get(step, 'set_slots')
    return (set?.kind === 'list' ? set.items : set === null ? [] : [set]).flatMap((item) => entriesOf(item).map(({ key }) => key.name))
  }))
}

const stepsWithin = (list: YamlNode | null): readonly YamlNode[] =>
  itemsOf(list).flatMap((step) => {
    const next = get(step, 'next')
    const branches = itemsOf(next).flatMap((branch) => [get(branch, 'then'), get(branch, 'else')])
    return [step, ...stepsWithin(next), ...branches.flatMap(stepsWithin)]
  }).filter((step) => get(step, 'if') === null && get(step, 'else') === null)

const slotTypes: readonly string[] = ['text', 'bool', 'categorical', 'float', 'any', 'list']
const slotOf = (entry: Entry): RasaSlot => {
  const { key, value } = entry
  const type = textAt(value, 'type') ?? ''
  return {
    name: key.name, entry,
    type: type === 'strict_categorical' ? 'categorical' : slotTypes.includes(type) ? type as SlotType : 'any',
    values: itemsOf(get(value, 'values')).flatMap((item) => writtenOf(item) ?? []),
    minimum: numberAt(value, 'min_value'),
    maximum: numberAt(value, 'max_value'),
    mappings: itemsOf(get(value, 'mappings')).map((node) => ({
      type: textAt(node, 'type') ?? '', node, entity: textAt(node, 'entity'), role: textAt(node, 'role'), group: textAt(node, 'group'),
      intents: oneOrMore(get(node, 'intent')), exceptIntents: oneOrMore(get(node, 'not_intent')),
    })),
  }
}

const oneOrMore = (node: YamlNode | null): readonly string[] =>
  (node?.kind === 'list' ? node.items : node === null ? [] : [node]).flatMap((item) => textOf(item) ?? [])

/** The mapping's own value, for `from_intent`. */
export const mappedValue = ({ node }: RasaMapping): ReturnType<typeof valueOf> | undefined => {
  const value = get(node, 'value')
  return value === null ? undefined : valueOf(value)
}

/** The name of an item that is a word, or a map with one key: `- greet` and `- greet: {use_entities: []}`. */
export const nameOf = (node: YamlNode): string => textOf(node) ?? (node.kind === 'map' ? [...node.entries.keys()][0] ?? '' : '')
