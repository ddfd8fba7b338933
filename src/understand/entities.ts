import type { Entity, NluSide } from '../project/nlu.js'
import { matchesIn } from '../project/pattern.js'
import { numbered, type Features } from './head-features.js'
import { plainHead, ranked, type LabelHead, type Labelled } from './label-head.js'

type Token = { readonly start: number; readonly end: number; readonly text: string }
/** `B` begins an entity, `I` goes on with it; what it is stands behind, with role and group. */
type Tag = string
const outside: Tag = 'O'

const tokensIn = (text: string): readonly Token[] =>
  [...text.matchAll(/[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*|[^\s\p{L}\p{N}]/gu)].map((match) => ({ start: match.index, end: match.index + match[0].length, text: match[0] }))

/** How many words on either side bear on what a word is. */
const reach = 2

const wordFeatures = (tokens: readonly Token[], at: number, before: Tag): Features => {
  const texts = [`tag ${before}`]
  for (let away = -reach; away <= reach; away++) {
    const word = tokens[at + away]?.text
    const lower = word?.toLowerCase() ?? (away < 0 ? '^' : '$')
    texts.push(`${away} ${lower}`)
    if (word === undefined) continue
    texts.push(`${away} shape ${shapeOf(word)}`)
    if (away === 0) texts.push(`end ${lower.slice(-3)}`, `start ${lower.slice(0, 3)}`, `${tokens[at - 1]?.text.toLowerCase() ?? '^'} ${before}`)
  }
  return { embedding: new Float32Array(0), sparse: numbered(texts, 1) }
}

const shapeOf = (word: string): string => word.replace(/\p{Lu}/gu, 'X').replace(/\p{L}/gu, (letter) => (letter === 'X' ? 'X' : 'x')).replace(/\p{N}/gu, '9').replace(/(.)\1+/g, '$1')

const kindOf = ({ entity, role, group }: Pick<Entity, 'entity' | 'role' | 'group'>): string => JSON.stringify([entity, role, group])

/** Learns to mark words from the marked examples; null where no example marks any. */
export const fittedTagger = (examples: NluSide['examples']): LabelHead | null => {
  if (!examples.some(({ entities }) => entities.length > 0)) return null
  return plainHead(examples.flatMap(({ text, entities }): Labelled[] => {
    const tokens = tokensIn(text)
    const tags = tokens.map(({ start, end }): Tag => {
      const entity = entities.find((one) => one.start < end && start < one.end)
      return entity === undefined ? outside : `${start <= entity.start ? 'B' : 'I'}${kindOf(entity)}`
    })
    return tags.map((label, at) => ({ label, features: wordFeatures(tokens, at, tags[at - 1] ?? outside) }))
  }))
}

type Span = Omit<Entity, 'value'>

const taggedIn = (text: string, tagger: LabelHead): readonly Span[] => {
  const tokens = tokensIn(text)
  const spans: Span[] = []
  let before = outside
  tokens.forEach(({ start, end }, at) => {
    const tag = ranked(tagger, wordFeatures(tokens, at, before))[0]?.name ?? outside
    const open = spans.at(-1)
    if (tag.startsWith('I') && open !== undefined && before !== outside && kindOf(open) === tag.slice(1)) spans[spans.length - 1] = { ...open, end }
    else if (tag !== outside) {
      const [entity, role, group] = JSON.parse(tag.slice(1)) as [string, string | null, string | null]
      spans.push({ start, end, entity, role, group })
    }
    before = tag
  })
  return spans
}

/** Where lookup tables and patterns find something, as whole words; longer finds go first. */
const listedIn = (text: string, { lookups, patterns }: Pick<NluSide, 'lookups' | 'patterns'>): readonly Span[] => {
  const found = [
    ...lookups.flatMap(({ entity, values }) => values.flatMap((value) => wholeWords(text, value).map((at) => ({ ...at, entity })))),
    ...patterns.flatMap(({ entity, pattern }) => matchesIn(pattern, text).map((at) => ({ ...at, entity }))),
  ]
  const kept: Span[] = []
  for (const span of found.map((span): Span => ({ ...span, role: null, group: null })).sort((a, b) => b.end - b.start - (a.end - a.start) || a.start - b.start)) {
    if (span.end > span.start && !kept.some((other) => overlap(span, other))) kept.push(span)
  }
  return kept
}

const wholeWords = (text: string, value: string): readonly { readonly start: number; readonly end: number }[] => {
  const [lower, wanted] = [text.toLowerCase(), value.toLowerCase()]
  const found: { start: number; end: number }[] = []
  for (let start = lower.indexOf(wanted); start >= 0 && wanted !== ''; start = lower.indexOf(wanted, start + 1)) {
    const end = start + wanted.length
    if (!isWord(lower[start - 1]) && !isWord(lower[end])) found.push({ start, end })
  }
  return found
}
const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character)
const overlap = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end

/**
 * Entities of a message in the order of their words. What a table or a pattern names is certain; the tagger tells its role, and finds the rest.
 * A synonym stands for its value.
 */
export const entitiesIn = (text: string, nlu: Pick<NluSide, 'lookups' | 'patterns' | 'synonyms'>, tagger: LabelHead | null): readonly Entity[] => {
  const listed = listedIn(text, nlu)
  const tagged = tagger === null ? [] : taggedIn(text, tagger)
  const certain = listed.map((span) => {
    const alike = tagged.find((other) => other.entity === span.entity && overlap(span, other))
    return alike === undefined ? span : { ...span, role: alike.role, group: alike.group }
  })
  return [...certain, ...tagged.filter((span) => !certain.some((other) => overlap(span, other)))].sort((a, b) => a.start - b.start).map((span) => {
    const said = text.slice(span.start, span.end)
    return { ...span, value: nlu.synonyms.get(said.toLowerCase()) ?? said }
  })
}
