import type { Condition, Operand } from './condition.js'
import { BadCondition, tokensOf, type ConditionFault, type Token } from './condition-tokens.js'
import { waysThrough } from './jinja-branches.js'
import { patternFault, splitFlags } from './pattern.js'

/** A name or a bare word in a condition, with its offsets in the text. `isAlone` where it is the whole question, compared with nothing. */
export type Mention = { readonly kind: 'slot' | 'context' | 'word'; readonly name: string; readonly start: number; readonly end: number; readonly isAlone: boolean }
/** A slot held against a fixed value, for the check that the slot can have it. */
export type Comparison = { readonly slot: string; readonly operator: string; readonly value: string | number | boolean; readonly start: number; readonly end: number }
export type ParsedCondition =
  | { readonly condition: Condition; readonly mentions: readonly Mention[]; readonly comparisons: readonly Comparison[]; readonly fault: null }
  | { readonly condition: null; readonly fault: ConditionFault }

export const maximumConditionLength = 2_000
const maximumNesting = 50

/** Reads the condition language of CALM. `not` binds tightest, then `and`, then `or`; both of these from left to right. */
export const parseCondition = (text: string): ParsedCondition => {
  try {
    if (text.length > maximumConditionLength) {
      throw new BadCondition({ message: `The condition is longer than ${maximumConditionLength} characters.`, start: maximumConditionLength, end: text.length })
    }
    if (/\{\{|\{%/.test(text)) return template(text)
    return new Parser(tokensOf(text)).whole()
  } catch (error) {
    if (error instanceof BadCondition) return { condition: null, fault: error.fault }
    throw error
  }
}

/**
 * Jinja is rendered before parsing, so what stands around it must parse with any word in its place, whichever branch of an `{% if %}` is taken.
 * A way that leaves nothing at all never holds.
 */
const template = (text: string): ParsedCondition => {
  const mentions = new Map<number, Mention>()
  for (const match of text.matchAll(/\{%.*?%\}/gs)) for (const mention of mentionsInTag(match[0], match.index)) mentions.set(mention.start, mention)
  for (const way of waysThrough(text)) {
    const filled = way.replace(/\{\{.*?\}\}/gs, (hole) => 'x'.repeat(hole.length))
    if (filled.trim() === '' && text.includes('{%')) continue
    const parsed = new Parser(tokensOf(filled)).whole()
    if (parsed.condition === null) return parsed
    for (const mention of parsed.mentions) if (!way.slice(mention.start, mention.end).includes('{{')) mentions.set(mention.start, mention)
  }
  return { condition: { kind: 'template', source: text }, mentions: [...mentions.values()], comparisons: [], fault: null }
}

const mentionsInTag = (tag: string, offset: number): readonly Mention[] =>
  [...tag.matchAll(/\b(slots|context)\.([\w-]+)/g)].map((match): Mention => {
    const start = offset + match.index
    return { kind: match[1] === 'slots' ? 'slot' : 'context', name: match[2] ?? '', start, end: start + match[0].length, isAlone: false }
  })

const compares = new Set(['=', '==', '!=', '<', '<=', '>', '>='])
const missing: Readonly<Record<string, string>> = {
  in: 'write {\'a\' \'b\'} contains slots.name', not_set: 'write slots.name is null', like: 'write slots.name matches "pattern"',
}

class Parser {
  #at = 0
  #depth = 0
  #mentions: Mention[] = []
  readonly #comparisons: Comparison[] = []

  constructor(readonly tokens: readonly Token[]) {}

  whole(): ParsedCondition {
    if (this.#peek().kind === 'end') this.#refuse('The condition is empty.', 'something like slots.name is null')
    const condition = this.#either()
    if (this.#peek().kind !== 'end') this.#refuse(`The condition should end before ${shown(this.#peek())}.`, 'and, or, or the end')
    return { condition, mentions: this.#mentions, comparisons: this.#comparisons, fault: null }
  }

  #peek(): Token {
    return this.tokens[this.#at] ?? { kind: 'end', text: '', start: 0, end: 0 }
  }

  #refuse(message: string, expected?: string): never {
    const { start, end, text } = this.#peek()
    const suggestion = missing[text.toLowerCase()]
    throw new BadCondition({ message, start, end: Math.max(end, start + 1), ...(expected !== undefined && { expected }), ...(suggestion !== undefined && { suggestion }) })
  }

  #isWord(word: string): boolean {
    return this.#peek().kind === 'word' && this.#peek().text.toLowerCase() === word
  }
  #takesWord(word: string): boolean {
    if (!this.#isWord(word)) return false
    this.#at++
    return true
  }
  #takesSign(sign: string): boolean {
    if (this.#peek().kind !== 'sign' || this.#peek().text !== sign) return false
    this.#at++
    return true
  }

  #either(): Condition {
    let left = this.#both()
    while (this.#takesWord('or')) left = { kind: 'or', left, right: this.#both() }
    return left
  }

  #both(): Condition {
    let left = this.#negated()
    while (this.#takesWord('and')) left = { kind: 'and', left, right: this.#negated() }
    return left
  }

  #negated(): Condition {
    if (++this.#depth > maximumNesting) this.#refuse(`The condition is nested more than ${maximumNesting} levels deep.`)
    const condition: Condition = this.#takesWord('not') ? { kind: 'not', of: this.#negated() } : this.#primary()
    this.#depth--
    return condition
  }

  #primary(): Condition {
    if (!this.#takesSign('(')) return this.#comparison()
    const inner = this.#either()
    if (!this.#takesSign(')')) this.#refuse('A bracket is never closed.', 'a closing )')
    return inner
  }

  #comparison(): Condition {
    const leftToken = this.#peek()
    const left = this.#operand()
    const operator = this.#peek()
    if (operator.kind === 'sign' && compares.has(operator.text)) {
      this.#at++
      return this.#compared(left, leftToken, operator.text === '==' ? '=' : operator.text as '=')
    }
    if (this.#takesWord('is')) return this.#compared(left, leftToken, this.#takesWord('not') ? 'is not' : 'is')
    if (this.#takesWord('contains')) return { kind: 'contains', whole: left, part: this.#operand() }
    if (this.#takesWord('matches')) return this.#matches(left)
    if (left.kind === 'set') this.#refuse('A set can only be asked what it contains.', 'contains slots.name')
    this.#mentions = this.#mentions.map((mention) => (mention.start === leftToken.start ? { ...mention, isAlone: true } : mention))
    return { kind: 'truthy', of: left }
  }

  #compared(left: Operand, leftToken: Token, operator: (Condition & { kind: 'compare' })['operator']): Condition {
    const rightToken = this.#peek()
    const right = this.#operand()
    if (left.kind === 'set' || right.kind === 'set') {
      this.#at--
      this.#refuse('A set cannot be compared.', '{\'a\' \'b\'} contains slots.name')
    }
    this.#noteComparison(left, right, rightToken, operator)
    this.#noteComparison(right, left, leftToken, operator)
    return { kind: 'compare', operator, left, right }
  }

  #noteComparison(slot: Operand, literal: Operand, { start, end }: Token, operator: string): void {
    if (slot.kind !== 'slot' || literal.kind !== 'literal' || literal.value === null) return
    this.#comparisons.push({ slot: slot.name, operator, value: literal.value, start, end })
  }

  #matches(subject: Operand): Condition {
    const token = this.#peek()
    if (token.kind !== 'string' && token.kind !== 'regex') this.#refuse('A pattern is missing after "matches".', 'a quoted pattern')
    const slashed = token.kind === 'string' ? /^\/(.*)\/([a-z]*)$/s.exec(token.raw ?? '') : null
    const pattern = slashed === null ? splitFlags(token.raw ?? '', token.flags) : splitFlags(slashed[1] ?? '', slashed[2])
    const fault = patternFault(pattern)
    if (fault !== null) this.#refuse(fault, 'a pattern of RE2\'s syntax, without look-around and back-references')
    this.#at++
    return { kind: 'matches', subject, pattern: pattern.source, flags: pattern.flags }
  }

  #operand(): Operand {
    const token = this.#peek()
    if (token.kind === 'sign' && token.text === '{') return this.#set()
    if (token.kind === 'end') this.#refuse('The condition ends too early.', 'a slot or a value')
    this.#at++
    if (token.kind === 'string') return { kind: 'literal', value: token.text }
    if (token.kind === 'number') return { kind: 'literal', value: token.value }
    if (token.kind === 'word') return this.#word(token.text, token.start, token.end)
    this.#at--
    this.#refuse(`${shown(token)} cannot stand here.`, 'a slot or a value')
  }

  #set(): Operand {
    this.#at++
    const of: Operand[] = []
    while (!this.#takesSign('}')) {
      if (this.#takesSign(',')) continue
      if (this.#peek().kind === 'sign') this.#refuse('A set holds values only.', 'values in quotes and a closing }')
      const item = this.#operand()
      of.push(item)
    }
    return { kind: 'set', of }
  }

  #word(text: string, start: number, end: number): Operand {
    const lower = text.toLowerCase()
    if (lower === 'true' || lower === 'false') return { kind: 'literal', value: lower === 'true' }
    if (lower === 'null') return { kind: 'literal', value: null }
    if (lower === 'undefined' || lower === 'empty') return { kind: lower }
    if (['and', 'or', 'not', 'is', 'contains', 'matches'].includes(lower)) {
      this.#at--
      this.#refuse(`A value is missing before "${text}".`, 'a slot or a value')
    }
    const [space, ...path] = text.split('.')
    const name = path.join('.')
    if (space === 'slots' || space === 'context') {
      if (path.length === 0 || path.includes('')) {
        this.#at--
        this.#refuse(`A name is missing after "${space}.".`, `${space}.name`)
      }
      this.#mentions.push({ kind: space === 'slots' ? 'slot' : 'context', name, start, end, isAlone: false })
      return space === 'slots' ? { kind: 'slot', name } : { kind: 'context', path }
    }
    this.#mentions.push({ kind: 'word', name: text, start, end, isAlone: false })
    return { kind: 'literal', value: text }
  }
}

const shown = (token: Token): string => (token.kind === 'end' ? 'the end' : `"${token.kind === 'string' ? token.raw ?? '' : token.text}"`)
