import type { Command } from '../dialogue/commands.js'
import type { Utterance } from '../project/types.js'
import { meaningOf, type Draft } from './draft.js'
import { templateOf } from './duplicates.js'
import { placed, reworded, type Placing } from './placing.js'
import { someSpots } from './questions.js'
import { randomOf, type Random } from './random.js'
import { joined, mapBetween, type Said } from './said.js'
import type { Spot } from './spots.js'

/** Copies of each mixture for every flow. */
const amounts = { pairs: 16, answerAndRequest: 10, instead: 10, yesBut: 8, twoAnswers: 3 } as const

type Request = { readonly flow: string; readonly utterance: Utterance }

const requestsOf = ({ project }: Placing): readonly Request[] =>
  project.examples.flatMap(({ means, utterances }) => (means.kind === 'flow' ? utterances.map((utterance) => ({ flow: means.flow, utterance })) : []))

const withoutEnd = (said: Said): Said => mapBetween(said, (text, index) => (index === said.spans.length ? text.replace(/[.!?\s]+$/, '') : text))

const slotsOf = (said: Said): ReadonlySet<string> => new Set(said.spans.map(({ slot }) => slot))
const overlap = (a: Said, b: Said): boolean => [...slotsOf(a)].some((slot) => slotsOf(b).has(slot))

/** Two requests in one message; the first one is served first. */
const pairs = (placing: Placing, random: Random): readonly Draft[] => {
  const { project, spots, phrases } = placing
  const requests = requestsOf(placing)
  const flows = [...new Set(requests.map(({ flow }) => flow))]
  return flows.flatMap((flow) => Array.from({ length: amounts.pairs }, (): readonly Draft[] => {
    const one = random.pick(requests.filter((request) => request.flow === flow))
    const two = random.pick(requests.filter((request) => request.flow !== flow))
    const spot = random.pick(spots.idle)
    const also = random.pick(phrases.also)
    if (one === undefined || two === undefined || spot === undefined || also === undefined) return []
    const [first, second] = [withoutEnd(reworded(placing, one.utterance, 'answer', random)), reworded(placing, two.utterance, 'answer', random)]
    const starts = [one.flow, two.flow]
    if (overlap(first, second) || !starts.every((id) => spot.legal.startable.includes(id))) return []
    const { place } = one.utterance
    const template = `${templateOf(one.utterance.text, one.utterance.spans)} + ${templateOf(two.utterance.text, two.utterance.spans)}`
    return [placed(project, { spot, said: joined(first, also, second), kind: 'several', flow, starts, template, origin: { kind: 'augmented', file: place.file, line: place.line, flow } })]
  }).flat())
}

/** What a message begins with before a request is put on top of it. */
type Beginning = {
  /** Stands for it in the template. */
  readonly name: string
  readonly amount: number
  readonly fits: (spot: Spot) => boolean
  /** Undefined where nothing can begin so. */
  readonly said: (spot: Spot) => Said | undefined
  readonly joints: readonly string[]
  readonly commands: readonly Command[]
}

/** Something, and in the same breath a request for each flow. */
const withRequests = (placing: Placing, random: Random, { name, amount, fits, said, joints, commands }: Beginning): readonly Draft[] => {
  const { project } = placing
  const requests = requestsOf(placing)
  return [...new Set(requests.map(({ flow }) => flow))].flatMap((flow) => {
    const fitsBoth = (spot: Spot): boolean => fits(spot) && spot.legal.startable.includes(flow) && spot.situation.flow !== flow && spot.situation.asked !== null
    return someSpots(placing.questions.all, fitsBoth, amount, random).flatMap((spot) => {
      const beginning = said(spot)
      const request = random.pick(requests.filter((one) => one.flow === flow))
      const joint = random.pick(joints)
      if (beginning === undefined || request === undefined || joint === undefined) return []
      const wish = reworded(placing, request.utterance, 'answer', random)
      if (overlap(beginning, wish)) return []
      const { place } = request.utterance
      const whole = joined(beginning, joint, wish)
      return [placed(project, {
        spot, said: whole, kind: 'several', flow, commands: [...commands, ...meaningOf(project, spot, [flow], whole.spans)],
        template: `<${name}> + ${templateOf(request.utterance.text, request.utterance.spans)}`,
        origin: { kind: 'augmented', file: place.file, line: place.line, flow },
      })]
    })
  })
}

