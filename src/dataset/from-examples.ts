import type { Command } from '../dialogue/commands.js'
import type { ExampleGroup, Utterance } from '../project/types.js'
import type { Draft, Kind } from './draft.js'
import type { Origin } from './example.js'
import { choicesFor, placed, reworded, type Placing } from './placing.js'
import { someSpots } from './questions.js'
import { templateOf } from './duplicates.js'
import type { Random } from './random.js'
import type { Said } from './said.js'
import type { Spot } from './spots.js'
import type { Manner } from './vary.js'

/** In how many places each utterance is put, on average: 1.5 is once or twice. The first copy is said word for word. */
export type Copies = {
  readonly idle: number
  readonly digressions: number
  readonly answers: number
  readonly ahead: number
  readonly corrections: number
  readonly commands: number
  readonly cannotHandle: number
}
export const defaultCopies: Copies = { idle: 2, digressions: 1.5, answers: 2.5, ahead: 0.5, corrections: 2, commands: 3, cannotHandle: 2 }

/** A whole number that is the given one on average. */
const about = (count: number, random: Random): number => Math.floor(count) + (random.chance(count % 1) ? 1 : 0)

type Use = { readonly spot: Spot; readonly kind: Kind; readonly flow: string | null; readonly starts?: readonly string[]; readonly commands?: readonly Command[] }

const originOf = ({ place }: Utterance, flow: string | null): Origin => ({ kind: 'example', file: place.file, line: place.line, flow })

/** Puts one utterance into its places. The first copy keeps its words, the others vary. */
const copies = (placing: Placing, utterance: Utterance, manner: Manner, uses: readonly Use[]): readonly Draft[] => {
  const said: Said = { text: utterance.text, spans: utterance.spans }
  return uses.map((use, index) => {
    const text = index === 0 ? said : reworded(placing, said, manner, choicesFor(placing, said, use.kind, index))
    const origin = originOf(utterance, use.flow)
    // A bare value that became another one is no copy any more.
    const template = isBare(utterance) ? templateOf(text.text, text.spans) : templateOf(said.text, said.spans)
    return placed(placing.project, { ...use, said: text, template, origin: text.text === said.text ? origin : { ...origin, kind: 'augmented' } })
  })
}

const someIdle = ({ spots }: Placing, fits: (spot: Spot) => boolean, count: number, random: Random): readonly Spot[] => {
  const [first, ...later] = spots.idle.filter(fits)
  if (first === undefined) return []
  return [first, ...Array.from({ length: Math.max(0, about(count, random) - 1) }, () => random.pick(later) ?? first)]
}

const startsIn = (placing: Placing, utterance: Utterance, flow: string, counts: Copies, random: Random): readonly Use[] => {
  const fits = ({ legal, situation }: Spot): boolean => legal.startable.includes(flow) && situation.flow !== flow
  const inside = someSpots(placing.questions.all, fits, about(counts.digressions, random), random)
  // Who is asked for one thing and repeats the whole request answers with everything in it.
  const slots = new Set(utterance.spans.map(({ slot }) => slot))
  const isOpen = ({ situation, legal }: Spot): boolean => situation.flow === flow && slots.has(situation.asked ?? '') && [...slots].every((slot) => legal.settable.has(slot))
  const own = slots.size > 0 && random.chance(0.4) ? someSpots(placing.questions.of(flow), isOpen, 1, random) : []
  const waiting = [...placing.spots.interrupting, ...placing.spots.pattern].filter(fits)
  const rare = random.chance(0.4) ? random.pick(waiting) : undefined
  return [
    ...someIdle(placing, fits, counts.idle, random).map((spot) => ({ spot, kind: 'start' as const })),
    ...inside.map((spot) => ({ spot, kind: 'digression' as const })),
    ...(rare === undefined ? [] : [{ spot: rare, kind: 'digression' as const }]),
    ...own.map((spot) => ({ spot, kind: 'ahead' as const })),
  ].map((use) => ({ ...use, flow, starts: use.kind === 'ahead' ? [] : [flow] }))
}

/** Nothing but values, so out of its place nobody could tell what it means. */
export const isBare = ({ text, spans }: Said): boolean => templateOf(text, spans).startsWith('= ')

