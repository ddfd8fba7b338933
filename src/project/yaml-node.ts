import type { Place, SlotValue } from './types.js'

/** A source file in memory, and where each of its lines begins. */
export type SourceText = { readonly file: string; readonly text: string; readonly lineStarts: readonly number[] }

/** A stretch of a source file, by character offsets. Line numbers are worked out only when asked for. */
export type Span = { readonly source: SourceText; readonly start: number; readonly end: number }

export type ScalarValue = string | number | boolean | null
/** `size` counts the nodes below and including this one, aliases written out. */
export type ScalarNode = Span & { readonly kind: 'scalar'; readonly value: ScalarValue; readonly written: string; readonly block: boolean; readonly size: 1 }
/** `plain` is the value without places; what is shared by alias stays shared in it. */
export type ListNode = Span & { readonly kind: 'list'; readonly items: readonly YamlNode[]; readonly size: number; readonly plain: SlotValue }
export type MapKey = Span & { readonly name: string }
export type MapEntry = { readonly key: MapKey; readonly value: YamlNode }
export type MapNode = Span & { readonly kind: 'map'; readonly entries: ReadonlyMap<string, MapEntry>; readonly size: number; readonly plain: SlotValue }
/** A YAML value that remembers where it stands. Everything a later check may blame is one of these. */
export type YamlNode = ScalarNode | ListNode | MapNode

export const sourceText = (file: string, text: string): SourceText => {
  const lineStarts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lineStarts.push(at + 1)
  return { file, text, lineStarts }
}

/** Line and column of an offset, both from 1, by binary search. */
const placeAt = ({ file, lineStarts }: SourceText, offset: number): Place => {
  let low = 0
  let high = lineStarts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((lineStarts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { file, line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 }
}
export const placeOf = (span: Span): Place => placeAt(span.source, span.start)

/** The plain value of a node. */
export const valueOf = (node: YamlNode): SlotValue => (node.kind === 'scalar' ? node.value : node.plain)

export const get = (node: YamlNode | null, key: string): YamlNode | null => (node?.kind === 'map' ? node.entries.get(key)?.value ?? null : null)
export const itemsOf = (node: YamlNode | null): readonly YamlNode[] => (node?.kind === 'list' ? node.items : [])
export const entriesOf = (node: YamlNode | null): readonly MapEntry[] => (node?.kind === 'map' ? [...node.entries.values()] : [])
export const textOf = (node: YamlNode | null): string | null => (node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : null)
export const textAt = (node: YamlNode | null, key: string): string | null => textOf(get(node, key))
/** Names and versions may look like numbers to YAML: `3.16` and `007` are kept as they are written. */
export const writtenAt = (node: YamlNode | null, key: string): string | null => writtenOf(get(node, key))
export const writtenOf = (node: YamlNode | null): string | null =>
  node?.kind !== 'scalar' || node.value === null ? null : typeof node.value === 'string' ? node.value : node.written
export const numberAt = (node: YamlNode | null, key: string): number | null => {
  const found = get(node, key)
  return found?.kind === 'scalar' && typeof found.value === 'number' ? found.value : null
}
export const flagAt = (node: YamlNode | null, key: string, otherwise: boolean): boolean => {
  const found = get(node, key)
  return found?.kind === 'scalar' && typeof found.value === 'boolean' ? found.value : otherwise
}
/** Where a key stands, or its map where the key is missing. */
export const keyAt = (node: MapNode, key: string): Span => node.entries.get(key)?.key ?? node

/** The part of a scalar between two offsets of its value, or the whole scalar where escapes or folding moved the characters. */
export const spanWithin = (node: ScalarNode, from: number, to: number): Span => {
  const value = String(node.value)
  const begins = node.source.text.slice(node.start, node.end).indexOf(value)
  return begins < 0 ? node : { source: node.source, start: node.start + begins + from, end: node.start + begins + to }
}
