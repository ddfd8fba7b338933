import type { Condition } from './condition.js'
import { parseCondition } from './condition-parser.js'
import type { ConditionUse, Reading } from './draft.js'
import { mistake } from './problem.js'
import { spanWithin, type YamlNode } from './yaml-node.js'

/** Reads an `if:` and notes where its names stand. Null where it is faulty, which is reported. */
export const readCondition = (node: YamlNode, about: Pick<ConditionUse, 'role' | 'by' | 'ownSlot'>, { report, noteCondition }: Reading): Condition | null => {
  if (node.kind !== 'scalar' || node.value === null || typeof node.value === 'number') {
    report(mistake(node, 'bad-condition', 'A condition must be a text, true or false.', { found: node.kind === 'scalar' ? node.written : `a ${node.kind}` }))
    return null
  }
  if (typeof node.value === 'boolean') {
    const condition: Condition = { kind: 'truthy', of: { kind: 'literal', value: node.value } }
    noteCondition({ ...about, condition, mentions: [], comparisons: [], span: node })
    return condition
  }
  const parsed = parseCondition(node.value)
  if (parsed.fault !== null) {
    const { message, start, end, expected, suggestion } = parsed.fault
    report(mistake(spanWithin(node, start, end), 'bad-condition', message, { expected: expected ?? null, suggestion: suggestion ?? null }))
    return null
  }
  const located = <T extends { readonly start: number; readonly end: number }>(part: T): T & { readonly span: ReturnType<typeof spanWithin> } =>
    ({ span: spanWithin(node, part.start, part.end), ...part })
  noteCondition({ condition: parsed.condition, mentions: parsed.mentions.map(located), comparisons: parsed.comparisons.map(located), span: node, ...about })
  return parsed.condition
}

/** Stands in for a condition that could not be read, so that the rest of its flow can still be checked. */
export const unread: Condition = { kind: 'truthy', of: { kind: 'literal', value: false } }
