import type { Command } from '../dialogue/commands.js'
import { numbersIn } from '../language/numbers.js'
import { coerced } from '../project/slot-value.js'
import type { Place, Project, Slot, SlotValue } from '../project/types.js'
import { meaningOf } from './draft.js'
import type { Turn } from './dialogues.js'
import { mentionOf } from './mentions.js'
import type { Phrases } from './phrases.js'
import type { SaidSpan } from './said.js'
import type { Spot } from './spots.js'
import type { Vocabulary } from './vocabulary.js'

/** A turn that nobody annotated and that the builder could not place: left out, and said aloud. */
export type Unaligned = { readonly place: Place; readonly reason: string }

export type UserTurn = Extract<Turn, { who: 'user' }>
export type Call = Extract<Turn, { who: 'call' }>
/** What the colleague did at the end of this stretch of turns, and the last message before it. */
export type Goal = { readonly call: Call; readonly lastTurn: UserTurn }

export type Aligner = { readonly project: Project; readonly words: Vocabulary; readonly phrases: Phrases }
type Aligned = { readonly commands: readonly Command[]; readonly spans: readonly SaidSpan[] } | { readonly reason: string }

/** Values as their slots keep them; values the slot cannot have are left out. */
const typed = (project: Project, values: ReadonlyMap<string, SlotValue>): readonly (readonly [Slot, SlotValue])[] =>
  [...values].flatMap(([name, value]) => {
    const slot = project.slots.get(name)
    const { value: kept } = slot === undefined ? { value: null } : coerced(slot, value)
    return slot === undefined || kept === null ? [] : [[slot, kept] as const]
  })

/**
 * What an unannotated message of a transcript meant, from what was done in the end: the first one starts the flow, and every
 * value stands where it was said. Nothing is guessed: a message that explains nothing comes back with the reason.
 */
export const alignedTurn = (aligner: Aligner, spot: Spot, turn: UserTurn, goal: Goal | null): Aligned => {
  if (goal === null) return { reason: 'no call follows that would tell what it meant' }
  const { project, words } = aligner
  const { call } = goal
  const isOpen = [spot.situation.flow, ...spot.situation.interrupted].includes(call.flow)
  if (!isOpen && !spot.legal.startable.includes(call.flow)) return { reason: `the flow ${call.flow} cannot start here` }
  const starts = isOpen ? [] : [call.flow]
  const values = typed(project, call.values)
  const known = new Map(spot.situation.slots.map(({ name, value }) => [name, value]))
  const spans = values.flatMap(([slot, value]) => {
    const span = slot.type === 'bool' ? null : mentionOf(turn.text, slot, value, words)
    return span === null || (isOpen && known.get(slot.name) === span.value) ? [] : [span]
  })
  const bare = isOpen && spans.length === 0 ? yesOrNo(aligner, spot, turn, goal, values) : null
  const all = bare === null ? spans : [bare]
  const stray = strayNumber(turn.text, values, all)
  if (stray !== null) return { reason: `the number ${stray} is no value of the call` }
  if (starts.length === 0 && all.length === 0) return { reason: `it says none of the values that ${call.flow} was called with` }
  return { commands: meaningOf(project, spot, starts, all), spans: apart(all) }
}

/** A number that the call does not explain may be a value that was corrected later: better nothing than a wrong label. */
const strayNumber = (text: string, values: readonly (readonly [Slot, SlotValue])[], spans: readonly SaidSpan[]): number | null => {
  if (!values.some(([slot]) => slot.type === 'float')) return null
  const outside = [...spans].reduceRight((rest, { start, end }) => `${rest.slice(0, start)} . ${rest.slice(end)}`, text)
  return numbersIn(outside).find((number) => !values.some(([, value]) => value === number)) ?? null
}

const yesOrNo = ({ phrases }: Aligner, spot: Spot, turn: UserTurn, { lastTurn }: Goal, values: readonly (readonly [Slot, SlotValue])[]): SaidSpan | null => {
  const asked = values.find(([slot]) => slot.type === 'bool' && slot.name === spot.situation.asked)
  if (asked === undefined) return null
  const [slot, value] = asked
  const opens = (list: readonly string[]): boolean => list.some((phrase) => new RegExp(`^${escaped(phrase)}(?![\\p{L}\\p{N}])`, 'iu').test(turn.text))
  const [isYes, isNo] = [opens(phrases.yes), opens(phrases.no)]
  const clear = isYes !== isNo && isYes === value
  // The last message before the call answered its last question, whatever the words.
  const others = values.filter(([other]) => other.type === 'bool' && other.name !== slot.name)
  const decides = turn === lastTurn && (others.length === 0 || others.every(([other]) => spot.situation.slots.some(({ name, value: given }) => name === other.name && given !== null)))
  return clear || (decides && !(isYes !== isNo && isYes !== value)) ? { start: 0, end: turn.text.length, slot: slot.name, value } : null
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What a message of a test meant, from what the test expects after it. */
export const expectedMeaning = ({ project, words }: Aligner, spot: Spot, { text, expected }: UserTurn): Aligned => {
  if (expected.cancelled) return { commands: [{ command: 'cancel flow' }], spans: [] }
  const starts = expected.started.filter((flow) => spot.legal.startable.includes(flow))
  const spans = typed(project, expected.slots).flatMap(([slot, value]): readonly SaidSpan[] => {
    if (slot.type === 'bool') return spot.situation.asked === slot.name ? [{ start: 0, end: text.length, slot: slot.name, value }] : []
    const span = mentionOf(text, slot, value, words)
    return span === null ? [] : [span]
  })
  if (starts.length === 0 && spans.length === 0) return { reason: 'its expectations name no flow it starts and no value it says; write its commands: into the test' }
  return { commands: meaningOf(project, spot, starts, spans), spans: apart(spans) }
}

/** Stretches that do not overlap, short ones first: a yes that is the whole message gives way to the values in it. */
const apart = (spans: readonly SaidSpan[]): readonly SaidSpan[] => {
  const kept: SaidSpan[] = []
  for (const span of [...spans].sort((a, b) => a.end - a.start - (b.end - b.start))) {
    if (!kept.some((other) => other.start < span.end && span.start < other.end)) kept.push(span)
  }
  return kept.sort((a, b) => a.start - b.start)
}

/** Where the values of written commands stand in the message, so that they can be varied. */
export const spansOfCommands = ({ project, words }: Aligner, text: string, commands: readonly Command[]): readonly SaidSpan[] => {
  const spans: SaidSpan[] = []
  for (const command of commands) {
    const slot = command.command === 'set slot' ? project.slots.get(command.name) : undefined
    if (command.command !== 'set slot' || slot === undefined) continue
    const span = mentionOf(text, slot, command.value, words)
    if (span !== null) spans.push(span)
  }
  return apart(spans)
}
