/** Numbers as people write them. English words; digits in any language that writes 1,234.50 or 1234.50. */

const small = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen',
  'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen',
] as const
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'] as const
const scales = [[1_000_000, 'million'], [1000, 'thousand'], [100, 'hundred']] as const

/** `850` -> `eight hundred and fifty`. Whole numbers from 0 below a thousand million, else null. */
export const inWords = (value: number): string | null => {
  if (!Number.isInteger(value) || value < 0 || value >= 1e9) return null
  if (value < 20) return small[value] ?? null
  if (value < 100) {
    const rest = value % 10
    return `${tens[Math.floor(value / 10)] ?? ''}${rest === 0 ? '' : `-${small[rest] ?? ''}`}`
  }
  for (const [size, name] of scales) {
    if (value < size) continue
    const rest = value % size
    const head = `${inWords(Math.floor(value / size)) ?? ''} ${name}`
    return rest === 0 ? head : `${head}${rest < 100 ? ' and' : ''} ${inWords(rest) ?? ''}`
  }
  return null
}

const wordValue: ReadonlyMap<string, number> = new Map([
  ...small.map((word, value) => [word, value] as const),
  ...tens.flatMap((word, index) => (word === '' ? [] : [[word, index * 10] as const])),
])

export type FoundNumber = { readonly start: number; readonly end: number; readonly value: number }

/** Numerals: `650`, `1,200.50`, `1.5k`, `€50`, `20eur`. A comma groups thousands only in full groups of three; `3b` is a name. */
const digits = /(?<![\p{L}\p{N}.,])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(k\b)?(?:eur|euros?|usd|dollars?|gbp|pounds?)?(?![\p{L}\p{N}])/giu

const numerals = (text: string): FoundNumber[] =>
  [...text.matchAll(digits)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    value: Number((match[1] ?? '').replaceAll(',', '')) * (match[2] === undefined ? 1 : 1000),
  }))

type Words = { total: number; current: number; start: number; end: number }

/** Runs of number words, read left to right: `two hundred and fifty`, `twenty-five`, `a thousand`. */
const spelled = (text: string): FoundNumber[] => {
  const found: FoundNumber[] = []
  let run: Words | null = null
  const close = (): void => {
    if (run !== null) found.push({ start: run.start, end: run.end, value: run.total + run.current })
    run = null
  }
  const words = [...text.matchAll(/[\p{L}]+/gu)]
  words.forEach((match, index) => {
    const word = match[0].toLowerCase()
    const end = match.index + word.length
    const gap = run === null ? '' : text.slice(run.end, match.index)
    if (run !== null && !/^(?:[\s-]+|\s+and\s+)$/.test(gap)) {
      if (word !== 'and') close()
    }
    const scale = scales.find(([, name]) => name === word)?.[0]
    const value = wordValue.get(word)
    const following = words[index + 1]?.[0].toLowerCase()
    if (value !== undefined) {
      // `twenty five` adds up, `five six` is two numbers.
      if (run !== null && !(run.current % 100 === 0 || (run.current % 10 === 0 && run.current % 100 >= 20 && value < 10))) close()
      run = run === null ? { total: 0, current: value, start: match.index, end } : { ...run, current: run.current + value, end }
    } else if (scale !== undefined && run !== null) {
      run = scale === 100 ? { ...run, current: run.current * 100, end } : { ...run, total: run.total + run.current * scale, current: 0, end }
    } else if (word === 'a' && scales.some(([, name]) => name === following)) {
      close()
      run = { total: 0, current: 1, start: match.index, end }
    } else if (word !== 'and') close()
  })
  close()
  return found
}

/** Every number the text names, in its order. */
export const numbersIn = (text: string): readonly FoundNumber[] => [...numerals(text), ...spelled(text)].sort((a, b) => a.start - b.start)
