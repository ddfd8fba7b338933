import { valueText } from '../dialogue/value-text.js'
import type { Slot, SlotValue } from '../project/types.js'
import { numbersIn, numberWords } from './numbers.js'

/** One way to fill a slot: how it stands on the command line, and what the slot gets. */
export type ValueCandidate = { readonly text: string; readonly value: SlotValue }

/** Bounds that keep the work linear in the message, whatever is sent. */
export const valueLimits = { messageCharacters: 1000, spanWords: 16, spanCharacters: 160 } as const

/**
 * What slots can be set to by this message, without repeats. A text value is always a piece of `spokenLine(message)`,
 * a number was always said (or lies in a small declared range), anything else was declared by the project:
 * no model can make a value up. The message is searched once, however many slots ask.
 */
export const valuesIn = (message: string): ((slot: Slot) => readonly ValueCandidate[]) => {
  const line = spokenLine(message)
  let [spans, numbers]: [readonly ValueCandidate[] | null, readonly number[] | null] = [null, null]
  return (slot) => {
    switch (slot.type) {
      case 'bool': return candidates([true, false])
      case 'categorical': return candidates(slot.values)
      case 'float': {
        numbers ??= numbersSaid(line)
        return candidates(numbers.length > 0 ? numbers : smallRange(slot))
      }
      case 'text':
      case 'any': return (spans ??= candidates(spansOf(line)))
      case 'list': return [] // only actions fill lists
    }
  }
}

const candidates = (values: readonly (string | number | boolean)[]): readonly ValueCandidate[] => values.map((value) => ({ text: valueText(value), value }))

/** The message as values are cut from it: one line, single spaces, no control characters, bounded. */
export const spokenLine = (message: string): string =>
  // Longer first, so that stripping cannot leave a pair of surrogates cut in half at the end.
  message.slice(0, valueLimits.messageCharacters * 2).replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, ' ').trim()
    .slice(0, valueLimits.messageCharacters).replace(/[\uD800-\uDBFF]$/, '').trimEnd()

const numbersSaid = (line: string): readonly number[] => {
  const mended = line.replaceAll(/\p{L}{5,}/gu, nearestNumberWord)
  return [...new Set([...numbersIn(line), ...(mended === line ? [] : numbersIn(mended))])]
}

/** `very happy` may mean 5 of 5: where nothing numeric was said, a small declared range of whole numbers stays open. */
const smallRange = ({ minimum, maximum }: Slot): readonly number[] => {
  if (minimum === null || maximum === null || maximum - minimum > 10) return []
  const first = Math.ceil(minimum)
  return Array.from({ length: Math.floor(maximum) - first + 1 }, (_, step) => first + step)
}

/** `fivty`, `hundrd`, `thuosand`: one slip of the finger away. Short words are left alone, `right` is not `eight`. */
const nearestNumberWord = (word: string): string => {
  const lower = word.toLowerCase()
  if (numberWords.includes(lower)) return word
  const isCandidate = (target: string): boolean => target.length >= 6 || (target.endsWith('ty') && lower.endsWith('ty'))
  return numberWords.find((target) => isCandidate(target) && isOneSlipAway(lower, target)) ?? word
}

/** One letter added, lost, changed, or swapped with its neighbour. */
const isOneSlipAway = (word: string, target: string): boolean => {
  if (Math.abs(word.length - target.length) > 1) return false
  let head = 0
  while (head < word.length && word[head] === target[head]) head++
  const [rest, wanted] = [word.slice(head), target.slice(head)]
  if (rest.slice(1) === wanted.slice(1) || rest === wanted.slice(1) || rest.slice(1) === wanted) return true
  return rest[0] === wanted[1] && rest[1] === wanted[0] && rest.slice(2) === wanted.slice(2)
}

/** Every run of words up to the limits, outer punctuation stripped, shorter and earlier ones first for each start. */
const spansOf = (line: string): readonly string[] => {
  const words = [...line.matchAll(/\S+/gu)].map(({ 0: word, index }) => ({ from: index, to: index + word.length }))
  const spans = new Set<string>()
  words.forEach(({ from }, first) => {
    for (const { to } of words.slice(first, first + valueLimits.spanWords)) {
      if (to - from > valueLimits.spanCharacters) break
      for (const span of strippedForms(line.slice(from, to))) spans.add(span)
    }
  })
  return [...spans]
}

const openers = /^(?:[^\p{L}\p{N}\p{Sc}\p{So}#@+-]|[#@+-](?= ))+/u
const closers = /[^\p{L}\p{N}\p{M}\p{Sc}\p{So}%#+)]+$/u
const possessive = /['’]s$/u

/** The span without what the sentence put around it; `Ann's` also without its ending. */
const strippedForms = (span: string): readonly string[] => {
  const bare = span.replace(openers, '').replace(closers, '')
  const inner = bare.endsWith(')') && !bare.includes('(') ? bare.replace(/[).,;:!?]+$/u, '') : bare
  if (!/[\p{L}\p{N}\p{So}]/u.test(inner)) return []
  return possessive.test(inner) ? [inner, inner.replace(possessive, '')] : [inner]
}
