import { numbersIn } from '../language/numbers.js'
import type { Slot, SlotValue } from '../project/types.js'
import type { SaidSpan } from './said.js'
import type { Vocabulary } from './vocabulary.js'

type Stretch = { readonly start: number; readonly end: number }

const isLetter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character)

/** Where these words stand as whole words, in any casing. The last place: who says it twice means the second. */
const literally = (text: string, words: string): Stretch | null => {
  const [haystack, needle] = [text.toLowerCase(), words.toLowerCase()]
  // Casing may change lengths in rare scripts; then offsets would lie.
  if (needle === '' || haystack.length !== text.length) return null
  for (let start = haystack.lastIndexOf(needle); start !== -1; start = start === 0 ? -1 : haystack.lastIndexOf(needle, start - 1)) {
    const end = start + needle.length
    if (!isLetter(text[start - 1]) && !isLetter(text[end])) return { start, end }
  }
  return null
}

const longestNumber = 8

/** The shortest run of words that reads as this number. */
const numerically = (text: string, value: number): Stretch | null => {
  const words = [...text.matchAll(/[^\s]+/g)].map(({ 0: word, index }) => ({ start: index, end: index + word.length }))
  for (let length = 1; length <= longestNumber; length++) {
    for (let first = words.length - length; first >= 0; first--) {
      const [from, to] = [words[first], words[first + length - 1]]
      if (from === undefined || to === undefined || !numbersIn(text.slice(from.start, to.end)).includes(value)) continue
      return trimmed(text, { start: from.start, end: to.end })
    }
  }
  return null
}

/** Without the punctuation around it. */
const trimmed = (text: string, { start, end }: Stretch): Stretch => {
  const inner = text.slice(start, end)
  const before = /^[^\p{L}\p{N}\p{Sc}]*/u.exec(inner)?.[0].length ?? 0
  const after = /[^\p{L}\p{N}\p{Sc}]*$/u.exec(inner)?.[0].length ?? 0
  return { start: start + before, end: Math.max(start + before + 1, end - after) }
}

/** Where a message says a value of a slot, or null. Yes and no are not looked for: they can be said in a hundred ways. */
export const mentionOf = (text: string, slot: Slot, value: SlotValue, words: Vocabulary): SaidSpan | null => {
  const stretch = stretchOf(text, slot, value, words)
  return stretch === null ? null : { ...stretch, slot: slot.name, value: slot.type === 'text' ? text.slice(stretch.start, stretch.end) : value }
}

const stretchOf = (text: string, slot: Slot, value: SlotValue, words: Vocabulary): Stretch | null => {
  if (slot.type === 'float') return typeof value === 'number' ? numerically(text, value) : null
  if (typeof value !== 'string') return null
  const same = words.formsOf(slot.name).filter((sample) => sample.value === value).map(({ said }) => said)
  const forms = slot.type === 'categorical' ? [value, ...same].sort((a, b) => b.length - a.length) : [value]
  for (const form of forms) {
    const found = literally(text, form)
    if (found !== null) return found
  }
  return null
}
