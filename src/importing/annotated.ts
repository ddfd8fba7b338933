import { readAnnotations, type Mark } from '../project/annotations.js'
import { coerced } from '../project/slot-value.js'
import type { SlotValue } from '../project/types.js'
import type { RasaMapping, RasaProject, RasaSlot } from './rasa-project.js'

/** An example line with its entities turned into slots. */
export type Converted = {
  readonly line: string
  readonly slots: readonly string[]
  /** Entities that fill no slot there: their words stay as plain words. */
  readonly plain: readonly string[]
  /** Synonyms that gave a mark its value. */
  readonly synonyms: readonly string[]
}
export type Surroundings = {
  readonly rasa: RasaProject
  readonly intent: string
  /** Slots the sentence may fill. */
  readonly slots: ReadonlySet<string>
  /** Values by the words that stand for them, in lower case. */
  readonly synonyms: ReadonlyMap<string, string>
}

export const converted = (line: string, surroundings: Surroundings): Converted => {
  const { marks } = readAnnotations(line)
  const slots: string[] = []
  const plain: string[] = []
  const synonyms: string[] = []
  let text = ''
  let at = 0
  for (const mark of marks) {
    const written = line.slice(mark.from, mark.to)
    const said = written.slice(1, closingBracket(written))
    const synonym = mark.value === undefined ? surroundings.synonyms.get(said.toLowerCase()) : undefined
    const slot = slotOf(mark, written, surroundings)
    const value = slot === null ? null : valueFor(slot, mark.value ?? synonym ?? said, said)
    text += line.slice(at, mark.from)
    at = mark.to
    if (slot === null || value === null) {
      text += said
      plain.push(mark.slot ?? '')
      continue
    }
    text += value === said ? `[${said}](${slot.name})` : `[${said}]${JSON.stringify({ slot: slot.name, value })}`
    slots.push(slot.name)
    if (synonym !== undefined) synonyms.push(synonym)
  }
  return { line: text + line.slice(at), slots, plain, synonyms }
}

const closingBracket = (written: string): number => {
  for (let at = 1; at < written.length; at++) {
    if (written[at] === '\\') at++
    else if (written[at] === ']') return at
  }
  return written.length
}

/** The value as the slot keeps it, the words themselves where they say it, or null where the slot cannot have it. */
const valueFor = (slot: RasaSlot, given: SlotValue, said: string): SlotValue => {
  const { value, fault } = coerced(slot, given)
  if (fault !== null) return null
  return value === said || (typeof value === 'string' && value.toLowerCase() === said.toLowerCase() && slot.type === 'categorical') ? said : value
}

/** The slot that an entity fills: by its mapping, with role and group, or by having the same name. */
const slotOf = (mark: Mark, written: string, { rasa, intent, slots }: Surroundings): RasaSlot | null => {
  const { role, group } = detailsOf(written)
  const possible = [...slots].flatMap((name) => rasa.slots.get(name) ?? [])
  const fits = (mapping: RasaMapping): boolean =>
    mapping.type === 'from_entity' && mapping.entity === mark.slot && mapping.role === role && mapping.group === group &&
    (mapping.intents.length === 0 || mapping.intents.includes(intent)) && !mapping.exceptIntents.includes(intent)
  return possible.find(({ mappings }) => mappings.some(fits)) ?? possible.find(({ name }) => name === (role ?? mark.slot)) ?? null
}

/** `role` and `group` of `[words]{"entity": "city", "role": "to"}`. */
const detailsOf = (written: string): { readonly role: string | null; readonly group: string | null } => {
  const after = written.slice(closingBracket(written) + 1)
  if (!after.startsWith('{')) return { role: null, group: null }
  // The annotation has been read, so this is JSON.
  const { role, group } = JSON.parse(after) as Readonly<Record<string, unknown>>
  return { role: typeof role === 'string' ? role : null, group: typeof group === 'string' ? group : null }
}
