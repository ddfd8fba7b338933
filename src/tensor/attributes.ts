import type { ElementType } from './dtype.js'

/** An operation's attribute. Types that follow from the inputs are left to TensorFlow. */
export type Attribute =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'type'; readonly value: ElementType }
export type Attributes = Readonly<Record<string, Attribute>>

export const bool = (value: boolean): Attribute => ({ kind: 'bool', value })
export const int = (value: number): Attribute => ({ kind: 'int', value })
export const type = (value: ElementType): Attribute => ({ kind: 'type', value })
