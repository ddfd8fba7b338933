import type { Command } from '../dialogue/commands.js'
import type { Project, Slot } from '../project/types.js'
import { alike, isCoinable } from './coin.js'
import type { Draft, Kind } from './draft.js'
import { meaningOf } from './draft.js'
import { templateOf } from './duplicates.js'
import type { Origin } from './example.js'
import type { Phrases } from './phrases.js'
import { randomOf, type Random } from './random.js'
import { withSpan, type Said, type Sample } from './said.js'
import type { Questions } from './questions.js'
import type { Spot, Spots } from './spots.js'
import { varied, type Manner } from './vary.js'
import { isReplaceable, type Vocabulary } from './vocabulary.js'

/** All that is needed to put messages into places. */
export type Placing = {
  readonly project: Project
  readonly words: Vocabulary
  readonly phrases: Phrases
  readonly spots: Spots
  readonly questions: Questions
  readonly seed: number
}

/** One message for one place. `starts` are the flows it asks for; without other commands its values are what it says. */
export type Placement = {
  readonly spot: Spot
  readonly said: Said
  readonly kind: Kind
  readonly flow: string | null
  readonly starts?: readonly string[]
  readonly commands?: readonly Command[]
  readonly origin: Origin
  readonly template?: string
}

export const placed = (project: Project, { spot, said, kind, flow, starts = [], commands, origin, template }: Placement): Draft => ({
  spot, said, kind, flow, origin,
  commands: commands ?? meaningOf(project, spot, starts, said.spans),
  template: template ?? templateOf(said.text, said.spans),
})

/** A stream of choices for one use of one text: the same however many others there are. */
export const choicesFor = ({ seed }: Placing, said: Said, ...use: readonly (string | number)[]): Random => randomOf(seed, said.text, ...use)

const lastWord = /(\p{L}+)\P{L}*$/u
const firstWord = /^\P{L}*(\p{L}+)/u

/** `30 euros euros`: the sample brings a word that stands there already. */
const doubles = (said: Said, index: number, words: string): boolean => {
  const span = said.spans[index]
  if (span === undefined) return false
  const before = lastWord.exec(said.text.slice(0, span.start))?.[1]?.toLowerCase()
  const after = firstWord.exec(said.text.slice(span.end))?.[1]?.toLowerCase()
  const stem = (word: string | undefined): string | undefined => word?.toLowerCase().replace(/s$/, '')
  const [first, last] = [stem(firstWord.exec(words)?.[1]), stem(lastWord.exec(words)?.[1])]
  return (first !== undefined && first === stem(before)) || (last !== undefined && last === stem(after))
}

const isLower = (text: string): boolean => /^\p{Ll}/u.test(text)

/** `my [brother]` wants `my sister` and not `my Ann`: names for names, nouns for nouns, where there are both. */
const likeThese = (samples: readonly Sample[], words: string): readonly Sample[] => {
  const alike = samples.filter(({ said }) => isLower(said) === isLower(words))
  return alike.length === 0 ? samples : alike
}

/** How often a value is one that nobody wrote down. */
const coinedShare = 0.3

/** The sample, or now and then a new value of its shape. */
export const maybeCoined = ({ words }: Pick<Placing, 'words'>, slot: Slot, sample: Sample, random: Random): Sample =>
  random.chance(coinedShare) && (slot.type === 'float' || isCoinable(slot, words.samplesOf(slot.name))) ? alike(slot, sample, random) : sample

/** Other values in place of the marked ones, where that makes sense. */
export const withOtherValues = ({ project, words }: Placing, said: Said, random: Random, probability: number): Said => {
  let result = said
  said.spans.forEach((_, index) => {
    if (!random.chance(probability) || !isReplaceable(project, words, result, index)) return
    const span = result.spans[index]
    const fitting = words.samplesOf(span?.slot ?? '').filter(({ said: sample }) => !doubles(result, index, sample))
    const sample = random.pick(likeThese(fitting, result.text.slice(span?.start, span?.end)))
    const slot = project.slots.get(span?.slot ?? '')
    if (sample === undefined || slot === undefined) return
    const chosen = maybeCoined({ words }, slot, sample, random)
    result = withSpan(result, index, chosen.said, chosen.value)
  })
  return result
}

/** Another way to say it, with other values. */
export const reworded = (placing: Placing, said: Said, manner: Manner, random: Random): Said =>
  varied(withOtherValues(placing, said, random, 0.7), manner, random, placing.phrases)
