/** One word, sign or value of a condition, with its place in the text. */
export type Token =
  | { readonly kind: 'word' | 'sign' | 'string' | 'regex'; readonly text: string; readonly start: number; readonly end: number; readonly flags?: string; readonly raw?: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: number; readonly start: number; readonly end: number }
  | { readonly kind: 'end'; readonly text: ''; readonly start: number; readonly end: number }

export type ConditionFault = {
  readonly message: string
  readonly start: number
  readonly end: number
  readonly expected?: string
  readonly suggestion?: string
}
/** Thrown inside the parser only, which turns it into a value. */
export class BadCondition extends Error {
  override readonly name = 'BadCondition'
  constructor(readonly fault: ConditionFault) {
    super(fault.message)
  }
}

const signs = ['==', '!=', '<=', '>=', '=', '<', '>', '(', ')', '{', '}', ',']
const instead: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not', '<>': '!=', '=~': 'matches', '[': '{\'a\' \'b\'} for a set' }

export const tokensOf = (text: string): readonly Token[] => {
  const tokens: Token[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const space = /^\s+/.exec(rest)
    if (space !== null) {
      at += space[0].length
      continue
    }
    const token = tokenAt(text, at, rest, tokens.at(-1))
    tokens.push(token)
    at = token.end
  }
  return [...tokens, { kind: 'end', text: '', start: text.length, end: text.length }]
}

const tokenAt = (text: string, start: number, rest: string, before: Token | undefined): Token => {
  const quote = rest[0]
  if (quote === '"' || quote === '\'') return quoted(text, start, quote)
  if (quote === '/' && before?.kind === 'word' && before.text.toLowerCase() === 'matches') return slashed(text, start)
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])/i.exec(rest)
  if (number !== null) return { kind: 'number', text: number[0], value: Number(number[0]), start, end: start + number[0].length }
  const word = /^[\p{L}_][\p{L}\p{N}_.:-]*/u.exec(rest)
  if (word !== null) return { kind: 'word', text: word[0], start, end: start + word[0].length }
  const wrong = Object.keys(instead).find((sign) => rest.startsWith(sign) && !(sign === '!' && rest.startsWith('!=')))
  if (wrong !== undefined) {
    throw new BadCondition({ message: `"${wrong}" is not part of the condition language.`, start, end: start + wrong.length, suggestion: `write ${instead[wrong] ?? ''}` })
  }
  const sign = signs.find((candidate) => rest.startsWith(candidate))
  if (sign !== undefined) return { kind: 'sign', text: sign, start, end: start + sign.length }
  throw new BadCondition({ message: `"${String.fromCodePoint(rest.codePointAt(0) ?? 0)}" cannot stand here.`, start, end: start + 1 })
}

/** A backslash escapes the quote and itself; before anything else it is an ordinary character. `raw` keeps backslashes for patterns. */
const quoted = (text: string, start: number, quote: string): Token => {
  let value = ''
  let raw = ''
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] ?? ''
    const next = text[at + 1]
    if (character === quote) return { kind: 'string', text: value, raw, start, end: at + 1 }
    if (character === '\\' && next !== undefined) {
      value += next === quote || next === '\\' ? next : `\\${next}`
      raw += next === quote ? next : `\\${next}`
      at++
    } else {
      value += character
      raw += character
    }
  }
  throw new BadCondition({ message: 'A text begins here and never ends.', start, end: text.length, expected: `a closing ${quote}` })
}

const slashed = (text: string, start: number): Token => {
  let raw = ''
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at] ?? ''
    if (character === '\\') {
      const next = text[at + 1] ?? ''
      raw += next === '/' ? '/' : `\\${next}`
      at++
    } else if (character === '/') {
      const flags = /^[a-z]*/.exec(text.slice(at + 1))?.[0] ?? ''
      return { kind: 'regex', text: raw, raw, flags, start, end: at + 1 + flags.length }
    } else raw += character
  }
  throw new BadCondition({ message: 'A pattern begins here and never ends.', start, end: text.length, expected: 'a closing /' })
}
