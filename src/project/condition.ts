import type { SlotValue } from './types.js'

/** The condition language of CALM (pypred grammar), parsed. Evaluated by the dialogue room. */
export type Operand =
  | { readonly kind: 'slot'; readonly name: string }
  | { readonly kind: 'context'; readonly path: readonly string[] }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  /** `undefined` and `empty` are words of their own in the grammar. */
  | { readonly kind: 'undefined' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly of: readonly Operand[] }

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'compare'; readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'is' | 'is not'; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'contains'; readonly whole: Operand; readonly part: Operand }
  | { readonly kind: 'matches'; readonly subject: Operand; readonly pattern: string; readonly flags: string }
  | { readonly kind: 'truthy'; readonly of: Operand }
  /** A slot of the old list of a response: equal in type as well as in value. */
  | { readonly kind: 'exactly'; readonly slot: string; readonly value: SlotValue }
  /** Holds Jinja: rendered with the frame's context first, parsed then. */
  | { readonly kind: 'template'; readonly source: string }

/** What a condition looks at. */
export const operandsOf = (condition: Condition): readonly Operand[] => {
  switch (condition.kind) {
    case 'and': case 'or': return [...operandsOf(condition.left), ...operandsOf(condition.right)]
    case 'not': return operandsOf(condition.of)
    case 'compare': return [condition.left, condition.right]
    case 'contains': return [condition.whole, condition.part]
    case 'matches': return [condition.subject]
    case 'truthy': return [condition.of]
    case 'exactly': return [{ kind: 'slot', name: condition.slot }]
    case 'template': return []
  }
}
