import { stringify } from 'yaml'
import { get, keyAt, textAt, type YamlNode } from '../project/yaml-node.js'
import { finding, type Notes } from './finding.js'
import { readRules, type Meaning } from './intents.js'
import type { RasaProject } from './rasa-project.js'
import type { ReadRule } from './rule.js'

/** Rules stay rules where they say one thing, become flows where they do several, and are told of where neither is possible. */
export const translateRules = (rasa: RasaProject, meanings: ReadonlyMap<string, Meaning>, notes: Notes): void => {
  const taken = { intents: new Map<string, string>(), names: new Set<string>(), flows: new Set<string>() }
  const flows: Record<string, unknown> = {}
  const path = notes.free('flows/rules.yml')
  for (const rule of readRules(rasa)) {
    const refusal = refusalOf(rule, meanings, taken)
    if (refusal !== null) {
      notes.note(finding('not taken over', 'rule', rule.name, placeIn(rule), refusal.reason, refusal.advice))
      notes.edit(rule.file, { do: 'drop item', span: rule.node })
      continue
    }
    const { intent, becomes } = rule
    taken.intents.set(intent ?? '', rule.name)
    if (becomes.kind === 'flow') {
      taken.flows.add(becomes.flow)
      flows[becomes.flow] = flowOf(rule, becomes.actions)
      notes.note(finding('translated', 'rule', rule.name, placeIn(rule), `It does ${becomes.actions.length} things, so it became the flow ${becomes.flow} in ${path}, which the intent ${intent ?? ''} starts.`))
      notes.edit(rule.file, { do: 'drop item', span: rule.node })
    } else if (becomes.kind === 'retrieval') {
      notes.note(finding('translated', 'rule', rule.name, placeIn(rule), `Its answers, one for each intent ${intent ?? ''}/..., became facts, which pattern_search finds.`))
      notes.edit(rule.file, { do: 'drop item', span: rule.node })
    } else keepRule(rule, taken.names, notes)
  }
  if (Object.keys(flows).length > 0) notes.add(path, `# Rules of the Rasa project that do more than one thing.\n${stringify({ flows }, { lineWidth: 0 })}`)
}

type Taken = { readonly intents: ReadonlyMap<string, string>; readonly flows: ReadonlySet<string> }
type Refusal = { readonly reason: string; readonly advice: string }

const refusalOf = ({ intent, becomes }: ReadRule, meanings: ReadonlyMap<string, Meaning>, taken: Taken): Refusal | null => {
  if (becomes.kind === 'nothing') return becomes
  const earlier = taken.intents.get(intent ?? '')
  if (earlier !== undefined) return { reason: `The rule "${earlier}" already answers the intent ${intent ?? ''}.`, advice: 'make one rule or one flow of both' }
  if (becomes.kind === 'flow' && taken.flows.has(becomes.flow)) return { reason: `The flow ${becomes.flow} was already made of another rule.`, advice: 'give the rules different names' }
  const meaning = meanings.get(intent ?? '')
  if (meaning?.kind === 'flow' && !(becomes.kind === 'flow' && becomes.flow === meaning.flow)) return { reason: `Its intent ${intent ?? ''} starts the flow ${meaning.flow}.`, advice: 'let the flow say what the rule said' }
  if (meaning?.kind === 'command') return { reason: `Its intent ${intent ?? ''} starts ${meaning.pattern}.`, advice: 'let the pattern say what the rule said' }
  return null
}

const placeIn = ({ node }: ReadRule): YamlNode => get(node, 'rule') ?? node

const flowOf = ({ name, intent }: ReadRule, actions: readonly string[]): unknown => ({
  description: name, nlu_trigger: [{ intent }], run_pattern_completed: false, steps: actions.map((action) => ({ action })),
})

/** Texts go word for word; the names of rules must differ. */
const keepRule = ({ file, node, name, intent }: ReadRule, names: Set<string>, { note, edit }: Notes): void => {
  let own = name
  for (let number = 2; names.has(own); number++) own = `${name} (${number})`
  names.add(own)
  if (own !== name && node.kind === 'map') edit(file, { do: 'put', key: keyAt(node, 'rule'), value: own })
  note(finding('translated', 'rule', name, get(node, 'rule') ?? node, `It stays a rule${own === name ? '' : `, now called "${own}"`}; it answers the example sentences of ${intent ?? ''} word for word, and no others.`))
}

/** Stories are learned by Rasa's story policies; flows say the same outright. */
export const translateStories = (rasa: RasaProject, { note, edit }: Notes): void => {
  for (const { file, node } of rasa.items('stories')) {
    note(finding('not taken over', 'story', textAt(node, 'story') ?? '', get(node, 'story') ?? node, 'Stories are examples for a model that predicts actions; attune follows flows.', 'write what the story shows as a flow, and the story itself as a test in e2e_tests/'))
    edit(file, { do: 'drop item', span: node })
  }
}
