import { isCollection, isMap, isNode, isScalar, isSeq, parseDocument, visit, type Document, type Pair } from 'yaml'
import { AnchorDropped } from './errors.js'
import type { Edit } from './finding.js'

/**
 * The text with its changes, or the very same text where there are none: comments, quotes and the order of keys stay as they were.
 * Null where nothing worth a file is left. Throws AnchorDropped where an alias stays without its anchor.
 */
export const edited = (text: string, edits: readonly Edit[]): string | null => {
  if (edits.length === 0) return text
  const document = parseDocument(text, { uniqueKeys: false })
  const { contents } = document
  const dropped = (what: 'drop entry' | 'drop item'): ReadonlySet<number> => new Set(edits.flatMap((edit) => (edit.do === what ? [edit.span.start] : [])))
  const entries = dropped('drop entry')
  const items = dropped('drop item')
  visit(document, {
    Map: (_, map) => { map.items = map.items.filter(({ key }) => !entries.has(startOf(key))) },
    Seq: (_, list) => { list.items = list.items.filter((item) => !items.has(startOf(item))) },
    Pair: (_, pair) => changePair(document, pair, edits),
  })
  if (contents !== null && isMap(contents)) contents.items = contents.items.filter(({ value }) => !(isCollection(value) && value.items.length === 0))
  for (const edit of edits) if (edit.do === 'add') document.set(edit.name, edit.value)
  checkAliases(document)
  return isWorthAFile(document) ? document.toString({ lineWidth: 0, indentSeq: !hasFlushLists(text), flowCollectionPadding: hasPaddedMaps(text) }) : null
}

const checkAliases = (document: Document): void => {
  const anchors = new Set<string>()
  visit(document, {
    Value: (_, { anchor }) => { if (anchor !== undefined) anchors.add(anchor) },
    Alias: (_, { source }) => { if (!anchors.has(source)) throw new AnchorDropped(source) },
  })
}

/** Nodes that a change put in stand nowhere in the text. */
const startOf = (node: unknown): number => (isNode(node) ? node.range?.[0] ?? -1 : -1)

const changePair = (document: Document, pair: Pair, edits: readonly Edit[]): void => {
  const start = startOf(pair.key)
  for (const edit of edits) {
    if (!('key' in edit) || edit.key.start !== start) continue
    if (edit.do === 'put') pair.value = document.createNode(edit.value)
    else if (edit.do === 'rename') pair.key = document.createNode(edit.name)
    else if (isSeq(pair.value)) pair.value.add(document.createNode(edit.value, { flow: pair.value.flow === true }))
  }
}

/** A file that says nothing but the version of its format is none. */
const isWorthAFile = ({ contents }: { readonly contents: unknown }): boolean =>
  isMap(contents) && contents.items.some(({ key }) => !(isScalar(key) && key.value === 'version'))

/** Whether lists stand as far left as their keys. */
const hasFlushLists = (text: string): boolean => /^( *)[\w"'/-]+:[ \t]*\n\1- /m.test(text)

/** Whether `{ a: b }` is written with spaces inside. */
const hasPaddedMaps = (text: string): boolean => /[:-] +\{ \S/.test(text)