/** An answer, and a request on top of it. */
const answersAndRequests = (placing: Placing, random: Random): readonly Draft[] => withRequests(placing, random, {
  name: 'answer', amount: amounts.answerAndRequest, fits: () => true, joints: placing.phrases.also, commands: [],
  said: ({ situation }) => {
    const slot = situation.asked ?? ''
    const sample = random.pick(placing.words.samplesOf(slot))
    return sample === undefined ? undefined : { text: sample.said, spans: [{ start: 0, end: sample.said.length, slot, value: sample.value }] }
  },
})

/** What is going on is called off for another request. */
const instead = (placing: Placing, random: Random): readonly Draft[] => {
  const cancels = placing.project.examples.flatMap(({ means, utterances }) => (means.kind === 'command' && means.command === 'cancel flow' ? utterances : []))
    .filter(({ text }) => text.length <= longestCancel)
  return withRequests(placing, random, {
    name: 'cancel', amount: amounts.instead, fits: ({ legal }) => legal.cancel, joints: [', ', '. ', '; ', ' - '], commands: [{ command: 'cancel flow' }],
    said: () => {
      const cancel = random.pick(cancels)
      return cancel === undefined ? undefined : withoutEnd({ text: cancel.text, spans: [] })
    },
  })
}
/** Longer ones tell why, which would be told of the new request then. */
const longestCancel = 24

/** The answer to the question, and to one that would come later. */
const twoAnswers = (placing: Placing, random: Random): readonly Draft[] => {
  const { project } = placing
  const answers = new Map<string, Utterance[]>()
  for (const { means, utterances } of project.examples) {
    if (means.kind === 'slot' && project.slots.get(means.slot)?.type !== 'bool') answers.set(means.slot, [...(answers.get(means.slot) ?? []), ...utterances])
  }
  return placing.questions.all.flatMap((group) => someSpots([group], () => true, amounts.twoAnswers, random).flatMap((spot) => {
    const { flow, asked, slots } = spot.situation
    const open = slots.filter(({ name, value }) => value === null && name !== asked && answers.has(name) && spot.legal.settable.has(name))
    const own = new Set(project.flows.get(flow ?? '')?.steps.flatMap((step) => (step.kind === 'collect' ? [step.slot] : [])))
    const first = random.pick(answers.get(asked ?? '') ?? [])
    const second = random.pick(answers.get(random.pick(open.filter(({ name }) => own.has(name)))?.name ?? '') ?? [])
    const between = random.pick([', ', ' ', ' and ', '. '])
    if (first === undefined || second === undefined || between === undefined) return []
    const said = joined(withoutEnd(reworded(placing, first, 'answer', random)), between, reworded(placing, second, 'answer', random))
    const { place } = first
    const template = `${templateOf(first.text, first.spans)} + ${templateOf(second.text, second.spans)}`
    return [placed(project, { spot, said, kind: 'several', flow, template, origin: { kind: 'augmented', file: place.file, line: place.line, flow } })]
  }))
}

/** A yes with a correction behind it is a correction: the question is asked again with the new value. */
const yesBut = (placing: Placing, random: Random): readonly Draft[] => {
  const { project, phrases } = placing
  const corrections = project.examples.flatMap(({ means, utterances }) => (means.kind === 'correction' ? utterances.map((utterance) => ({ slot: means.slot, utterance })) : []))
  const slots = [...new Set(corrections.map(({ slot }) => slot))]
  return slots.flatMap((slot) => {
    const fits = ({ situation, legal }: Spot): boolean => legal.settable.has(slot)
      && project.slots.get(situation.asked ?? '')?.type === 'bool' && situation.slots.some(({ name, value }) => name === slot && value !== null)
    return someSpots(placing.questions.knowing(slot), fits, amounts.yesBut, random).flatMap((spot) => {
      const correction = random.pick(corrections.filter((one) => one.slot === slot))
      const opening = random.pick(phrases.yesBut)
      if (correction === undefined || opening === undefined) return []
      const { utterance } = correction
      const change = reworded(placing, utterance, 'answer', random)
      const flow = spot.situation.flow
      return [placed(project, {
        spot, said: joined(opening, change), kind: 'correction', flow, template: templateOf(utterance.text, utterance.spans),
        origin: { kind: 'augmented', file: utterance.place.file, line: utterance.place.line, flow },
      })]
    })
  })
}

/** More than one thing in a message. */
export const severalAtOnce = (placing: Placing): readonly Draft[] => {
  const random = randomOf(placing.seed, 'several')
  return [...pairs(placing, random), ...answersAndRequests(placing, random), ...instead(placing, random), ...twoAnswers(placing, random), ...yesBut(placing, random)]
}
