import type { Flow, Slot } from '../project/types.js'
import type { Draft } from './draft.js'
import { templateOf } from './duplicates.js'
import type { Origin } from './example.js'
import { choicesFor, maybeCoined, placed, reworded, type Placing } from './placing.js'
import { someSpots } from './questions.js'
import { randomOf, type Random } from './random.js'
import { joined, plain, type Said, type Sample } from './said.js'
import { clarifying, type Spot } from './spots.js'
import { findingSlots, randomWorld } from './world.js'
import { optionsInOrder } from './from-examples.js'
import { varied } from './vary.js'

/** Copies per question and answer, per slot that can be corrected, per flow and per set of options. */
const amounts = { yes: 6, no: 6, inPatterns: 10, values: 7, corrections: 6, choices: 4, optionSets: 12 } as const

const originOf = (place: Flow['place'], flow: string | null): Origin => ({ kind: 'flow', file: place.file, line: place.line, flow })

const value = ({ said, value: meant }: Sample, slot: string): Said => ({ text: said, spans: [{ start: 0, end: said.length, slot, value: meant }] })

/** A phrase with a value in it: `no, {said}`. */
const filled = (phrase: string, said: Said): Said => {
  const at = phrase.indexOf('{said}')
  return at === -1 ? plain(phrase) : joined(phrase.slice(0, at), said, phrase.slice(at + '{said}'.length))
}

const someOf = <T>(items: readonly T[], count: number, random: Random): readonly T[] => random.shuffled(items).slice(0, count)

/** Answers to every question that asks for yes or no, a number, or one of a list: the flow says what can be answered. */
export const answersToQuestions = (placing: Placing): readonly Draft[] => {
  const patterns = [...placing.spots.pattern, ...placing.spots.interrupting]
  const patternSlots = [...new Set(patterns.map(({ situation }) => situation.asked))].filter((slot) => slot !== null)
  const groups = [
    ...placing.questions.all,
    ...patternSlots.map((slot) => patterns.filter(({ situation }) => situation.asked === slot && situation.pattern !== null)),
  ]
  return groups.flatMap((group) => {
    const slot = placing.project.slots.get(group[0]?.situation.asked ?? '')
    return slot === undefined ? [] : answersTo(placing, slot, group)
  })
}

const answersTo = (placing: Placing, slot: Slot, group: readonly Spot[]): readonly Draft[] => {
  const { project, words, phrases, seed } = placing
  const flow = group[0]?.situation.flow ?? null
  const random = randomOf(seed, 'answers', flow ?? '', slot.name)
  const samples = words.samplesOf(slot.name)
  const inPattern = (group[0]?.situation.pattern ?? null) !== null
  const some = (meant: boolean, count: number): readonly Sample[] => someOf(samples.filter((sample) => sample.value === meant), inPattern ? amounts.inPatterns : count, random)
  const chosen = slot.type === 'bool' ? [...some(true, amounts.yes), ...some(false, amounts.no)] : someOf(samples, amounts.values, random)
  return chosen.flatMap((sample) => {
    const spot = random.pick(group)
    if (spot === undefined) return []
    const phrase = slot.type === 'bool' ? '{said}' : (random.pick(phrases.answers) ?? '{said}')
    const bare = filled(phrase, value(maybeCoined(placing, slot, sample, random), slot.name))
    const said = varied(bare, 'answer', random, phrases)
    return [placed(project, { spot, said, kind: 'answer', flow, origin: originOf(slot.place, flow) })]
  })
}

