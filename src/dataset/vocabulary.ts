import type { ExampleGroup, Project, Slot, SlotValue } from '../project/types.js'
import type { Phrases } from './phrases.js'
import type { Random } from './random.js'
import type { Said, Sample } from './said.js'

/** What people say for each slot: the values of the project's samples, of its examples, and those its domain lists. */
export type Vocabulary = {
  readonly samplesOf: (slot: string) => readonly Sample[]
  /** Those, and every other wording that an example marks: for finding values, not for making sentences. */
  readonly formsOf: (slot: string) => readonly Sample[]
  readonly valueFor: (slot: string, random: Random) => SlotValue | undefined
}

const fromExamples = (groups: readonly ExampleGroup[]): ReadonlyMap<string, readonly Sample[]> => {
  const found = new Map<string, Map<string, Sample>>()
  for (const { text, spans } of groups.flatMap(({ utterances }) => utterances)) {
    for (const { start, end, slot, value } of spans) {
      const said = text.slice(start, end)
      const samples = found.get(slot) ?? new Map<string, Sample>()
      found.set(slot, samples.set(said, { said, value }))
    }
  }
  return new Map([...found].map(([slot, samples]) => [slot, [...samples.values()]]))
}

const declared = (slot: Slot): readonly Sample[] => {
  switch (slot.type) {
    case 'categorical': return slot.values.map((value) => ({ said: value, value }))
    case 'float': return plainNumbers(slot)
    case 'bool': case 'text': case 'any': case 'list': return []
  }
}

/** For a number nobody gave samples of: some within its bounds. */
const plainNumbers = ({ minimum, maximum }: Slot): readonly Sample[] =>
  [1, 2, 3, 5, 10, 12, 20, 25, 40, 50, 75, 100, 120, 200, 250, 500, 1000]
    .filter((value) => (minimum === null || value >= minimum) && (maximum === null || value <= maximum))
    .map((value) => ({ said: String(value), value }))

export const vocabularyOf = (project: Project, phrases: Phrases): Vocabulary => {
  const mentioned = fromExamples(project.examples)
  const given = new Map(project.samples.map(({ slot, samples }) => [slot, samples]))
  const known = new Map<string, readonly Sample[]>()
  for (const slot of project.slots.values()) {
    const own = given.get(slot.name) ?? []
    if (slot.type === 'bool') {
      known.set(slot.name, [...phrases.yes.map((said) => ({ said, value: true })), ...phrases.no.map((said) => ({ said, value: false }))])
    } else if (own.length > 0) known.set(slot.name, own)
    else {
      const others = mentioned.get(slot.name) ?? []
      const listed = declared(slot)
      known.set(slot.name, slot.type === 'categorical' ? [...listed, ...others] : others.length > 0 ? others : listed)
    }
  }
  const samplesOf = (slot: string): readonly Sample[] => known.get(slot) ?? []
  return {
    samplesOf,
    formsOf: (slot) => [...samplesOf(slot), ...(mentioned.get(slot) ?? [])],
    valueFor: (slot, random) => {
      if (project.slots.get(slot)?.type === 'bool') return random.chance(0.6)
      return random.pick(samplesOf(slot))?.value
    },
  }
}

/**
 * Whether other words may stand in for a marked value. A number or a name, always; of a fixed set of values only
 * where the words are one of the samples: `I [lost] my card` cannot become `I stolen my card`.
 */
export const isReplaceable = (project: Project, words: Vocabulary, said: Said, index: number): boolean => {
  const span = said.spans[index]
  const slot = span === undefined ? undefined : project.slots.get(span.slot)
  if (span === undefined || slot === undefined || slot.type === 'bool') return false
  if (slot.type !== 'categorical') return true
  const written = said.text.slice(span.start, span.end).toLowerCase()
  return words.samplesOf(slot.name).some((sample) => sample.said.toLowerCase() === written)
}
