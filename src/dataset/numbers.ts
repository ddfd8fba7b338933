const small = [
  'zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen',
  'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen',
] as const
const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'] as const
const scales = [[1_000_000, 'million'], [1000, 'thousand'], [100, 'hundred']] as const

/** English. `850` -> `eight hundred and fifty`. Whole numbers from 0 below a thousand million, else null. */
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