const answersIn = (placing: Placing, utterance: Utterance, slot: string, counts: Copies, random: Random): readonly Use[] => {
  const asking = placing.questions.asking(slot)
  const asked = asking.flatMap((group) => someSpots([group], () => true, Math.max(1, about(counts.answers / asking.length, random)), random))
  const elsewhere = [...placing.spots.interrupting, ...placing.spots.pattern].filter(({ situation }) => situation.asked === slot)
  const rare = random.chance(0.3) ? random.pick(elsewhere) : undefined
  const isOpen = ({ situation, legal }: Spot): boolean =>
    situation.asked !== slot && legal.settable.has(slot) && situation.slots.some(({ name, value }) => name === slot && value === null)
  const isYesNo = placing.project.slots.get(slot)?.type === 'bool'
  const ahead = isYesNo || isBare(utterance) ? [] : someSpots(placing.questions.knowing(slot), isOpen, about(counts.ahead, random), random)
  return [
    ...[...asked, ...(rare === undefined ? [] : [rare])].map((spot) => ({ spot, kind: 'answer' as const, flow: spot.situation.flow })),
    ...ahead.map((spot) => ({ spot, kind: 'ahead' as const, flow: spot.situation.flow })),
  ]
}

const correctionsIn = (placing: Placing, slot: string, counts: Copies, random: Random): readonly Use[] => {
  const isFilled = ({ situation, legal }: Spot): boolean =>
    situation.asked !== slot && legal.settable.has(slot) && situation.slots.some(({ name, value }) => name === slot && value !== null)
  const isConfirmation = (spot: Spot): boolean => isFilled(spot) && placing.project.slots.get(spot.situation.asked ?? '')?.type === 'bool'
  const atTheEnd = someSpots(placing.questions.knowing(slot), isConfirmation, about(counts.corrections, random), random)
  const anywhere = someSpots(placing.questions.knowing(slot), isFilled, 1, random)
  return [...new Set([...atTheEnd, ...anywhere])].map((spot) => ({ spot, kind: 'correction' as const, flow: spot.situation.flow }))
}

type PlainCommand = (ExampleGroup['means'] & { kind: 'command' })['command']
const allows: { readonly [C in PlainCommand]: (spot: Spot) => boolean } = {
  'cancel flow': ({ legal }) => legal.cancel,
  'chitchat': ({ legal }) => legal.chitchat,
  'knowledge': ({ legal }) => legal.knowledge,
  'human handoff': ({ legal }) => legal.handoff,
  'repeat bot messages': ({ legal }) => legal.repeat,
  'skip question': ({ legal, situation }) => legal.skip && situation.asked !== null,
  'cannot handle': ({ legal }) => legal.cannotHandle,
}

const commandsIn = (placing: Placing, command: PlainCommand, counts: Copies, random: Random): readonly Use[] => {
  const count = about(command === 'cannot handle' ? counts.cannotHandle : counts.commands, random)
  const idle = someIdle(placing, allows[command], Math.ceil(count / 3), random)
  const inside = someSpots(placing.questions.all, allows[command], count - idle.length, random)
  return [...idle, ...inside].map((spot) => ({ spot, kind: 'command' as const, flow: spot.situation.flow, commands: [{ command }] }))
}

/** Options in the order of the project: one set of options has one spelling. */
export const optionsInOrder = ({ project }: Placing, options: readonly string[]): readonly string[] =>
  [...project.flows.keys()].filter((flow) => options.includes(flow))

const vagueIn = (placing: Placing, options: readonly string[], counts: Copies, random: Random): readonly Use[] => {
  const fits = ({ legal }: Spot): boolean => legal.clarify && options.every((flow) => legal.startable.includes(flow))
  const commands: readonly Command[] = [{ command: 'clarify', options: optionsInOrder(placing, options) }]
  return [...someIdle(placing, fits, counts.idle + 1, random), ...someSpots(placing.questions.all, fits, 1, random)]
    .map((spot) => ({ spot, kind: 'clarify' as const, flow: null, commands }))
}

const usesOf = (placing: Placing, means: ExampleGroup['means'], utterance: Utterance, counts: Copies): readonly Use[] => {
  const random = choicesFor(placing, utterance, 'places', JSON.stringify(means))
  switch (means.kind) {
    case 'flow': return startsIn(placing, utterance, means.flow, counts, random)
    case 'slot': return answersIn(placing, utterance, means.slot, counts, random)
    case 'correction': return correctionsIn(placing, means.slot, counts, random)
    case 'command': return commandsIn(placing, means.command, counts, random)
    case 'clarify': return vagueIn(placing, means.options, counts, random)
  }
}

/** Every utterance of the project's examples, in the states where it can be said. */
export const fromExamples = (placing: Placing, counts: Copies = defaultCopies): readonly Draft[] =>
  placing.project.examples.flatMap(({ means, utterances }) => {
    const manner: Manner = means.kind === 'flow' || means.kind === 'clarify' ? 'request' : 'answer'
    return utterances.flatMap((utterance) => copies(placing, utterance, manner, usesOf(placing, means, utterance, counts)))
  })
