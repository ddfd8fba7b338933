import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { numbersIn } from '../../src/language/numbers.js'

const said: readonly (readonly [text: string, numbers: readonly number[]])[] = [
  ['send 50 to Ann', [50]],
  ['€50', [50]],
  ['$ 1,234.50 please', [1234.5]],
  ['1.234,50 Euro', [1234.5]],
  ["CHF 1'234'567", [1234567]],
  ['10 000 kroner', [10, 0, 10000]],
  ['12,5', [12.5]],
  ['1.200', [1.2, 1200]],
  ['1,200', [1200, 1.2]],
  ['0.125', [0.125]],
  ['2k', [2000]],
  ['1.5 k', [1500]],
  ['3 million', [3000000]],
  ['100-200', [100, 200]],
  ['-50 or −7', [-50, -7]],
  ['minus fifty', [-50]],
  ['12.10.2024', [12, 10, 2024]],
  ['50%', [50]],
  ['50eur and 20usd', [50, 20]],
  ['1st of the 3rd', [1, 3]],
  ['two hundred and fifty', [250]],
  ['Two Hundred And Fifty', [250]],
  ['twenty-five', [25]],
  ['a hundred', [100]],
  ['hundred euros', [100]],
  ['one thousand two hundred and thirty four', [1234]],
  ['two hundred fifty thousand', [250000]],
  ['two hundred, three hundred', [200, 300]],
  ['two hundred and three hundred', [200, 300]],
  ['two thousand three thousand', [2000, 3000]],
  ['twenty five hundred', [2500]],
  ['half a thousand', [500]],
  ['a quarter of a million', [250000]],
  ['one and a half thousand', [1500]],
  ['2 and a half grand', [2500]],
  ['two and a half', [2.5]],
  ['a couple of hundred', [200]],
  ['a grand', [1000]],
  ['fifty quid', [50]],
  ['a tenner', [10]],
  ['two point five', [2.5]],
  ['one point two five million', [1250000]],
  ['two fifty', [2, 50, 250, 2.5]],
  ['nineteen ninety nine', [19, 99, 1999, 19.99]],
  ['twenty euros fifty', [20, 50, 20.5]],
  ['20 euros and 50 cents', [20, 50, 20.5]],
  ['one two three four', [1, 2, 3, 4, 1234]],
  ['a dozen', [12]],
  ['ok k', []],
  ['half of it, and a bit more', []],
  ['nothing to see', []],
  ['', []],
]

describe('numbers in a message', () => {
  it.each(said)('%j', (text, numbers) => expect(numbersIn(text)).toEqual(numbers))

  const small = ['', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve', 'thirteen', 'fourteen', 'fifteen', 'sixteen', 'seventeen', 'eighteen', 'nineteen']
  const tens = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
  const below100 = (n: number): string => (n < 20 ? (small[n] ?? '') : `${tens[Math.floor(n / 10)] ?? ''}${n % 10 > 0 ? `-${small[n % 10] ?? ''}` : ''}`)
  const below1000 = (n: number): string => {
    const [hundreds, rest] = [Math.floor(n / 100), n % 100]
    if (hundreds === 0) return below100(rest)
    return `${small[hundreds] ?? ''} hundred${rest > 0 ? ` and ${below100(rest)}` : ''}`
  }
  const inWords = (n: number): string => {
    const [thousands, rest] = [Math.floor(n / 1000), n % 1000]
    if (thousands === 0) return below1000(rest)
    return `${below1000(thousands)} thousand${rest === 0 ? '' : rest < 100 ? ` and ${below100(rest)}` : ` ${below1000(rest)}`}`
  }

  it('reads every whole number below a million as it is spoken', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 999_999 }), (n) => {
      expect(numbersIn(`send ${inWords(n)} please`)).toEqual([n])
    }), { numRuns: 500 })
  })
  it('reads what it writes', () => {
    fc.assert(fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
      const value = Number(`${whole}.${String(cents).padStart(2, '0')}`)
      expect(numbersIn(String(value))).toContain(value + 0)
    }), { numRuns: 500 })
  })
  it('reads grouped digits in either convention', () => {
    fc.assert(fc.property(fc.integer({ min: 1000, max: 1e9 }), fc.integer({ min: 0, max: 99 }), (whole, cents) => {
      const value = Number(`${whole}.${String(cents).padStart(2, '0')}`)
      for (const convention of ['en-GB', 'de-DE']) {
        expect(numbersIn(new Intl.NumberFormat(convention, { minimumFractionDigits: 2 }).format(value))).toEqual([value])
      }
    }))
  })
  it('gives finite numbers with a plain spelling for any text', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 300, unit: 'grapheme' }), fc.stringMatching(/^[0-9.,' kK%€-]{0,300}$/)), (text) => {
      for (const value of numbersIn(text)) expect(String(value)).toMatch(/^-?\d+(\.\d+)?$/)
    }), { numRuns: 500 })
  })
})
