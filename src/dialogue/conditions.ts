import type { Condition, Operand } from '../project/condition.js'
import { occursIn } from '../project/pattern.js'
import type { Project, SlotValue } from '../project/types.js'
import { conditionOf, contextIn, inside, type TemplateScope } from './template.js'

/** What a condition can see. */
export type Scope = TemplateScope & { readonly project: Project }
type Compare = Extract<Condition, { kind: 'compare' }>
type Value = SlotValue | undefined

/** Whether a condition holds (calm-spec section 3). Throws TemplateFault where its Jinja cannot be used. */
export const holds = (condition: Condition, scope: Scope): boolean => {
  switch (condition.kind) {
    case 'and': return holds(condition.left, scope) && holds(condition.right, scope)
    case 'or': return holds(condition.left, scope) || holds(condition.right, scope)
    case 'not': return !holds(condition.of, scope)
    case 'compare': return compared(condition, scope)
    case 'contains': return contained(condition.whole, condition.part, scope)
    case 'matches': {
      const subject = valueOf(condition.subject, scope)
      if (typeof subject !== 'string' && typeof subject !== 'number') return false
      return occursIn({ source: condition.pattern, flags: condition.flags }, String(subject))
    }
    case 'truthy': return isTruthy(valueOf(condition.of, scope))
    case 'exactly': return JSON.stringify(scope.slots.get(condition.slot) ?? null) === JSON.stringify(condition.value)
    case 'template': return holds(conditionOf(condition.source, scope), scope)
    default: return condition satisfies never
  }
}

const valueOf = (operand: Operand, scope: Scope): Value => {
  switch (operand.kind) {
    case 'slot': return scope.slots.get(operand.name)
    case 'literal': return operand.value
    case 'context': return inside(contextIn(scope, operand.path[0] ?? ''), operand.path)
    case 'undefined': return undefined
    case 'empty': return ''
    case 'set': return operand.of.map((item) => valueOf(item, scope) ?? null)
    default: return operand satisfies never
  }
}

/** Unset, false, zero, the empty text and empty lists and maps do not hold by themselves. */
const isTruthy = (value: Value): boolean => {
  if (typeof value !== 'object' || value === null) return Boolean(value)
  return Array.isArray(value) ? value.length > 0 : Object.keys(value).length > 0
}

const isEmpty = (value: Value): boolean =>
  value === undefined || value === null || value === '' || (typeof value === 'object' && !isTruthy(value))

/** Categorical values compare without regard to case (calm-spec section 3). */
const ignoresCase = (operand: Operand, { project }: Scope): boolean => operand.kind === 'slot' && project.slots.get(operand.name)?.type === 'categorical'

const compared = ({ operator, left, right }: Compare, scope: Scope): boolean => {
  if (operator === '<' || operator === '<=' || operator === '>' || operator === '>=') return ordered(operator, valueOf(left, scope), valueOf(right, scope))
  const negated = operator === '!=' || operator === 'is not'
  return negated !== same(left, right, scope)
}

const same = (left: Operand, right: Operand, scope: Scope): boolean => {
  if (right.kind === 'empty') return isEmpty(valueOf(left, scope))
  if (left.kind === 'empty') return isEmpty(valueOf(right, scope))
  return equals(valueOf(left, scope), valueOf(right, scope), ignoresCase(left, scope) || ignoresCase(right, scope))
}

/** Unset and undefined are one; a number equals its text; a flag equals its word. Everything else compares by value. */
const equals = (left: Value, right: Value, anyCase: boolean): boolean => {
  const [a, b] = [left ?? null, right ?? null]
  if (a === b) return true
  if (a === null || b === null) return false
  if (typeof a === 'object' || typeof b === 'object') return typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b)
  if (typeof a === 'string' && typeof b === 'string') return anyCase && a.toLowerCase() === b.toLowerCase()
  if (typeof a === 'boolean' || typeof b === 'boolean') return typeof a !== 'number' && typeof b !== 'number' && String(a).toLowerCase() === String(b).toLowerCase()
  return numberOf(a) === numberOf(b)
}

const numberOf = (value: string | number): number | null => {
  if (typeof value === 'number') return value
  return /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : null
}

/** Numbers and numeric texts by size, other texts by their letters (so dates in ISO form work); with anything unset or unlike, no order holds. */
const ordered = (operator: '<' | '<=' | '>' | '>=', left: Value, right: Value): boolean => {
  if ((typeof left !== 'number' && typeof left !== 'string') || (typeof right !== 'number' && typeof right !== 'string')) return false
  const [a, b] = [numberOf(left), numberOf(right)]
  if (a !== null && b !== null) return inOrder(operator, a, b)
  return typeof left === 'string' && typeof right === 'string' && inOrder(operator, left, right)
}

const inOrder = <T extends string | number>(operator: '<' | '<=' | '>' | '>=', a: T, b: T): boolean => {
  switch (operator) {
    case '<': return a < b
    case '<=': return a <= b
    case '>': return a > b
    case '>=': return a >= b
    default: return operator satisfies never
  }
}

const contained = (wholeOperand: Operand, partOperand: Operand, scope: Scope): boolean => {
  const [whole, part] = [valueOf(wholeOperand, scope), valueOf(partOperand, scope)]
  if (part === null || part === undefined) return false
  if (Array.isArray(whole)) {
    const anyCase = ignoresCase(partOperand, scope)
    return (whole as readonly SlotValue[]).some((item) => equals(item, part, anyCase))
  }
  return typeof whole === 'string' && (typeof part === 'string' || typeof part === 'number') && whole.includes(String(part))
}