/** Another value for something that is known already, in the common words for it. */
export const correctionsOfValues = (placing: Placing): readonly Draft[] => {
  const { project, words, phrases, seed } = placing
  return [...project.slots.values()].flatMap((slot) => {
    const samples = slot.type === 'bool' ? [] : words.samplesOf(slot.name)
    const random = randomOf(seed, 'corrections', slot.name)
    const isFilled = ({ situation, legal }: Spot): boolean =>
      situation.asked !== slot.name && legal.settable.has(slot.name) && situation.slots.some(({ name, value: known }) => name === slot.name && known !== null)
    return someSpots(placing.questions.knowing(slot.name), isFilled, amounts.corrections, random).flatMap((spot) => {
      const [sample, phrase] = [random.pick(samples), random.pick(phrases.corrections)]
      // A bare number may mean any of two numbers that are known: nobody could tell.
      const rivals = spot.situation.slots.filter(({ name, type, value: known }) => name !== slot.name && type === slot.type && known !== null && slot.type !== 'categorical')
      if (sample === undefined || phrase === undefined || rivals.length > 0) return []
      const said = varied(filled(phrase, value(maybeCoined(placing, slot, sample, random), slot.name)), 'answer', random, phrases)
      const origin = originOf(slot.place, spot.situation.flow)
      return [placed(project, { spot, said, kind: 'correction', flow: spot.situation.flow, origin })]
    })
  })
}

/** The flow's own name and description, taken as a request for it. */
export const namesOfFlows = (placing: Placing): readonly Draft[] => {
  const { project, spots, phrases } = placing
  return [...project.flows.values()].filter(({ isPattern }) => !isPattern).flatMap((flow) => {
    const texts = [flow.name.replaceAll('_', ' '), flow.description, ...phrases.requests.map((phrase) => phrase.replace('{name}', flow.name.replaceAll('_', ' ')))]
    return [...new Set(texts)].filter((text) => text.trim() !== '').flatMap((text, index) => {
      const said = plain(text)
      const random = choicesFor(placing, said, 'name', flow.id)
      const spot = random.pick(spots.idle.filter(({ legal }) => legal.startable.includes(flow.id)))
      if (spot === undefined) return []
      const varying = index === 0 ? said : varied(said, 'answer', random, phrases)
      return [placed(project, { spot, said: varying, kind: 'start', flow: flow.id, starts: [flow.id], origin: originOf(flow.place, flow.id), template: templateOf(text, []) })]
    })
  })
}

/** Sets of flows that the assistant may offer: those of the examples, then some pairs by chance. */
const optionSets = (placing: Placing, startable: readonly string[]): readonly (readonly string[])[] => {
  const given = placing.project.examples.flatMap(({ means }) => (means.kind === 'clarify' ? [optionsInOrder(placing, means.options)] : []))
  const random = randomOf(placing.seed, 'options')
  const pairs = Array.from({ length: amounts.optionSets - given.length }, () => optionsInOrder(placing, someOf(startable, 2, random)))
  return [...given, ...pairs].filter((options) => options.length > 1 && options.every((flow) => startable.includes(flow)))
}

/** What is said when the assistant asked which of some flows was meant. */
export const choicesOfOptions = (placing: Placing): readonly Draft[] => {
  const { project, spots, phrases, seed } = placing
  const [first] = spots.idle
  if (first === undefined) return []
  const world = randomWorld(findingSlots(project), randomOf(seed, 'clarifying'))
  return optionSets(placing, first.legal.startable).flatMap((options) => {
    const spot = clarifying(project, first, options, world)
    if (spot === null) return []
    const shown = spot.situation.options
    const random = randomOf(seed, 'choices', ...options)
    return shown.flatMap((id, index) => {
      const flow = project.flows.get(id)
      if (flow === undefined || !spot.legal.startable.includes(id)) return []
      const named = phrases.chosen.map((phrase) => plain(phrase.replace('{name}', flow.name.replaceAll('_', ' '))))
      const counted = ([phrases.first, phrases.second][index] ?? []).map(plain)
      const requests = project.examples.flatMap(({ means, utterances }) => (means.kind === 'flow' && means.flow === id ? utterances : []))
      const chosen: readonly Said[] = [
        ...someOf(named, 1, random), ...someOf(counted, 1, random),
        ...someOf(requests, amounts.choices - 2, random).map((request) => reworded(placing, request, 'request', random)),
      ]
      return chosen.map((said) => placed(project, { spot, said, kind: 'choice', flow: id, starts: [id], origin: originOf(flow.place, id) }))
    })
  })
}

export const fromFlows = (placing: Placing): readonly Draft[] =>
  [...answersToQuestions(placing), ...correctionsOfValues(placing), ...namesOfFlows(placing), ...choicesOfOptions(placing)]
