/**
 * Numbers as people write and say them, in English words or in digits of any convention.
 * Finds readings, not the reading: `1.200` is 1.2 and 1200, `two fifty` is 250 and 2.5; the model picks one.
 * One pass over the words: the cost grows with the length of the text and with nothing else.
 */
export const numbersIn = (text: string): readonly number[] => {
  const found = new Set<number>()
  for (const run of runsOf(wordsOf(text))) for (const number of readingsOf(run)) if (isExact(number)) found.add(number + 0)
  return [...found]
}

/** Beyond this, doubles are no longer exact to the cent. None is written with an exponent. */
const largest = 1e12
const isExact = (value: number): boolean => Math.abs(value) <= largest && !String(value).includes('e')

/** Products and cents without the noise of binary fractions: 1.1 x 1000 is 1100. */
const exactly = (value: number): number => Number(value.toPrecision(12))

type Mark = 'article' | 'and' | 'point' | 'minus' | 'of' | 'half' | 'quarter' | 'currency'
type Part =
  | { readonly kind: 'digits'; readonly text: string }
  /** `seven`, `seventeen`, `seventy`; a whole takes no scale (`tenner`), a suffix needs a number before it (`k`). */
  | { readonly kind: 'unit' | 'teen' | 'ten' | 'scale' | 'suffix' | 'whole'; readonly value: number }
  | { readonly kind: Mark }
type Run = readonly Part[]

const named = (kind: 'unit' | 'teen' | 'ten' | 'scale' | 'suffix' | 'whole', values: Readonly<Record<string, number>>): [string, Part][] =>
  Object.entries(values).map(([word, value]) => [word, { kind, value }])
const marked = (kind: Mark, ...words: string[]): [string, Part][] => words.map((word) => [word, { kind }])

const lexicon: ReadonlyMap<string, Part> = new Map<string, Part>([
  ...named('unit', { zero: 0, nought: 0, nil: 0, one: 1, two: 2, couple: 2, pair: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9 }),
  ...named('teen', { ten: 10, eleven: 11, twelve: 12, thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17, eighteen: 18, nineteen: 19 }),
  ...named('ten', { twenty: 20, thirty: 30, forty: 40, fourty: 40, fifty: 50, sixty: 60, seventy: 70, eighty: 80, ninety: 90 }),
  ...named('scale', { dozen: 12, hundred: 100, thousand: 1e3, grand: 1e3, million: 1e6, billion: 1e9 }),
  ...named('suffix', { k: 1e3, mio: 1e6, mn: 1e6, bn: 1e9, hundreds: 100, thousands: 1e3 }),
  ...named('whole', { fiver: 5, tenner: 10 }),
  ...marked('article', 'a', 'an'),
  ...marked('and', 'and'),
  ...marked('point', 'point'),
  ...marked('minus', 'minus', 'negative'),
  ...marked('of', 'of'),
  ...marked('half', 'half'),
  ...marked('quarter', 'quarter'),
  ...marked('currency', 'euro', 'euros', 'dollar', 'dollars', 'pound', 'pounds', 'quid', 'bucks', 'eur', 'usd', 'gbp', '€', '$', '£'),
])

/** Words that mean a number, for those who mend spelling. */
export const numberWords: readonly string[] = [...lexicon].flatMap(([word, { kind }]) => (['unit', 'teen', 'ten', 'scale'].includes(kind) ? [word] : []))

