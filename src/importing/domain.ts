import { get, itemsOf, keyAt, placeOf, textAt, textOf, type MapKey, type Span } from '../project/yaml-node.js'
import { finding, wholeOf, type Notes } from './finding.js'
import { nameOf, type RasaMapping, type RasaProject, type RasaSlot, type SectionName } from './rasa-project.js'

/** Slots, responses, actions and forms. Domain files may be split; what stands in two of them is taken once. */
export const translateDomain = (rasa: RasaProject, filled: ReadonlySet<string>, notes: Notes): void => {
  for (const section of ['flows', 'slots', 'responses'] as const) dropDoubles(rasa, section, notes)
  dropDoubleItems(rasa, notes)
  for (const slot of rasa.slots.values()) translateSlot(slot, rasa, filled, notes)
  for (const { file, key, value } of rasa.entries('forms')) {
    const required = get(value, 'required_slots')
    const slots = itemsOf(required).length > 0 ? itemsOf(required).flatMap((item) => textOf(item) ?? []) : required?.kind === 'map' ? [...required.entries.keys()] : []
    notes.note(finding('not taken over', 'form', key.name, key, 'Forms ask for slots within stories and rules, which attune does not have.', `write a flow with ${slots.length === 0 ? 'a collect step for each slot' : slots.map((slot) => `"- collect: ${slot}"`).join(', ')}`))
    notes.edit(file, { do: 'drop entry', span: wholeOf({ key, value }) })
  }
  for (const { file, node } of rasa.items('e2e_actions')) {
    notes.note(finding('not taken over', 'end-to-end action', nameOf(node), node, 'It belongs to end-to-end stories, which attune does not have.', 'make it a response'))
    notes.edit(file, { do: 'drop item', span: node })
  }
}

const dropDoubles = (rasa: RasaProject, section: 'flows' | 'slots' | 'responses', { note, edit }: Notes): void => {
  const first = new Map<string, MapKey>()
  const kind = section.slice(0, -1)
  for (const { file, key, value } of rasa.entries(section)) {
    const before = first.get(key.name)
    if (before === undefined) first.set(key.name, key)
    else {
      note(finding('not taken over', kind, key.name, key, `The ${kind} is declared a second time; the first one, in ${lineOf(before)}, is taken.`, `rename one of them if both are meant`))
      edit(file, { do: 'drop entry', span: wholeOf({ key, value }) })
    }
  }
}

/** Actions, intents and entities are only names: lists of several files are merged. */
const dropDoubleItems = (rasa: RasaProject, { note, edit }: Notes): void => {
  for (const section of ['actions', 'intents', 'entities'] as const satisfies readonly SectionName[]) {
    const first = new Map<string, Span>()
    for (const { file, node } of rasa.items(section)) {
      const name = nameOf(node)
      const before = first.get(name)
      if (before === undefined) first.set(name, node)
      else {
        note(finding('translated', section.slice(0, -1).replace('entitie', 'entity'), name, node, `It is listed in ${lineOf(before)} too, and taken once.`))
        edit(file, { do: 'drop item', span: node })
      }
    }
  }
}
const lineOf = (span: Span): string => `${placeOf(span).file}:${placeOf(span).line}`

/** Mappings that only an NLU model could serve. */
const ofNlu = new Set(['from_entity', 'from_intent', 'from_text', 'from_trigger_intent'])

const translateSlot = (slot: RasaSlot, rasa: RasaProject, filled: ReadonlySet<string>, notes: Notes): void => {
  const { name, entry, mappings } = slot
  const type = textAt(entry.value, 'type')
  if (entry.value.kind === 'map' && (type === 'unfeaturized' || (type?.includes('.') ?? false))) {
    const key = keyAt(entry.value, 'type')
    notes.note(finding('translated', 'type of a slot', name, key, `The type ${type ?? ''} became "any".`, type === 'unfeaturized' ? undefined : 'choose text, float, bool or categorical if one of them fits'))
    notes.edit(entry.file, { do: 'put', key, value: 'any' })
  }
  for (const mapping of mappings) if (mapping.type === 'custom') translateCustom(slot, mapping, notes)
  const [first] = mappings
  const isAsked = [...rasa.flows.values()].some(({ slots }) => slots.has(name)) || filled.has(name)
  if (first === undefined || !isAsked || entry.value.kind !== 'map' || !mappings.every((mapping) => ofNlu.has(mapping.type))) return
  for (const { node, type: served } of mappings) {
    notes.note(finding('translated', 'mapping of a slot', name, get(node, 'type') ?? node, `"from_llm" was added beside ${served}, so that the tuned model fills the slot; no NLU model runs here.`))
  }
  notes.edit(entry.file, { do: 'append', key: keyAt(entry.value, 'mappings'), value: { type: 'from_llm' } })
}

/** The old form of a mapping by an action of one's own. */
const translateCustom = ({ name, entry }: RasaSlot, { node }: RasaMapping, { note, edit }: Notes): void => {
  if (node.kind !== 'map') return
  const key = keyAt(node, 'type')
  const action = textAt(node, 'action')
  edit(entry.file, { do: 'put', key, value: 'controlled' })
  if (action !== null) edit(entry.file, { do: 'rename', key: keyAt(node, 'action'), name: 'run_action_every_turn' })
  note(finding('translated', 'mapping of a slot', name, key, `The old mapping "custom" became "controlled"${action === null ? '' : `, and its action ${action} "run_action_every_turn"`}.`))
}
