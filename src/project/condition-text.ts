import type { Condition, Operand } from './condition.js'

/** Writes a condition so that parsing it again gives the same one. */
export const conditionText = (condition: Condition): string => {
  switch (condition.kind) {
    case 'or': return `${conditionText(condition.left)} or ${within(condition.right, ['or'])}`
    case 'and': return `${within(condition.left, ['or'])} and ${within(condition.right, ['or', 'and'])}`
    case 'not': return `not ${within(condition.of, ['or', 'and'])}`
    case 'compare': return `${operandText(condition.left)} ${condition.operator} ${operandText(condition.right)}`
    case 'contains': return `${operandText(condition.whole)} contains ${operandText(condition.part)}`
    case 'matches': return `${operandText(condition.subject)} matches ${patternText(condition.pattern, condition.flags)}`
    case 'truthy': return operandText(condition.of)
    case 'exactly': return `slots.${condition.slot} = ${JSON.stringify(condition.value)}`
    case 'template': return condition.source
    default: return condition satisfies never
  }
}

const within = (condition: Condition, bracketed: readonly Condition['kind'][]): string =>
  bracketed.includes(condition.kind) ? `(${conditionText(condition)})` : conditionText(condition)

const operandText = (operand: Operand): string => {
  switch (operand.kind) {
    case 'slot': return `slots.${operand.name}`
    case 'context': return `context.${operand.path.join('.')}`
    case 'undefined': return 'undefined'
    case 'empty': return 'empty'
    case 'literal': return typeof operand.value === 'string' ? quoted(operand.value) : String(operand.value)
    case 'set': return `{${operand.of.map(operandText).join(' ')}}`
    default: return operand satisfies never
  }
}

const quoted = (text: string): string => {
  const quote = text.includes('"') && !text.includes('\'') ? '\'' : '"'
  return quote + text.replaceAll('\\', '\\\\').replaceAll(quote, `\\${quote}`) + quote
}

const patternText = (pattern: string, flags: string): string => {
  const inline = flags === '' ? '' : `(?${flags})`
  const quote = pattern.includes('"') ? '\'' : '"'
  // With both quotes inside, one is written by its code: a backslash before it would be read as part of the pattern.
  return quote + inline + (quote === '\'' ? pattern.replaceAll('\'', '\\x27') : pattern) + quote
}
