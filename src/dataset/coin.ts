import type { Slot } from '../project/types.js'
import type { Random } from './random.js'
import type { Sample } from './said.js'

/**
 * Values nobody wrote down: a model that only ever saw fifty names learns the names, one that meets a new name in every
 * third message learns to copy. Shape is kept: words stay words, digits stay digits.
 */

const onsets = ['b', 'br', 'c', 'd', 'dr', 'f', 'g', 'gr', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'r', 's', 'st', 't', 'th', 'tr', 'v', 'w', 'z'] as const
const vowels = ['a', 'e', 'i', 'o', 'u', 'ea', 'ia', 'ay'] as const
const codas = ['', '', '', 'l', 'n', 'r', 's', 'm', 'nd', 'rt', 'ck'] as const

const syllable = (random: Random): string => `${random.pick(onsets) ?? ''}${random.pick(vowels) ?? ''}${random.pick(codas) ?? ''}`

const word = (like: string, random: Random): string => {
  const letters = Array.from({ length: like.length <= 3 ? 1 : 2 + random.below(2) }, () => syllable(random)).join('')
  return /^\p{Lu}/u.test(like) ? letters.charAt(0).toUpperCase() + letters.slice(1) : letters
}

const digit = (like: string, random: Random): string => (like === '0' ? '0' : String(1 + random.below(9)))

/** Words of more than two letters and digits, each replaced by another of its shape. */
export const coined = (text: string, random: Random): string =>
  text.replace(/\p{L}{3,}|\d/gu, (like) => (/^\d$/.test(like) ? digit(like, random) : word(like, random)))

/** A name, a number, or both: nothing whose words mean something, such as `next Friday` or `my brother`. */
const isName = (text: string): boolean => /^(?:[\p{Lu}\d+(][\p{L}\p{N}+().'&-]*\s?)+$/u.test(text)

/** Whether most values of a slot are names or numbers, so that any other would do as well. */
export const isCoinable = (slot: Slot, samples: readonly Sample[]): boolean =>
  slot.type === 'text' && samples.length > 0 && samples.filter(({ said }) => isName(said)).length >= 0.6 * samples.length

/** Another number of about the same size, in digits, with the words around it: `50 euros` -> `72 euros`. */
const otherNumber = ({ minimum, maximum }: Slot, { said, value }: Sample, random: Random): Sample | null => {
  const numeral = /\d+(?:\.\d+)?/.exec(said)?.[0]
  if (typeof value !== 'number' || numeral === undefined || Number(numeral) !== value || said.includes(',')) return null
  const [whole = '', decimals] = numeral.split('.')
  const first = digit('1', random)
  const rest = whole.slice(1).replace(/\d/g, () => String(random.below(10)))
  const other = Number(`${first}${rest}${decimals === undefined ? '' : `.${decimals.replace(/\d/g, () => String(random.below(10)))}`}`)
  if ((minimum !== null && other < minimum) || (maximum !== null && other > maximum)) return null
  return { said: said.replace(numeral, String(other)), value: other }
}

/** A value of the same shape as this one, or the same where its words matter. */
export const alike = (slot: Slot, sample: Sample, random: Random): Sample => {
  if (slot.type === 'float') return otherNumber(slot, sample, random) ?? sample
  if (!isName(sample.said) || sample.said !== sample.value) return sample
  const said = coined(sample.said, random)
  return { said, value: said }
}
