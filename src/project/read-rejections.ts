import type { ConditionUse, Reading } from './draft.js'
import { readCondition, unread } from './read-condition.js'
import type { Rejection } from './types.js'
import { get, itemsOf, textAt, type YamlNode } from './yaml-node.js'

/** Reads `rejections:` of a collect step or of a slot's validation; the schema has passed it. */
export const readRejections = (node: YamlNode | null, about: Pick<ConditionUse, 'role' | 'by' | 'ownSlot'>, reading: Reading): readonly Rejection[] =>
  itemsOf(node).map((item) => {
    const condition = get(item, 'if')
    const utter = textAt(item, 'utter') ?? ''
    reading.refer({ kind: 'response', name: utter, span: get(item, 'utter') ?? item, use: 'say', by: about.by })
    return { if: (condition === null ? null : readCondition(condition, about, reading)) ?? unread, utter }
  })
