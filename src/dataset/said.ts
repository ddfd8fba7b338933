import type { SlotSamples, SlotValue } from '../project/types.js'
import { inWords } from './numbers.js'
import type { Random } from './random.js'

export type SaidSpan = { readonly start: number; readonly end: number; readonly slot: string; readonly value: SlotValue }
/** A message with its slot values marked. Spans are in order and do not overlap. */
export type Said = { readonly text: string; readonly spans: readonly SaidSpan[] }

export const plain = (text: string): Said => ({ text, spans: [] })

/** A value that is nothing but the words themselves: it changes when they do. */
const isLiteral = (said: Said, span: SaidSpan): boolean => said.text.slice(span.start, span.end) === span.value

/** Puts other words in the place of one span. */
export const withSpan = (said: Said, index: number, words: string, value: SlotValue): Said => {
  const span = said.spans[index]
  if (span === undefined) return said
  const shift = words.length - (span.end - span.start)
  return {
    text: said.text.slice(0, span.start) + words + said.text.slice(span.end),
    spans: said.spans.map((other, position) =>
      position === index
        ? { ...span, end: span.start + words.length, value }
        : other.start >= span.end ? { ...other, start: other.start + shift, end: other.end + shift } : other),
  }
}

/** One text after the other. */
export const joined = (...parts: readonly (Said | string)[]): Said => {
  let text = ''
  const spans: SaidSpan[] = []
  for (const part of parts) {
    const said = typeof part === 'string' ? plain(part) : part
    spans.push(...said.spans.map((span) => ({ ...span, start: span.start + text.length, end: span.end + text.length })))
    text += said.text
  }
  return { text, spans }
}

/** Changes what stands between the spans and leaves the values as they are. */
export const mapBetween = (said: Said, change: (text: string, index: number) => string): Said => {
  const parts: (Said | string)[] = []
  let from = 0
  said.spans.forEach((span, index) => {
    parts.push(change(said.text.slice(from, span.start), index))
    const words = said.text.slice(span.start, span.end)
    parts.push({ text: words, spans: [{ ...span, start: 0, end: words.length }] })
    from = span.end
  })
  parts.push(change(said.text.slice(from), said.spans.length))
  return joined(...parts)
}

/** Changes the whole text, value words too; values that are words follow. The change must keep lengths of spans apart from each other. */
export const mapAll = (said: Said, change: (text: string) => string): Said => {
  const parts: (Said | string)[] = []
  let from = 0
  for (const span of said.spans) {
    parts.push(change(said.text.slice(from, span.start)))
    const words = change(said.text.slice(span.start, span.end))
    parts.push({ text: words, spans: [{ ...span, start: 0, end: words.length, value: isLiteral(said, span) ? words : span.value }] })
    from = span.end
  }
  parts.push(change(said.text.slice(from)))
  return joined(...parts)
}

export type Sample = SlotSamples['samples'][number]

/** Other values for the marked ones, each with the given probability. */
export const resampled = (said: Said, samplesOf: (slot: string) => readonly Sample[], random: Random, probability: number): Said => {
  let result = said
  said.spans.forEach((span, index) => {
    const sample = random.chance(probability) ? random.pick(samplesOf(span.slot)) : undefined
    if (sample !== undefined) result = withSpan(result, index, sample.said, sample.value)
  })
  return result
}

/** The ways one number is written: `1200`, `1,200`, `twelve hundred` not, `one thousand two hundred`. */
export const writtenNumbers = (value: number): readonly string[] => {
  const numeral = String(value)
  const words = value <= 10_000 ? inWords(value) : null
  const grouped = value >= 1000 && Number.isInteger(value) ? [numeral.replace(/\B(?=(?:\d{3})+$)/g, ',')] : []
  const money = Number.isInteger(value) ? [`${numeral}.00`] : []
  return [numeral, ...grouped, ...money, ...(words === null ? [] : [words])]
}

/** Numerals among the values, written in another way. */
export const renumbered = (said: Said, random: Random, probability: number): Said => {
  let result = said
  said.spans.forEach((span, index) => {
    if (typeof span.value !== 'number' || !random.chance(probability)) return
    const words = said.text.slice(span.start, span.end)
    if (words !== String(span.value)) return
    const other = random.pick(writtenNumbers(span.value))
    if (other !== undefined) result = withSpan(result, index, other, span.value)
  })
  return result
}