// A sign counts only where nothing stands before it: `100-200` is a range, not a negative number. In `twenty-five` a hyphen is nothing.
const wordPattern = /(?<sign>(?<![\p{L}\p{N}])[-−](?=[$€£]?\d))|(?<digits>\d+(?:[.,'’]\d+)*)|\p{L}+|(?<=\d)[-–](?=\d)|[^\s\p{L}\d-]/gu

const wordsOf = (text: string): readonly (Part | null)[] =>
  [...text.matchAll(wordPattern)].map(({ 0: word, groups }): Part | null => {
    if (groups?.sign !== undefined) return { kind: 'minus' }
    return groups?.digits !== undefined ? { kind: 'digits', text: word } : (lexicon.get(word.toLowerCase()) ?? null)
  })

/** Stretches of words that speak about numbers; any other word between two numbers parts them. */
const runsOf = (words: readonly (Part | null)[]): readonly Run[] => {
  const runs: Part[][] = [[]]
  for (const word of words) {
    if (word === null) runs.push([])
    else runs.at(-1)?.push(word)
  }
  return runs
}

/** `1,234.50`, `1.234,50`, `1'234`, `12,5`: which mark groups and which parts decimals is guessed from the digits alone. */
const digitReadings = (text: string): readonly number[] => {
  const groups = text.split(/[.,'’]/)
  const separators = Array.from(text.replaceAll(/\d/g, ''))
  const [first = '', ...rest] = groups
  const last = rest.at(-1)
  if (last === undefined) return [Number(text)]
  const inThrees = (parts: readonly string[]): boolean => first.length <= 3 && first !== '0' && parts.every((part) => part.length === 3)
  const whole = Number(groups.join(''))
  const decimal = Number(`${groups.slice(0, -1).join('')}.${last}`)
  if (rest.length === 1) {
    if (!inThrees(rest)) return [decimal]
    return separators[0] === '.' ? [decimal, whole] : [whole, decimal]
  }
  if (new Set(separators).size === 1 && inThrees(rest)) return [whole]
  const grouping = new Set(separators.slice(0, -1))
  if (grouping.size === 1 && !grouping.has(separators.at(-1) ?? '') && inThrees(rest.slice(0, -1))) return [decimal]
  return groups.map(Number) // a date, a version, a list without spaces
}

/** A number cut out of a run. Bare: no scale, no decimals, so a neighbour may join it. */
type Cut = { readonly readings: readonly number[]; readonly from: number; readonly to: number; readonly bare: boolean }
type Counted = { readonly value: number; readonly to: number }

const readingsOf = (run: Run): readonly number[] => {
  const cuts: Cut[] = []
  for (let at = 0; at < run.length; ) {
    const cut = cutAt(run, at)
    if (cut !== null) cuts.push(cut)
    at = cut?.to ?? at + 1
  }
  return [...cuts.flatMap((cut) => signed(run, cut)), ...paired(run, cuts), ...spelledOut(run, cuts)]
}

const signed = (run: Run, { readings, from }: Cut): readonly number[] => {
  const before = run[from - 1]?.kind === 'currency' ? run[from - 2] : run[from - 1]
  return before?.kind === 'minus' ? readings.map((reading) => -reading) : readings
}

/** The longest number that begins here: `two hundred and fifty`, `1.5 thousand`, `half a million`, `two and a half`. */
const cutAt = (run: Run, from: number): Cut | null => {
  const head = run[from]
  if (head === undefined) return null
  if (head.kind === 'whole') return { readings: [head.value], from, to: from + 1, bare: false }
  if (head.kind === 'digits') return scaledDigits(run, from, digitReadings(head.text))
  const counted = head.kind === 'half' || head.kind === 'quarter' ? fractionAt(run, from, head.kind === 'half' ? 0.5 : 0.25) : cardinalAt(run, from)
  if (counted === null) return null
  const decimals = run[counted.to]?.kind === 'point' ? decimalsAt(run, counted.to + 1) : null
  if (decimals !== null) {
    const scale = scaleAt(run, decimals.to)
    const value = exactly(Number(`${counted.value}.${decimals.digits}`) * (scale ?? 1))
    return { readings: [value], from, to: decimals.to + (scale === null ? 0 : 1), bare: false }
  }
  return { readings: [counted.value], from, to: counted.to, bare: counted.to === smallAt(run, from)?.to }
}

const scaleAt = (run: Run, at: number): number | null => {
  const part = run[at]
  return part?.kind === 'scale' || part?.kind === 'suffix' ? part.value : null
}

/** `half a thousand`, `a quarter of a million`; a fraction of nothing named is no number here. */
const fractionAt = (run: Run, from: number, fraction: number): Counted | null => {
  let at = from + 1
  if (run[at]?.kind === 'of') at++
  if (run[at]?.kind === 'article') at++
  const scale = scaleAt(run, at)
  return scale === null ? null : { value: fraction * scale, to: at + 1 }
}

const scaledDigits = (run: Run, from: number, readings: readonly number[]): Cut => {
  const half = halfAt(run, from + 1)
  let [at, scaled] = [from + 1 + half, half > 0 ? readings.map((reading) => reading + 0.5) : readings]
  for (let scale = scaleAt(run, at); scale !== null; scale = scaleAt(run, ++at)) {
    const factor = scale
    scaled = scaled.map((reading) => exactly(reading * factor))
  }
  return { readings: scaled, from, to: at, bare: at === from + 1 }
}

/** Length of `and a half` at this place, else 0. */
const halfAt = (run: Run, at: number): number =>
  run[at]?.kind === 'and' && run[at + 1]?.kind === 'article' && run[at + 2]?.kind === 'half' ? 3 : 0

/** `seven`, `seventeen`, `seventy`, `seventy-seven`. */
const smallAt = (run: Run, at: number): Counted | null => {
  const [part, unit] = [run[at], run[at + 1]]
  if (part?.kind === 'unit' || part?.kind === 'teen') return { value: part.value, to: at + 1 }
  if (part?.kind !== 'ten') return null
  return unit?.kind === 'unit' && unit.value > 0 ? { value: part.value + unit.value, to: at + 2 } : { value: part.value, to: at + 1 }
}

/** What a scale may multiply: a small number, `a`, `a couple of`, or nothing (`hundred euros`). */
const countAt = (run: Run, at: number): Counted => {
  const start = run[at]?.kind === 'article' ? at + 1 : at
  const small = smallAt(run, start)
  if (small === null) return { value: 1, to: start }
  return run[small.to]?.kind === 'of' && scaleAt(run, small.to + 1) !== null ? { value: small.value, to: small.to + 1 } : small
}

/** Up to 9,999: `two hundred and fifty`, `twenty-five hundred`, `a dozen`, `twelve`. */
const hundredsAt = (run: Run, from: number): Counted | null => {
  const count = countAt(run, from)
  const scale = run[count.to]
  if ((scale?.kind !== 'scale' && (scale?.kind !== 'suffix' || smallAt(run, from) === null)) || scale.value >= 1e3) return smallAt(run, from)
  const [value, to] = [count.value * scale.value, count.to + 1]
  const rest = smallAt(run, run[to]?.kind === 'and' ? to + 1 : to)
  const belongs = rest !== null && (scaleAt(run, rest.to) ?? 1e3) >= 1e3 // in `two hundred three hundred`, three begins a number of its own
  return belongs ? { value: value + rest.value, to: rest.to } : { value, to }
}

/** English cardinals: groups below a thousand, each with a scale smaller than the one before. */
const cardinalAt = (run: Run, from: number): Counted | null => {
  let [sum, at, limit, found] = [0, from, Infinity, false]
  for (;;) {
    const start = found && run[at]?.kind === 'and' ? at + 1 : at
    const group = hundredsAt(run, start) ?? (found ? null : countAt(run, start))
    if (group === null) break
    const half = halfAt(run, group.to)
    const scale = scaleAt(run, group.to + half)
    const isThousands = scale !== null && scale >= 1e3
    const isNothing = group.to === start || run[group.to - 1]?.kind === 'article' || run[group.to - 1]?.kind === 'of'
    if (isNothing && (!isThousands || run[group.to]?.kind === 'suffix')) break
    if (isThousands && scale >= limit) break
    const value = group.value + (half > 0 ? 0.5 : 0)
    ;[sum, at, found] = [sum + (isThousands ? value * scale : value), group.to + half + (isThousands ? 1 : 0), true]
    if (!isThousands) break
    limit = scale
  }
  return found ? { value: sum, to: at } : null
}

/** What follows `point`: digits one by one, or one small number. */
const decimalsAt = (run: Run, from: number): { readonly digits: string; readonly to: number } | null => {
  let [digits, at] = ['', from]
  for (let small = smallAt(run, at); small !== null && digits.length < 6; small = smallAt(run, at)) [digits, at] = [digits + String(small.value), small.to]
  return digits === '' ? null : { digits, to: at }
}

/** Two neighbours read as one: `two fifty` is 250 or 2.50, `twenty euros fifty` is 20.50. */
const paired = (run: Run, cuts: readonly Cut[]): readonly number[] =>
  cuts.flatMap((cut, index) => {
    const after = cuts[index + 1]
    const [left, right] = [cut.readings[0], after?.readings[0]]
    if (after === undefined || left === undefined || right === undefined || !Number.isInteger(left) || !Number.isInteger(right)) return []
    const cents = right < 100 && run[after.to]?.kind !== 'currency' ? [exactly(left + right / 100)] : []
    if (run.slice(cut.to, after.from).some(({ kind }) => kind === 'currency')) return cents
    const isColloquial = after.from === cut.to && cut.bare && after.bare && left >= 1 && left < 100 && right >= 10 && right < 100
    const areWords = run[cut.from]?.kind !== 'digits' && run[after.from]?.kind !== 'digits'
    return isColloquial && areWords ? [left * 100 + right, ...cents] : []
  })

/** Digits one after the other (`one two three four`), and thousands parted by spaces (`10 000`). */
const spelledOut = (run: Run, cuts: readonly Cut[]): readonly number[] => {
  const rows: { text: string; count: number; end: number; isWritten: boolean }[] = []
  for (const { readings, from, to, bare } of cuts) {
    const part = run[from]
    const isWritten = part?.kind === 'digits'
    const text = isWritten ? part.text : String(readings[0])
    const row = rows.at(-1)
    const continues = bare && row?.end === from && row.isWritten === isWritten && (isWritten ? /^\d{3}$/ : /^\d$/).test(text)
    if (continues && row.text.length <= 12) rows.splice(-1, 1, { text: row.text + text, count: row.count + 1, end: to, isWritten })
    else if (bare && (isWritten ? /^[1-9]\d{0,2}$/ : /^\d$/).test(text)) rows.push({ text, count: 1, end: to, isWritten })
  }
  return rows.filter(({ count }) => count > 1).map(({ text }) => Number(text))
}
