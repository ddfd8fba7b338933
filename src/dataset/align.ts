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
/** What the colleague did at the end of a stretch of turns, and the messages of that stretch. */
export type Goal = { readonly call: Call; readonly messages: readonly UserTurn[] }

export type Aligner = { readonly project: Project; readonly words: Vocabulary; readonly phrases: Phrases }
/** `tacit`: values that must have been understood by now although no message says them. Not to be learned, but known from here on. */
type Aligned =
  | { readonly commands: readonly Command[]; readonly spans: readonly SaidSpan[]; readonly tacit?: readonly (readonly [Slot, SlotValue])[] }
  | { readonly reason: string }
type Values = readonly (readonly [Slot, SlotValue])[]

/** Values as their slots keep them; values the slot cannot have are left out. */
const typed = (project: Project, values: ReadonlyMap<string, SlotValue>): Values =>
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
  const said = values.flatMap(([slot, value]) => {
    const span = slot.type === 'bool' ? null : mentionOf(turn.text, slot, value, words)
    return span === null || (isOpen && known.get(slot.name) === span.value) ? [] : [span]
  })
  const hidden = hiddenValues(aligner, goal, values)
  const answer = isOpen && said.length === 0 ? (yesOrNo(aligner, spot, turn, goal, values) ?? orphanAnswer(aligner, spot, turn, goal, values, hidden)) : null
  const spans = answer === null ? said : [answer]
  const stray = strayNumber(turn.text, values, spans)
  const earlier = stray === null ? null : earlierValue(aligner, turn, goal, values, stray)
  if (stray !== null && earlier === null) return { reason: `the number ${stray} is no value of the call` }
  const all = earlier === null ? spans : [...spans, earlier]
  if (!isOpen && hidden.length > 0 && orphansOf(aligner, goal, values).length !== hidden.length) {
    return { commands: meaningOf(project, spot, starts, all), spans: apart(all), tacit: hidden }
  }
  if (starts.length === 0 && all.length === 0) return { reason: `it says none of the values that ${call.flow} was called with${spot.situation.asked === null ? '' : `, while ${spot.situation.asked} is asked`}` }
  return { commands: meaningOf(project, spot, starts, all), spans: apart(all) }
}

/** Values of the call that no message of its stretch says in words we know. */
const hiddenValues = ({ words }: Aligner, { messages }: Goal, values: Values): Values =>
  values.filter(([slot, value]) => slot.type !== 'bool' && !messages.some(({ text, commands }) =>
    mentionOf(text, slot, value, words) !== null || (commands?.some((command) => command.command === 'set slot' && command.name === slot.name) ?? false)))

const opensWith = (text: string, phrases: readonly string[]): boolean =>
  phrases.some((phrase) => new RegExp(`^${escaped(phrase)}(?![\\p{L}\\p{N}])`, 'iu').test(text))

/** Messages between the first and the last that say no value, no yes and no no. */
const orphansOf = ({ words, phrases }: Aligner, { messages }: Goal, values: Values): readonly UserTurn[] =>
  messages.slice(1).filter(({ text, commands }, index, later) =>
    commands === null && !(index === later.length - 1 && values.some(([slot]) => slot.type === 'bool'))
    && !opensWith(text, phrases.yes) && !opensWith(text, phrases.no)
    && !values.some(([slot, value]) => mentionOf(text, slot, value, words) !== null))

/** One value nobody says, one message that says nothing known: it answered the question for that value. */
const orphanAnswer = (aligner: Aligner, spot: Spot, turn: UserTurn, goal: Goal, values: Values, hidden: Values): SaidSpan | null => {
  const [only, another] = hidden
  if (only === undefined || another !== undefined || only[0].type !== 'categorical' || spot.situation.asked !== only[0].name) return null
  const [orphan, second] = orphansOf(aligner, goal, values)
  return orphan === turn && second === undefined ? { start: 0, end: turn.text.length, slot: only[0].name, value: only[1] } : null
}

const numbersOutside = (text: string, spans: readonly SaidSpan[]): readonly number[] =>
  numbersIn([...spans].sort((a, b) => b.start - a.start).reduce((rest, { start, end }) => `${rest.slice(0, start)} . ${rest.slice(end)}`, text))

/** A number that the call does not explain may be a value that was corrected later: better nothing than a wrong label. */
const strayNumber = (text: string, values: Values, spans: readonly SaidSpan[]): number | null => {
  if (!values.some(([slot]) => slot.type === 'float')) return null
  return numbersOutside(text, spans).find((number) => !values.some(([, value]) => value === number)) ?? null
}

/** The number that stood for the only number of the call before a later message changed it. */
const earlierValue = (aligner: Aligner, turn: UserTurn, { messages }: Goal, values: Values, stray: number): SaidSpan | null => {
  const [only, another] = values.filter(([slot]) => slot.type === 'float')
  if (only === undefined || another !== undefined || numbersIn(turn.text).length !== 1) return null
  const [slot, last] = only
  const later = messages.slice(messages.indexOf(turn) + 1)
  const isChanged = later.some(({ text, commands }) => mentionOf(text, slot, last, aligner.words) !== null
    || (commands?.some((command) => command.command === 'set slot' && command.name === slot.name) ?? false))
  return isChanged ? mentionOf(turn.text, slot, stray, aligner.words) : null
}

const yesOrNo = ({ phrases }: Aligner, spot: Spot, turn: UserTurn, { messages }: Goal, values: Values): SaidSpan | null => {
  const asked = values.find(([slot]) => slot.type === 'bool' && slot.name === spot.situation.asked)
  if (asked === undefined) return null
  const [slot, value] = asked
  const [isYes, isNo] = [opensWith(turn.text, phrases.yes), opensWith(turn.text, phrases.no)]
  const isClear = isYes !== isNo && isYes === value
  // The last message before the call answered its last question, whatever the words.
  const others = values.filter(([other]) => other.type === 'bool' && other.name !== slot.name)
  const isLast = turn === messages.at(-1) && others.every(([other]) => spot.situation.slots.some(({ name, value: given }) => name === other.name && given !== null))
  const contradicts = isYes !== isNo && isYes !== value
  return isClear || (isLast && !contradicts) ? { start: 0, end: turn.text.length, slot: slot.name, value } : null
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
