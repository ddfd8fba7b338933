import type { Phrases } from './phrases.js'
import type { Random } from './random.js'
import { joined, mapAll, mapBetween, renumbered, type Said } from './said.js'

/** What sort of message it is: a bare `no` wants other variations than a request. */
export type Manner = 'request' | 'answer'

/** One way to say the same thing otherwise. Returns what it got where it has nothing to change. */
export type Variation = {
  readonly name: string
  /** Share of the copies that get it. */
  readonly probability: number
  readonly manners: readonly Manner[]
  readonly vary: (said: Said, random: Random, phrases: Phrases) => Said
}

const letters = /[\p{L}]/u

const misspelt = (word: string, random: Random): string => {
  const at = 1 + random.below(word.length - 2)
  const [before, here, next] = [word.slice(0, at), word[at] ?? '', word[at + 1] ?? '']
  const kinds = [
    () => before + next + here + word.slice(at + 2),
    () => before + word.slice(at + 1),
    () => before + here + here + word.slice(at + 1),
  ]
  return random.pick(kinds)?.() ?? word
}

/** One slip in one word of five letters or more outside the values. */
const typo: Variation['vary'] = (said, random) => {
  const places: { readonly index: number; readonly word: string }[] = []
  mapBetween(said, (text, index) => {
    for (const word of text.match(/\p{L}{5,}/gu) ?? []) places.push({ index, word })
    return text
  })
  const place = random.pick(places)
  if (place === undefined) return said
  return mapBetween(said, (text, index) => (index === place.index ? text.replace(place.word, misspelt(place.word, random)) : text))
}

const lowerFirst = (said: Said): Said => {
  const first = said.spans[0]
  if (first?.start === 0 || /^(?:I\b|[A-Z]{2})/.test(said.text)) return said
  return mapBetween(said, (text, index) => (index === 0 ? text.charAt(0).toLowerCase() + text.slice(1) : text))
}

/** `I want to` -> `I'd like to`: openings that mean the same. */
const otherWish: Variation['vary'] = (said, random, phrases) => {
  const head = said.text.slice(0, said.spans[0]?.start ?? said.text.length)
  const found = phrases.wishes.find((wish) => head.toLowerCase().startsWith(`${wish} `))
  const other = random.pick(phrases.wishes.filter((wish) => wish !== found))
  if (found === undefined || other === undefined) return said
  return mapBetween(said, (text, index) => (index === 0 ? other + text.slice(found.length) : text))
}

/**
 * The table of variations: widen it by a row. Order matters, the later ones work on what the earlier ones made.
 * Values keep their meaning under all of them; words that are values follow the casing.
 */
export const variations: readonly Variation[] = [
  { name: 'number', probability: 0.35, manners: ['request', 'answer'], vary: (said, random) => renumbered(said, random, 1) },
  { name: 'wish', probability: 0.3, manners: ['request'], vary: otherWish },
  {
    name: 'opening', probability: 0.12, manners: ['request'],
    vary: (said, random, { openings }) => joined(random.pick(openings) ?? '', lowerFirst(said)),
  },
  {
    name: 'closing', probability: 0.12, manners: ['request'],
    vary: (said, random, { closings }) => (/[.!?]\s*$/.test(said.text) ? said : joined(said, random.pick(closings) ?? '')),
  },
  { name: 'typo', probability: 0.1, manners: ['request', 'answer'], vary: typo },
  { name: 'apostrophe', probability: 0.15, manners: ['request', 'answer'], vary: (said) => mapBetween(said, (text) => text.replace(/(?<=\p{L})['’](?=\p{L})/gu, '')) },
  { name: 'lower case', probability: 0.35, manners: ['request', 'answer'], vary: (said) => mapAll(said, (text) => text.toLowerCase()) },
  { name: 'first letter', probability: 0.2, manners: ['request', 'answer'], vary: (said) => (
    said.spans[0]?.start === 0 ? said : mapBetween(said, (text, index) => (index === 0 ? text.charAt(0).toUpperCase() + text.slice(1) : text))) },
  {
    name: 'end mark', probability: 0.3, manners: ['request', 'answer'],
    vary: (said, random) => {
      const last = said.spans.at(-1)
      if (last?.end === said.text.length) return random.chance(0.5) ? joined(said, '.') : said
      return letters.test(said.text.slice(-1)) ? joined(said, random.pick(['.', '!', '']) ?? '') : mapBetween(said, (text, index) => (
        index === said.spans.length ? text.replace(/[.!?]+\s*$/, '') : text))
    },
  },
]

/** Another way to say it: each variation of the table may apply, by its probability. */
export const varied = (said: Said, manner: Manner, random: Random, phrases: Phrases): Said =>
  variations
    .filter(({ manners }) => manners.includes(manner))
    .reduce((result, { probability, vary }) => (random.chance(probability) ? vary(result, random, phrases) : result), said)
