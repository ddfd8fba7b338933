import { componentAdvice } from '../project/unsupported.js'
import { entriesOf, get, itemsOf, keyAt, textAt, type MapEntry, type Span, type YamlNode } from '../project/yaml-node.js'
import type { Fate } from './finding.js'
import { isSection, kindOf, nameOf, type RasaFile, type SectionName } from './rasa-project.js'

/** One part of a file that the report must speak of. */
export type Part = {
  readonly kind: string
  readonly name: string
  readonly span: Span
  /** Its fate where no translator and no check of the loader has told another. */
  readonly otherwise: Extract<Fate, 'taken over' | 'without effect'>
}

/** Every part of a file: flows, slots, rules, test cases and the like one by one, settings by their keys. */
export const partsOf = ({ file, root }: RasaFile): readonly Part[] => {
  const entries = entriesOf(root).filter(({ key }) => key.name !== 'version')
  switch (file) {
    case 'config.yml': return entries.flatMap(configParts)
    case 'endpoints.yml': return entries.flatMap(endpointParts)
    case 'credentials.yml': return entries.map(({ key }) => ({ kind: 'channel', name: key.name, span: key, otherwise: 'taken over' }))
    default: return entries.flatMap(({ key, value }) => (isSection(key.name) ? sectionParts(key.name, key, value)
      : [{ kind: 'section', name: key.name, span: key, otherwise: key.name === 'metadata' ? 'taken over' : 'without effect' }]))
  }
}

/** Lists whose items are maps, and the keys that name them. */
const namingKeys: Partial<Record<SectionName, readonly string[]>> = {
  nlu: ['intent', 'lookup', 'synonym', 'regex'], rules: ['rule'], stories: ['story'], test_cases: ['test_case'],
}

const sectionParts = (section: SectionName, key: Span, value: YamlNode): readonly Part[] => {
  const kind = kindOf(section)
  if (section === 'entities') return [{ kind: 'section', name: section, span: key, otherwise: 'without effect' }]
  if (value.kind === 'map') return [...value.entries.values()].map((entry) => ({ kind, name: entry.key.name, span: entry.key, otherwise: 'taken over' }))
  return itemsOf(value).map((node) => {
    // `- rule: this` is told of by its name, not by its dash.
    const named = namingKeys[section]?.map((each) => get(node, each)).find((each) => each !== null) ?? node
    return { kind: section === 'nlu' && get(node, 'intent') !== null ? 'intent' : kind, name: nameOf(named), span: named, otherwise: 'taken over' }
  })
}

const usedKeys = ['recipe', 'language', 'assistant_id', 'compat', 'additional_languages']

const configParts = ({ key, value }: MapEntry): readonly Part[] => {
  if (key.name !== 'pipeline' && key.name !== 'policies') return [{ kind: 'setting', name: key.name, span: key, otherwise: usedKeys.includes(key.name) ? 'taken over' : 'without effect' }]
  return itemsOf(value).flatMap((item): readonly Part[] => {
    const name = textAt(item, 'name') ?? ''
    const component: Part = { kind: key.name === 'pipeline' ? 'component' : 'policy', name, span: get(item, 'name') ?? item, otherwise: 'taken over' }
    // Settings of a component that is ignored are ignored with it.
    if (componentAdvice(name.split('.').at(-1) ?? '', false) !== null || item.kind !== 'map') return [component]
    const keys = [...item.entries.keys()].filter((each) => each !== 'name')
    return [component, ...keys.map((each): Part => ({ kind: 'setting', name: each, span: keyAt(item, each), otherwise: each === 'user_input' ? 'taken over' : 'without effect' }))]
  })
}

const endpointParts = ({ key, value }: MapEntry): readonly Part[] => [
  { kind: 'setting', name: key.name, span: key, otherwise: key.name === 'action_endpoint' ? 'taken over' : 'without effect' },
  ...(key.name === 'action_endpoint' ? entriesOf(value).map(({ key: inner }): Part => ({ kind: 'setting', name: inner.name, span: inner, otherwise: 'taken over' })) : []),
]
